"""The verb record, called as users call it."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from slonana_analysis.capture.recording import Recording
from slonana_analysis.cli import main
from slonana_analysis.readers.registry import read_profile

BUSY = [sys.executable, "-c", "import time\nend = time.time() + 0.5\nwhile time.time() < end: pass"]


@pytest.fixture
def record(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main(["record", *arguments])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return call


@pytest.mark.requires_perf
def test_record_then_ingest(record, tmp_path, capsys):
    code, out, err = record("-o", "cap", "--", *BUSY)
    assert code == 0
    assert out[-2:] == ["cap/perf.script.txt", "cap"]
    assert "perf samples" in err
    assert main(["ingest", "--json", "cap"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["samples"] > 50
    assert facts["loss"]["reasons"] == []


@pytest.mark.requires_perf
def test_json_and_the_default_place(record, tmp_path):
    code, out, _ = record("--json", "--frequency", "99", "--", "sh", "-c", "exit 3")
    (facts,) = map(json.loads, out)
    assert code == 0
    assert facts["directory"].startswith("captures/perf-")
    assert (tmp_path / facts["directory"] / "capture.json").is_file()
    assert facts["tool"] == "perf"
    assert facts["host"]
    assert "the command exited with status 3" in facts["notes"]


@pytest.mark.requires_perf
def test_ctrl_c_ends_the_recording_and_keeps_it(record, tmp_path, monkeypatch):
    def interrupted(_):
        time.sleep(0.3)
        raise KeyboardInterrupt

    monkeypatch.setattr(Recording, "wait", interrupted)
    code, out, err = record("-o", "cap", "--", "sleep", "60")
    assert code == 0
    assert out[-1] == "cap"
    assert "Ctrl-C again" in err
    assert (tmp_path / "cap" / "perf.data").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name either a command or the id"),
        (["--pid", "1", "--", "true"], 2, "name either a command or the id"),
        (["--tool", "nonsense", "--", "true"], 2, "invalid choice"),
        (["--duration", "-1", "--", "true"], 2, "duration must be more than 0"),
        (["--", "no-such-command-anywhere"], 3, "is not found"),
        (["--pid", "1073741824"], 3, "there is no process"),
        (["--pid", "1,x"], 2, "is no list of process ids"),
        (["--tool", "massif", "--pid", "1"], 2, "massif cannot record a process that runs"),
        (["--tool", "tcpdump", "--pid", "1"], 2, "name its ports with --port"),
        (["--tool", "tcpdump", "--", "true"], 2, "tcpdump records ports and no command"),
        (["--tool", "heaptrack"], 2, "the command to record is empty"),
    ],
)
def test_wrong_calls(record, arguments, code, message, tmp_path):
    returned, out, err = record(*arguments)
    assert (returned, out) == (code, [])
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_without_perf(record, monkeypatch, tmp_path):
    monkeypatch.setattr("slonana_analysis.capture.perf_setup.shutil.which", _no_perf)
    code, out, err = record("--", "true")
    assert (code, out) == (3, [])
    assert "linux-perf" in err
    assert list(tmp_path.iterdir()) == []


def _no_perf(name):
    return None if name == "perf" else f"/bin/{name}"


@pytest.mark.requires_perf
def test_several_processes_as_pidof_prints_them(record):
    with subprocess.Popen(BUSY) as first, subprocess.Popen(BUSY) as second:
        pids = f"{first.pid} {second.pid}"
        code, out, err = record("-o", "cap", "--pid", pids, "--duration", "0.3")
    assert (code, out[-1]) == (0, "cap")
    assert f"processes {first.pid}, {second.pid}" in err
    profile = read_profile("cap")
    assert set(profile.threads["process"]) == {first.pid, second.pid}


@pytest.mark.requires_perf
def test_stacks_by_unwinding(record, tmp_path):
    code, _, _ = record("-o", "cap", "--call-graph", "dwarf", "--", *BUSY)
    facts = json.loads((tmp_path / "cap" / "capture.json").read_text())
    assert code == 0
    assert "dwarf,16384" in facts["command"]


@pytest.mark.requires_heaptrack
def test_another_tool(record):
    code, out, err = record("--tool", "heaptrack", "-o", "cap", "--", "ls")
    assert (code, out[-1]) == (0, "cap")
    assert "heaptrack records the command 'ls'" in err


def test_a_full_disk_stops_before_anything_is_started(record, monkeypatch, tmp_path):
    full = shutil.disk_usage(tmp_path)._replace(free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    code, out, err = record("--tool", "tcpdump", "-o", "cap")
    assert (code, out) == (3, [])
    assert "cannot record here: disk: 0 MiB free" in err
