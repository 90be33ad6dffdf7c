"""Recordings of notebooks 11 and 12: made now, or the suite's own."""

import os

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.recording import capture_memory, capture_traffic


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put a tool on the path that is this shell text."""

    def install(name, text):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        version = '[ "$1" = --version ] && exit'
        (folder / name).write_text(f"#!/bin/sh\n{version}\n{text}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return install


@pytest.mark.parametrize("tool", ["heaptrack", "massif"])
def test_without_a_command_the_suites_own_recording_is_taken(tool):
    capture = capture_memory(tool)
    assert capture.facts.recorded
    assert capture.directory.name == f"{tool}-pipeline"


def test_a_command_is_recorded_into_the_output(fake, tmp_path):
    fake("heaptrack", 'echo traced > "$2.zst"; shift 2; echo "$@"')
    capture = capture_memory("heaptrack", "ls '--sort=none'", str(tmp_path / "out"))
    assert not capture.facts.recorded
    assert capture.directory == tmp_path / "out" / "captures" / "heaptrack"
    assert (capture.directory / "output.txt").read_text().endswith("/ls --sort=none\n")


def test_packets_are_recorded_into_the_output(fake, tmp_path):
    fake(
        "tcpdump",
        'while [ "$1" != -w ]; do shift; done\nhead -c 99 /dev/zero > "$2"; echo "$3"; sleep 9',
    )
    capture = capture_traffic(0.2, [7], str(tmp_path / "out"))
    assert capture.directory == tmp_path / "out" / "captures" / "tcpdump"
    assert (capture.directory / "output.txt").read_text() == "port 7\n"


def test_without_a_length_the_suites_own_packets_are_taken():
    assert capture_traffic().directory.name == "tcpdump-loopback"


def test_a_command_that_was_named_is_not_replaced_by_something_else(fake, tmp_path):
    fake("heaptrack", "exit 1")
    with pytest.raises(UnavailableError, match="left nothing"):
        capture_memory("heaptrack", "ls", str(tmp_path))


def test_unknown_tools():
    with pytest.raises(UsageError, match="no heap profiler is called 'dhat'"):
        capture_memory("dhat")
