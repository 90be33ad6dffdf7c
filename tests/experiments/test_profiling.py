import json

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments import recorded
from slonana_analysis.experiments.cpu import profiling
from slonana_analysis.readers.registry import read_profile


def refuse(*_arguments, **_options):
    raise UnavailableError("perf is not installed; apt-get install linux-perf")


@pytest.fixture
def recorder(monkeypatch):
    """Stand in for perf; remembers what it was asked for."""
    calls = []

    def record(folder, **options):
        calls.append({"folder": folder, **options})
        return "capture"

    monkeypatch.setattr(profiling, "record", record)
    monkeypatch.setattr(profiling, "pipeline_command", lambda seconds: ["pipeline", str(seconds)])
    return calls


def test_with_nothing_named_the_pipeline_runs_for_the_presets_time(recorder, tmp_path):
    assert profiling.capture_cpu_profile(str(tmp_path), "smoke") == "capture"
    assert recorder[0]["command"] == ["pipeline", "1.0"]
    assert recorder[0]["duration"] is None
    assert recorder[0]["folder"] == tmp_path / "captures" / "perf"


def test_a_validator_is_split_like_a_shell_does_and_ended_after_the_time(recorder):
    profiling.capture_cpu_profile(validator="'/opt/my validator' --flag", seconds=3)
    assert recorder[0]["command"] == ["/opt/my validator", "--flag"]
    assert recorder[0]["duration"] == 3


def test_a_process_is_attached_to(recorder):
    profiling.capture_cpu_profile(pid=42, preset="full", frequency=99)
    assert (recorder[0]["pid"], recorder[0]["duration"]) == (42, 60.0)
    assert recorder[0]["frequency"] == 99


def test_without_perf_the_recorded_capture_stands_in_and_says_why(monkeypatch):
    monkeypatch.setattr(profiling, "record", refuse)
    monkeypatch.setattr(profiling, "pipeline_command", lambda _: ["pipeline"])
    capture = profiling.capture_cpu_profile()
    assert capture.facts.recorded
    assert "no profile of its own: perf is not installed" in capture.facts.notes[0]


@pytest.mark.parametrize("named", [{"validator": "v"}, {"pid": 1}])
def test_who_names_a_target_gets_no_other_ones_profile(monkeypatch, named):
    monkeypatch.setattr(profiling, "record", refuse)
    with pytest.raises(UnavailableError, match="perf is not installed"):
        profiling.capture_cpu_profile(**named)


def test_a_contradiction_and_an_unknown_preset_are_refused():
    with pytest.raises(UsageError, match="not both"):
        profiling.capture_cpu_profile(validator="v", pid=1)
    with pytest.raises(UsageError, match="smoke, quick, full"):
        profiling.capture_cpu_profile(preset="huge")


def test_the_recorded_capture_is_whole_and_labelled():
    capture = recorded.recorded_capture("perf-pipeline")
    profile = read_profile(capture.directory)
    assert capture.facts.recorded
    assert (len(profile.samples), profile.weight) == (4276, 4_280_280_276)
    assert (profile.loss.dropped, profile.loss.truncated) == (0, False)


def test_an_unknown_recording_lists_the_known_ones():
    with pytest.raises(UsageError, match="perf-pipeline"):
        recorded.recorded_capture("nothing")


def test_an_installed_package_has_its_own_data(monkeypatch, tmp_path):
    (tmp_path / "_data" / "x").mkdir(parents=True)
    (tmp_path / "_data" / "x" / "capture.json").write_text(json.dumps({}))
    monkeypatch.setattr(recorded, "_PACKAGE", tmp_path)
    with pytest.raises(UsageError, match="there are x"):
        recorded.recorded_capture("nothing")
