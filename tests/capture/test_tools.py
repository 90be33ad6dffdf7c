import pytest

from slonana_analysis.capture import tools


@pytest.fixture
def no_tools(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_tools")
def test_missing_tools_say_why_they_matter_and_how_to_get_them():
    statuses = tools.survey_tools()
    assert {status.name for status in statuses} >= {"perf", "valgrind", "heaptrack", "tcpdump"}
    for status in statuses:
        assert status.path is None
        assert status.reason
        assert status.remedy == f"apt-get install {status.package}"


def test_a_tool_that_is_there_gives_its_first_line_of_version(monkeypatch, tmp_path):
    perf = tmp_path / "perf"
    perf.write_text("#!/bin/sh\necho 'perf version 9.9'\necho more\n")
    perf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    status = tools.survey_tools()[0]
    assert (status.path, status.version, status.remedy) == (perf, "perf version 9.9", "")


def test_a_tool_whose_version_cannot_be_asked_is_still_there(monkeypatch, tmp_path):
    perf = tmp_path / "perf"
    perf.write_text("#!/bin/sh\nexit 2\n")
    perf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert tools.survey_tools()[0].version == ""


def _fake_perf(monkeypatch, tmp_path, script):
    perf = tmp_path / "perf"
    perf.write_text(f"#!/bin/sh\n{script}\n")
    perf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return {entry.name: entry for entry in tools.survey_permissions(tmp_path)}


def test_counters_of_a_virtual_machine_are_not_supported(monkeypatch, tmp_path):
    script = "echo '<not supported>,,cycles,0,100.00,,'; echo '<not supported>,,instructions,0,,,'"
    found = _fake_perf(monkeypatch, tmp_path, script)
    counters = found["count cycles and instructions in hardware"]
    assert not counters.granted
    assert "bare machine" in counters.remedy


def test_counters_that_count_are_found(monkeypatch, tmp_path):
    found = _fake_perf(monkeypatch, tmp_path, "echo '12345,,cycles,9,100.00,,'")
    assert found["count cycles and instructions in hardware"].granted
    assert found["record a profile with perf"].granted


def test_a_forbidden_recording_prints_the_setting_and_never_changes_it(monkeypatch, tmp_path):
    setting = tmp_path / "proc/sys/kernel/perf_event_paranoid"
    setting.parent.mkdir(parents=True)
    setting.write_text("4\n")
    found = _fake_perf(monkeypatch, tmp_path, "exit 255")
    recording = found["record a profile with perf"]
    assert not recording.granted
    assert "perf_event_paranoid is 4" in recording.detail
    assert recording.remedy == "as root: sysctl kernel.perf_event_paranoid=2"
    assert setting.read_text() == "4\n"


@pytest.mark.parametrize(("bits", "granted"), [("000001ffffffffff", True), ("0", False)])
def test_packets_need_the_raw_capability(monkeypatch, tmp_path, bits, granted):
    status = tmp_path / "proc/self/status"
    status.parent.mkdir(parents=True)
    status.write_text(f"Name:\tx\nCapEff:\t{bits}\n")
    assert _fake_perf(monkeypatch, tmp_path, "true")["capture packets"].granted is granted


@pytest.mark.usefixtures("no_tools")
def test_without_perf_every_permission_still_has_an_answer():
    for entry in tools.survey_permissions():
        assert entry.detail
        assert entry.granted or entry.remedy


def test_a_recording_that_the_setting_allows_is_forbidden_by_something_else(monkeypatch, tmp_path):
    setting = tmp_path / "proc/sys/kernel/perf_event_paranoid"
    setting.parent.mkdir(parents=True)
    setting.write_text("2\n")
    recording = _fake_perf(monkeypatch, tmp_path, "exit 255")["record a profile with perf"]
    assert "perf_event_open" in recording.remedy
    assert "sysctl" not in recording.remedy


@pytest.mark.parametrize(
    ("user", "paranoid", "hidden", "granted"),
    [
        (0, "2", "0", True),
        (0, "2", "1", True),
        (0, "-1", "2", False),
        (1000, "1", "0", True),
        (1000, "2", "0", False),
        (1000, "-1", "1", False),
    ],
)
def test_kernel_functions_need_both_settings(
    monkeypatch, tmp_path, *, user, paranoid, hidden, granted
):
    folder = tmp_path / "proc/sys/kernel"
    folder.mkdir(parents=True)
    (folder / "perf_event_paranoid").write_text(paranoid)
    (folder / "kptr_restrict").write_text(hidden)
    monkeypatch.setattr(tools.os, "geteuid", lambda: user)
    found = _fake_perf(monkeypatch, tmp_path, "true")
    assert found["see kernel functions in profiles"].granted is granted


@pytest.mark.parametrize(
    ("bits", "granted"), [("8000000000", True), ("200000", True), ("0", False)]
)
def test_bpf_needs_a_capability_whatever_the_setting(monkeypatch, tmp_path, bits, granted):
    status = tmp_path / "proc/self/status"
    status.parent.mkdir(parents=True)
    status.write_text(f"CapEff:\t{bits}\n")
    entry = _fake_perf(monkeypatch, tmp_path, "true")["load BPF programs"]
    assert entry.granted is granted
    assert "unprivileged_bpf_disabled is unknown" in entry.detail
