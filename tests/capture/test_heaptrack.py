"""heaptrack: a stand-in for its failures, and the real one where it works."""

import shutil
import sys

import pytest

from slonana_analysis.capture import heaptrack
from slonana_analysis.capture.heaptrack import heaptrack_job
from slonana_analysis.capture.recording import recording_of
from slonana_analysis.errors import UnavailableError, UsageError

HOLDS = "import time\nheld = []\nwhile True:\n    held.append('x' * 1000)\n    time.sleep(0.001)"


def recorded(job, directory):
    with recording_of(job, directory) as recording:
        recording.wait()
    return recording.capture


def test_a_capture_is_made(fake_tool, tmp_path):
    fake_tool(
        "heaptrack",
        '[ "$1" = --version ] && echo heaptrack 1.4.0 && exit\necho traced > "$2.gz"',
    )
    capture = recorded(heaptrack_job(["true"]), tmp_path / "cap")
    assert capture.main.name == "heaptrack.gz"
    assert capture.facts.version == "1.4.0"
    assert capture.facts.command == ("heaptrack", "--output", "heaptrack", shutil.which("true"))


def test_a_tool_that_leaves_nothing(fake_tool, tmp_path):
    fake_tool("heaptrack", "echo 'Could not find heaptrack preload library'; exit 1")
    with pytest.raises(UnavailableError, match=r"left nothing of the command 'true': .*preload"):
        recorded(heaptrack_job(["true"]), tmp_path / "cap")


def test_wrong_calls(fake_tool, monkeypatch):
    fake_tool("heaptrack", "true")
    with pytest.raises(UsageError, match="is empty"):
        heaptrack_job([])
    monkeypatch.setattr(heaptrack.shutil, "which", {"true": "/bin/true"}.get)
    with pytest.raises(UnavailableError, match="package heaptrack"):
        heaptrack_job(["true"])


@pytest.mark.requires_heaptrack
def test_the_trace_of_a_command_that_was_stopped_is_whole(tmp_path):
    capture = recorded(heaptrack_job([sys.executable, "-c", HOLDS], 1.0), tmp_path / "cap")
    assert capture.facts.notes == (f"the command was ended after {capture.facts.seconds:.1f} s",)
    assert "Heaptrack finished" in (tmp_path / "cap" / "output.txt").read_text()
    assert capture.main.stat().st_size > 1000
