"""Recording with perf: with a stand-in for every failure, and with the real one where it works."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slonana_analysis.capture import perf_setup
from slonana_analysis.capture.perf import perf_recording, record
from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.readers.registry import read_profile

BUSY = [sys.executable, "-c", "import time\nend = time.time() + 1\nwhile time.time() < end: pass"]
SLEEP = ["sleep", "47"]


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_a_capture_is_made(fake_perf, tmp_path):
    fake_perf()
    lines = []
    capture = record(
        tmp_path / "cap", command=["echo", "hello"], host="abc", on_progress=lines.append
    )
    assert capture.main.name == "perf.script.txt"
    assert sorted(capture.facts.files) == ["output.txt", "perf.data", "perf.script.txt"]
    assert (capture.directory / "output.txt").read_text() == "hello\n"
    assert capture.facts.host == "abc"
    assert capture.facts.version == "6.1.0"
    assert capture.facts.command[:2] == ("perf", "record")
    assert capture.facts.command[-3:] == ("--", "echo", "hello")
    assert str(tmp_path) not in json.dumps(capture.facts.command)
    assert len(lines) == 2
    assert len(read_profile(capture.directory).samples) == 1


def test_hardware_counters_are_used_where_they_work(fake_perf, tmp_path, monkeypatch):
    fake_perf(stat="echo 12345,,cycles:u,100,100.00,, >&2")
    monkeypatch.setattr(perf_setup, "may_see_kernel", lambda: True)
    capture = record(tmp_path / "cap", command=["true"])
    assert capture.facts.command[capture.facts.command.index("--event") + 1] == "cycles"
    assert capture.facts.notes == ()


@pytest.mark.parametrize(
    "stat",
    [
        "echo '<not supported>,,cycles:u,0,100.00,,' >&2",
        "echo '0,,cycles:u,100,100.00,,' >&2",
        "exit 1",
    ],
)
def test_what_is_not_as_wished_is_noted(fake_perf, tmp_path, monkeypatch, stat):
    fake_perf(stat=stat)
    monkeypatch.setattr(perf_setup, "may_see_kernel", lambda: False)
    monkeypatch.setattr(perf_setup, "_maximum_frequency", lambda: 100)
    capture = record(tmp_path / "cap", command=["sh", "-c", "exit 3"], frequency=999)
    command = capture.facts.command
    assert command[command.index("--event") + 1] == "cpu-clock:u"
    assert command[command.index("--freq") + 1] == "100"
    hardware, kernel, frequency, status = capture.facts.notes
    assert "hardware cycle counters do not work here" in hardware
    assert "sudo sysctl kernel.perf_event_paranoid=1" in kernel
    assert "allows 100 samples per second" in frequency
    assert status == "the command exited with status 3"


def test_a_command_killed_by_a_signal(fake_perf, tmp_path):
    fake_perf()
    capture = record(tmp_path / "cap", command=["sh", "-c", "kill -9 $$"])
    assert "the command was ended by SIGKILL" in capture.facts.notes


def test_no_sample_at_all_is_noted(fake_perf, tmp_path):
    fake_perf(script="echo '# ========'")
    capture = record(tmp_path / "cap", command=["true"])
    assert capture.facts.notes[-1] == "no sample was taken: too little ran in the time"


def test_a_command_is_ended_after_the_duration(fake_perf, tmp_path):
    fake_perf()
    capture = record(tmp_path / "cap", command=SLEEP, duration=0.1)
    assert capture.facts.notes[-1] == "the command was ended after 0.1 s"


def test_perf_that_may_not_record(fake_perf, tmp_path):
    fake_perf(record="echo 'Access to performance monitoring is limited'; exit 255")
    with pytest.raises(UnavailableError, match=r"kernel\.perf_event_paranoid"):
        record(tmp_path / "cap", command=["true"])
    assert not (tmp_path / "cap").exists()


def test_perf_whose_recording_was_not_finished(fake_perf, tmp_path):
    fake_perf(record="printf 'PERFILE2' > \"$data\"; echo oops; exit 1")
    with pytest.raises(UnavailableError, match=r"perf cannot record the command 'true': .*oops"):
        record(tmp_path / "cap", command=["true"])


def test_perf_script_that_fails(fake_perf, tmp_path):
    fake_perf(script="echo 'incompatible file format' >&2; exit 234")
    with pytest.raises(UnavailableError, match=r"print its recording as text: .*incompatible"):
        record(tmp_path / "cap", command=["true"])
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_perf_script_that_fails_half_way(fake_perf, tmp_path):
    fake_perf(script="echo 'w  8117  1.000002:   9 cycles:'; exit 234")
    capture = record(tmp_path / "cap", command=["true"])
    assert "perf script ended with status 234" in capture.facts.notes[-1]


def test_wrapper_without_a_perf_for_this_kernel(fake_perf, tmp_path):
    fake_perf(version="echo 'WARNING: perf not found for kernel 6.1' >&2; exit 2")
    with pytest.raises(UnavailableError, match="linux-tools"):
        record(tmp_path / "cap", command=["true"])


def test_no_perf(tmp_path, monkeypatch):
    monkeypatch.setattr(perf_setup.shutil, "which", lambda _: None)
    with pytest.raises(UnavailableError, match="package linux-perf"):
        perf_setup.set_up_perf(999)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ({}, UsageError, "either a command or the id"),
        ({"command": ["true"], "pid": 1}, UsageError, "either a command or the id"),
        ({"command": []}, UsageError, "is empty"),
        ({"command": ["no-such-command-anywhere"]}, UnavailableError, "is not found"),
        ({"command": ["true"], "duration": 0}, UsageError, "duration must be more than 0"),
        ({"command": ["true"], "frequency": -1}, UsageError, "frequency must be more than 0"),
        ({"pid": -1}, UsageError, "process id must be more than 0"),
        ({"pid": 2**30}, UnavailableError, "there is no process"),
    ],
)
def test_wrong_calls(fake_perf, tmp_path, call, kind, message):
    fake_perf()
    with pytest.raises(kind, match=message):
        record(tmp_path / "cap", **call)


def test_another_users_process(fake_perf, tmp_path, sleeper, monkeypatch):
    fake_perf()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("slonana_analysis.capture.target.Path.open", refuse)
    with pytest.raises(UnavailableError, match="belongs to another user"):
        record(tmp_path / "cap", pid=sleeper.pid)


def test_a_taken_directory(fake_perf, tmp_path):
    fake_perf()
    (tmp_path / "cap").mkdir()
    (tmp_path / "cap" / "x").touch()
    with pytest.raises(UsageError, match="exists already"):
        record(tmp_path / "cap", command=["true"])


def test_nothing_outlives_an_interrupted_block(fake_perf, tmp_path):
    fake_perf(record='sleep 61 & echo $! > $(dirname "$data")/../child; wait')
    child = tmp_path / "child"

    def interrupted():
        with perf_recording(tmp_path / "cap", command=["true"]):
            _until(lambda: child.exists() and child.read_text().strip())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not (tmp_path / "cap").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    _until(lambda: _gone(int(child.read_text())))


def test_capture_before_the_block_has_ended(fake_perf, tmp_path):
    fake_perf()
    with perf_recording(tmp_path / "cap", command=["true"]) as recording:
        with pytest.raises(UsageError, match="not finished"):
            _ = recording.capture
        recording.wait()
    assert recording.capture.main.exists()


def test_a_full_disk_leaves_nothing(fake_perf, tmp_path, monkeypatch):
    fake_perf()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("slonana_analysis.capture.recording.save_facts", full)
    with pytest.raises(UnavailableError, match="No space left"):
        record(tmp_path / "cap", command=["true"])
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.requires_perf
def test_real_command(tmp_path):
    capture = record(tmp_path / "cap", command=BUSY)
    profile = read_profile(capture.directory)
    assert len(profile.samples) > 100
    assert profile.loss.reasons == ()
    assert profile.header["perf version"].startswith(capture.facts.version[:3])
    counted = subprocess.run(
        ["perf", "script", "-F", "period", "-G", "-i", capture.directory / "perf.data"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(profile.samples) == len(counted)
    assert profile.weight == sum(map(int, counted))
    assert (profile.samples["time_ns"] > 0).all()
    assert (profile.threads["process"] > 0).all()


@pytest.mark.requires_perf
def test_real_process_for_a_while(tmp_path):
    with subprocess.Popen(BUSY) as process:
        capture = record(tmp_path / "cap", pid=process.pid, duration=0.3)
    assert len(read_profile(capture.directory).samples) > 10
    assert os.waitstatus_to_exitcode(process.returncode << 8) == 0


@pytest.mark.requires_perf
def test_real_process_while_a_block_runs(tmp_path):
    with subprocess.Popen(BUSY) as process:
        with perf_recording(tmp_path / "cap", pid=process.pid) as recording:
            time.sleep(0.8)
        assert len(read_profile(recording.capture.directory).samples) > 10
        process.send_signal(signal.SIGKILL)


def _until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("waited in vain")


def _gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
