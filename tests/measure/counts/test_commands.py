import signal
import sys

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.counts.commands import CommandCount, count_command

LOOP = "i=0; while [ $i -lt {} ]; do i=$((i+1)); done"


@pytest.mark.requires_valgrind
def test_more_work_takes_more_instructions():
    few, many = (count_command(["sh", "-c", LOOP.format(n)], timeout=120) for n in (100, 10_000))
    assert few.exit_status == many.exit_status == 0
    assert len(few.repeats) == 2
    assert many.instructions > few.instructions + 9_900 * 10


@pytest.mark.requires_valgrind
@pytest.mark.parametrize(("script", "status"), [("exit 3", 3), ("kill -TERM $$", -signal.SIGTERM)])
def test_any_exit_is_counted(script, status):
    counted = count_command(["sh", "-c", script], timeout=120, repeats=1)
    assert counted.exit_status == status
    assert counted.instructions > 0


@pytest.mark.requires_valgrind
def test_children_are_counted_when_asked():
    command = ["sh", "-c", f"sh -c '{LOOP.format(20_000)}'; true"]
    alone, together = (
        count_command(command, timeout=120, repeats=1, children=children)
        for children in (False, True)
    )
    assert together.instructions > alone.instructions + 20_000 * 10


@pytest.mark.requires_valgrind
def test_a_command_that_does_not_end_is_ended():
    with pytest.raises(UnavailableError, match=r"'sleep' did not end within 2 s"):
        count_command(["sleep", "1000"], timeout=2, repeats=1)


def test_a_program_that_is_not_there():
    with pytest.raises(UnavailableError, match="no program 'no-such-program'"):
        count_command(["no-such-program"], timeout=1)


@pytest.mark.parametrize(
    ("command", "options"),
    [([], {}), (["true"], {"repeats": 0}), (["true"], {"timeout": 0})],
)
def test_what_makes_no_sense_is_refused(command, options):
    with pytest.raises(UsageError, match="needs a command"):
        count_command(command, **{"timeout": 1, **options})


def test_without_valgrind(monkeypatch):
    python = sys.executable
    monkeypatch.setattr("shutil.which", lambda name: None if name == "valgrind" else name)
    with pytest.raises(UnavailableError, match="apt install valgrind"):
        count_command([python, "-V"], timeout=1)


def test_the_spread_of_repeats():
    assert CommandCount(10, (10, 13), 0).spread == 3
