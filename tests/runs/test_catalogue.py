from pathlib import Path

import pytest

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.runs.catalogue import catalogue, open_run
from slonana_analysis.runs.layout import RunsDirectory, default_runs_directory
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.writer import RunWriter
from tests.runs.conftest import make_report, manifest, measurement, record

EARLY, LATE = "20261122T235959Z-ffffff", "20261123T000000Z-000000"


def publish(runs: RunsDirectory, run_id: str) -> Run:
    writer = RunWriter.begin(runs, manifest(run_id), ("00_a",))
    save_results(writer.fresh_results("00_a"), measurement("e", [1.0]))
    writer.record(record("00_a"))
    return writer.finish(make_report)


def test_no_runs_yet(tmp_path: Path) -> None:
    assert catalogue(tmp_path / "absent") == []
    with pytest.raises(UsageError, match="none yet"):
        open_run("latest", tmp_path / "absent")


def test_runs_are_listed_by_time_and_found_by_name(runs: RunsDirectory) -> None:
    late, early = publish(runs, LATE), publish(runs, EARLY)
    listed = catalogue(runs.root)
    assert [(run.run, run.date, run.machine) for run in listed] == [
        (EARLY, "2026-11-22", "ab12"),
        (LATE, "2026-11-23", "ab12"),
    ]
    assert open_run("latest", runs.root) == late
    assert open_run(EARLY, runs.root) == early
    assert open_run("20261122", runs.root) == early
    assert open_run(early.path, Path("elsewhere")) == early
    with pytest.raises(UsageError, match="could be any of"):
        open_run("202611", runs.root)
    with pytest.raises(UsageError, match=f"latest there are: {EARLY}, {LATE}"):
        open_run("other", runs.root)
    with pytest.raises(UsageError, match="no run ''"):
        open_run("", runs.root)


def test_a_damaged_run_hides_no_other(runs: RunsDirectory) -> None:
    publish(runs, EARLY)
    (publish(runs, LATE).path / "manifest.json").write_text("{")
    sound, damaged = catalogue(runs.root)
    assert (sound.problem, sound.done) == ("", 1)
    assert "manifest.json" in damaged.problem
    with pytest.raises(FormatError):
        open_run("latest", runs.root)


def test_folders_that_are_no_runs_are_passed_over(runs: RunsDirectory) -> None:
    publish(runs, EARLY)
    other = runs.root / "machine=x" / "date=2026-11-23" / "notes"
    other.mkdir(parents=True)
    (other / "manifest.json").write_text("{}")
    assert [run.run for run in catalogue(runs.root)] == [EARLY]


def test_where_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLONANA_RUNS", raising=False)
    assert default_runs_directory() == Path("runs")
    monkeypatch.setenv("SLONANA_RUNS", "/data/my runs")
    assert default_runs_directory() == Path("/data/my runs")
