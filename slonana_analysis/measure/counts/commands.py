"""Counting the instructions of a whole command, with everything it does from start to end.

Start-up, libraries and the size of the environment are part of the count, and some programs draw
random seeds: repeats of a command differ by some thousands of instructions where those of a loop
do not differ at all. All repeats are kept, so that the spread can be seen.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.counts.counter import instructions_in
from slonana_analysis.measure.counts.processes import (
    GroupEnd,
    quiet_environment,
    run_group,
    valgrind,
)


@dataclass(frozen=True)
class CommandCount:
    """Instructions of a command.

    Attributes
    ----------
    instructions : int
        The fewest of all repeats: whatever a repeat does differently adds to that.
    repeats : tuple of int
        Instructions of each repeat.
    exit_status : int
        Of the last repeat; negative when a signal ended it.
    """

    instructions: int
    repeats: tuple[int, ...]
    exit_status: int

    @property
    def spread(self) -> int:
        """Difference between the most and the fewest instructions of a repeat."""
        return max(self.repeats) - min(self.repeats)


def count_command(
    command: Sequence[str], *, timeout: float, repeats: int = 2, children: bool = False
) -> CommandCount:
    """Count the instructions that a command executes in user space.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; its standard input is empty and its output is thrown away.
    timeout : float
        Seconds that all repeats together may take, about fifty times as long as without counting.
    repeats : int
        How often to run it.
    children : bool
        Whether what it starts is counted too.

    Returns
    -------
    CommandCount
        Any exit status of the command is reported, not raised.

    Raises
    ------
    UsageError
        If there is no command, or an argument is not positive.
    UnavailableError
        If valgrind is missing, the program does not exist, or the time is up.
    FormatError
        If valgrind left no counts, as when it does not know an instruction of the program.
    """
    if not command or repeats < 1 or not timeout > 0:
        raise UsageError("counting needs a command, a positive timeout and at least one repeat")
    if shutil.which(command[0]) is None:
        raise UnavailableError(
            f"there is no program '{command[0]}' to count; check its name or give its path"
        )
    share = timeout / repeats
    counted = [_count_once(command, share, children=children) for _ in range(repeats)]
    totals = tuple(total for total, _ in counted)
    return CommandCount(min(totals), totals, counted[-1][1])


def _count_once(command: Sequence[str], seconds: float, *, children: bool) -> tuple[int, int]:
    with tempfile.TemporaryDirectory(prefix="slonana-counts-") as directory:
        under = valgrind(
            "cachegrind",
            "--cache-sim=no",
            f"--trace-children={'yes' if children else 'no'}",
            f"--cachegrind-out-file={directory}/%p",
            f"--log-file={directory}/log-%p",
        )
        environment = quiet_environment(os.environ)
        end = run_group((*under, *command), environment=environment, seconds=seconds)
        outputs = [path for path in Path(directory).iterdir() if path.name.isdecimal()]
        total = sum(map(instructions_in, outputs))
    return total, _status_of(end, command, total, seconds)


def _status_of(end: GroupEnd, command: Sequence[str], total: int, seconds: float) -> int:
    if end.status is None:
        raise UnavailableError(
            f"'{command[0]}' did not end within {seconds:g} s under valgrind and was ended; "
            "give it less work or a longer limit"
        )
    if not total:
        raise UnavailableError(f"valgrind {end.in_words} before it had run '{command[0]}'")
    return end.status
