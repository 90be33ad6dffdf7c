"""Counting an experiment: compile its loops at full speed, then run them once under callgrind."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from slonana_analysis.errors import SlonanaError, UnavailableError, UsageError
from slonana_analysis.measure.counts.counted import CountedVariant
from slonana_analysis.measure.counts.messages import (
    CaseDone,
    ClockBuilt,
    CountRequest,
    Task,
    message_from_json,
)
from slonana_analysis.measure.counts.processes import (
    GroupEnd,
    quiet_environment,
    run_group,
    valgrind,
)
from slonana_analysis.measure.counts.tables import tabulate_counts
from slonana_analysis.measure.counts.target import Target, counting_target
from slonana_analysis.measure.messages import LaunchFailure
from slonana_analysis.measure.processes import launch_environment

_MODULE = "slonana_analysis.measure.counts.launch"


@dataclass(frozen=True)
class CountEvent:
    """Progress of counting, reported after every case.

    Attributes
    ----------
    case, cases : int
        Cases finished, and how many there are.
    seconds : float
        Since counting began, compilation included.
    """

    case: int
    cases: int
    seconds: float


def count_instructions(
    entry: str,
    settings: Mapping[str, object],
    *,
    seconds_limit: float = 300.0,
    on_case: Callable[[CountEvent], None] | None = None,
) -> pd.DataFrame:
    """Count the instructions of one repetition of every variant of an entry's cases.

    Parameters
    ----------
    entry : str
        ``package.module:function``; called as ``function(settings)``, returns or yields ``Case``
        objects.
    settings : mapping
        JSON values.
    seconds_limit : float
        After which counting is ended; what was not reached by then has that as its reason.
    on_case : callable, optional
        Called after every case.

    Returns
    -------
    DataFrame
        Columns of ``schema.COUNTS``, one row per case and variant; the run column is empty. The
        loop around the work is part of the count, as it is part of the time.

    Raises
    ------
    UnavailableError
        If valgrind or a C compiler is missing, or this architecture cannot be counted.
    UsageError
        If the entry cannot be imported, or the limit is not positive.
    SlonanaError
        What the entry raises.
    """
    counted = count_variants(entry, settings, seconds_limit=seconds_limit, on_case=on_case)
    return tabulate_counts(counted, counting_target().name)


def count_variants(
    entry: str,
    settings: Mapping[str, object],
    *,
    seconds_limit: float = 300.0,
    on_case: Callable[[CountEvent], None] | None = None,
    other_data: bool = False,
) -> tuple[CountedVariant, ...]:
    """Count as ``count_instructions`` does, and keep every single count.

    With ``other_data``, loops whose data never changes are counted on other data too.

    Returns
    -------
    tuple of CountedVariant
        In the order of the entry's cases and their variants.
    """
    if not seconds_limit > 0:
        raise UsageError(f"seconds_limit ({seconds_limit}) must be positive")
    # Before anything is compiled, so that a machine without valgrind says so at once.
    valgrind("callgrind")
    with tempfile.TemporaryDirectory(prefix="slonana-counts-") as directory:
        dumps = str(Path(directory, "counts"))
        counting = _Counting(entry, settings, dumps, seconds_limit, on_case, other_data=other_data)
        counting.run("compile", (), {})
        counting.count()
    return tuple(counting.found.values())


@dataclass
class _Counting:
    """Two processes one after the other, and what is known from them."""

    entry: str
    settings: Mapping[str, object]
    dumps: str
    seconds_limit: float
    on_case: Callable[[CountEvent], None] | None
    other_data: bool
    target: Target = field(default_factory=counting_target)
    started: float = field(default_factory=time.monotonic)
    found: dict[tuple[str, str, str], CountedVariant] = field(default_factory=dict)
    reached: set[tuple[str, str, str]] = field(default_factory=set)
    cases: int = 0
    clock: str = ""
    task: Task = "compile"
    failure: LaunchFailure | None = None

    def run(self, task: Task, command: tuple[str, ...], variables: Mapping[str, str]) -> GroupEnd:
        """Run one of the two processes; raise what the entry raised in it."""
        self.task = task
        request = CountRequest(
            self.entry, self.settings, task, self.dumps, os.getpid(), self.other_data
        )
        environment = launch_environment(1) | self.target.environment() | dict(variables)
        end = run_group(
            (*command, sys.executable, "-m", _MODULE),
            environment=quiet_environment(environment),
            text=request.to_json(),
            seconds=self.seconds_limit - self._elapsed(),
            on_line=self._receive,
        )
        if self.failure is not None:
            raise self.failure.error(self.entry, 0)
        if task == "compile" and end.status != 0:
            raise self._not_compiled(end)
        return end

    def count(self) -> None:
        """Count what was compiled; whatever is not reached keeps a reason."""
        self.reached.clear()
        preload = os.pathsep.join(filter(None, (self.clock, os.environ.get("LD_PRELOAD"))))
        command = valgrind("callgrind", "--instr-atstart=no", f"--callgrind-out-file={self.dumps}")
        end = self.run("count", command, {"LD_PRELOAD": preload})
        missing = [which for which in self.found if which not in self.reached]
        for position, which in enumerate(missing):
            reason = self.found[which].reason or self._not_reached(end, first=position == 0)
            self.found[which] = replace(self.found[which], reason=reason)

    def _receive(self, line: bytes) -> None:
        message = message_from_json(line)
        if isinstance(message, CountedVariant):
            which = (message.experiment, message.parameters, message.variant)
            self.found[which] = message
            self.reached.add(which)
        elif isinstance(message, ClockBuilt):
            self.clock = message.path
        elif isinstance(message, LaunchFailure):
            self.failure = message
        elif isinstance(message, CaseDone):
            self._report(message.case)

    def _report(self, case: int) -> None:
        if self.task == "compile":
            self.cases = case
        elif self.on_case is not None:
            self.on_case(CountEvent(case, self.cases, self._elapsed()))

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _not_reached(self, end: GroupEnd, *, first: bool) -> str:
        if end.status is None:
            return f"counting had not reached it after {self.seconds_limit:g} s"
        if first:
            return f"valgrind {end.in_words} while it was counted"
        return f"valgrind {end.in_words} before it was counted"

    def _not_compiled(self, end: GroupEnd) -> SlonanaError:
        kind = UnavailableError if end.status is None else SlonanaError
        error = kind(
            f"the process that compiles '{self.entry}' for counting {end.in_words}"
            + ("; give it a longer limit" if end.status is None else "")
        )
        if end.log:
            error.add_note(f"The last of what it printed:\n{end.log}")
        return error
