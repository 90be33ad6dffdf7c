"""Starting commands: what is seen of them, how they end, and that nothing stays behind."""

import os
import sys
import time

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.commands.spawning import CommandRun, spawner

ALLOCATE = "x = bytearray({} << 20); x[::4096] = b'1' * len(x[::4096])"


def _run(*command, timeout=None):
    with spawner([command]) as spawn:
        return spawn.run(0, timeout)


def test_what_a_command_used():
    run = _run(sys.executable, "-S", "-c", "sum(range(3_000_000))")
    assert run.outcome == "exit 0"
    assert run.wall_ns > 0
    assert run.user_ns > 0
    assert run.wall_ns >= 0.9 * run.user_ns


def test_a_large_parent_does_not_show_in_a_commands_peak():
    ballast = bytearray(128 << 20)
    ballast[::4096] = b"1" * len(ballast[::4096])
    with spawner([["true"]]) as spawn:
        assert spawn.run(0, None).peak_bytes < 32 << 20
        assert 1 << 20 < spawn.least_peak_bytes < 32 << 20


def test_a_commands_own_memory_shows():
    small, large = (
        _run(sys.executable, "-S", "-c", ALLOCATE.format(size)).peak_bytes for size in (20, 60)
    )
    assert large - small == pytest.approx(40 << 20, rel=0.05)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("exit 7", "exit 7"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("kill -40 $$", "killed by signal 40"),
    ],
)
def test_every_way_to_end_is_told(script, outcome):
    assert _run("sh", "-c", script).outcome == outcome


def test_the_last_words_of_a_launch_are_its_own():
    with spawner([["sh", "-c", "echo first >&2; exit 1"], ["sh", "-c", "exit 1"]]) as spawn:
        assert spawn.run(0, None).errors == "first"
        assert spawn.run(1, None).errors == ""


def test_output_is_thrown_away_and_input_is_empty(capfd):
    assert _run("sh", "-c", "echo out; cat").outcome == "exit 0"
    assert capfd.readouterr() == ("", "")


def test_output_is_shown_on_request(capfd):
    with spawner([["sh", "-c", "echo out"]], show_output=True) as spawn:
        spawn.run(0, None)
    assert capfd.readouterr() == ("", "out\n")


def test_words_are_passed_on_as_they_are():
    words = ["a b", "", "--", "$HOME", "ü\n"]
    expected = f"import sys; sys.exit(sys.argv[1:] != {words!r})"
    assert _run(sys.executable, "-S", "-c", expected, *words).outcome == "exit 0"


def _is_gone(pid):
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_launch_that_takes_too_long_is_ended_with_all_it_started(tmp_path):
    note = tmp_path / "pid"
    run = _run("sh", "-c", f"sleep 600 & echo $! > {note}; wait", timeout=1.0)
    assert run.outcome == "timed out"
    assert _is_gone(int(note.read_text()))


def test_whatever_ends_the_caller_ends_the_command(tmp_path):
    note = tmp_path / "pid"

    def interrupted():
        with spawner([["sh", "-c", f"echo $$ > {note}; sleep 600"]]) as spawn:
            spawn._answer = _interrupt_second(spawn._answer)
            spawn.run(0, None)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert _is_gone(int(note.read_text()))


def _interrupt_second(answer):
    """Press Ctrl-C while the command runs."""
    calls = iter(range(10))

    def interrupted(timeout):
        if next(calls) == 1:
            time.sleep(0.3)
            raise KeyboardInterrupt
        return answer(timeout)

    return interrupted


@pytest.mark.parametrize("program", ["no-such-program", "/", "/etc/hostname"])
def test_what_cannot_be_started_is_named(program):
    with pytest.raises(UnavailableError, match=f"^{program}: cannot be started"):
        _run(program)


def test_a_status_without_a_name_is_a_number():
    run = CommandRun(1.0, 1.0, 1.0, 1, -99, timed_out=False, errors="")
    assert run.outcome == "killed by signal 99"
