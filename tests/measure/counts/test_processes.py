import os
import signal
import sys
import time
from pathlib import Path

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.counts.processes import (
    GroupEnd,
    quiet_environment,
    run_group,
    valgrind,
)

PATIENCE = 60.0
FOREVER = "import subprocess, sys; subprocess.Popen(['sleep', '1000']); print(1, flush=True); "


def python(code, **options):
    return run_group(
        [sys.executable, "-c", code], environment=os.environ, seconds=PATIENCE, **options
    )


def members(group):
    """Processes of a group that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state != "Z":
            found.append(stat)
    return found


def test_input_output_and_status_come_through():
    lines = []
    end = python(
        "import sys; print(sys.stdin.read()); print(2); sys.stderr.write('log'); sys.exit(3)",
        text="one",
        on_line=lines.append,
    )
    assert lines == [b"one", b"2"]
    assert end == GroupEnd(3, "log")
    assert end.in_words == "ended with status 3"


def test_a_signal_is_told_by_name():
    end = python("import os; os.kill(os.getpid(), 4)")
    assert end.status == -signal.SIGILL
    assert end.in_words == "was killed by SIGILL"


def test_a_group_whose_time_is_up_is_gone_with_all_it_started():
    groups = []
    end = run_group(
        [
            sys.executable,
            "-c",
            FOREVER + "import os, signal; print(os.getpid()); sys.stdout.flush(); signal.pause()",
        ],
        environment=os.environ,
        seconds=2.0,
        on_line=lambda line: groups.append(int(line)),
    )
    assert end.status is None
    assert end.in_words == "did not end in time"
    assert_gone(groups[-1])


def test_what_a_program_left_behind_is_gone_too():
    groups = []
    python(
        "import subprocess, os; subprocess.Popen(['sleep', '1000'], stdout=2); print(os.getpid())",
        on_line=lambda line: groups.append(int(line)),
    )
    assert_gone(groups[-1])


def test_an_interrupt_ends_the_group():
    groups = []

    def interrupt(line):
        groups.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        python(
            "import os, signal; print(os.getpid(), flush=True); signal.pause()", on_line=interrupt
        )
    assert_gone(groups[0])


def test_valgrind_ignores_everyday_options(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    command = valgrind("callgrind", "--a=b")
    assert command == (
        "/bin/valgrind",
        "--command-line-only=yes",
        "--quiet",
        "--tool=callgrind",
        "--a=b",
    )


def test_without_valgrind_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(UnavailableError, match="apt install valgrind"):
        valgrind("callgrind")


def test_no_server_is_asked_for_symbols():
    assert quiet_environment({"DEBUGINFOD_URLS": "x", "A": "b"}) == {"A": "b"}


def assert_gone(group):
    # Killed at once, though the kernel may take a moment over it.
    for _ in range(1000):
        if not members(group):
            return
        time.sleep(0.01)
    raise AssertionError(members(group))
