"""Measuring an experiment: fresh processes one after the other, their samples in one table.

Batches of one launch share its memory layout and whatever its processor was doing; only another
process draws those anew. So a launch is the unit that intervals are built on, and launches never
overlap.

References
----------
Kalibera, T. and Jones, R. (2013), Rigorous benchmarking in reasonable time, ISMM '13.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.cases import launch_random, time_cases
from slonana_analysis.measure.messages import LaunchProgress, LaunchRequest
from slonana_analysis.measure.placement import UNPINNED
from slonana_analysis.measure.processes import launch_environment, run_launch
from slonana_analysis.measure.subject import Case
from slonana_analysis.measure.tables import TimedLaunch, tabulate
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.observation import observed
from slonana_analysis.native.fingerprint import prune

_STALL_SECONDS = 600.0


@dataclass(frozen=True)
class LaunchEvent:
    """Progress of a measurement, reported after every case.

    Attributes
    ----------
    launch, launches : int
        The launch that is running, from 0, and how many there will be.
    case : int
        Cases it has finished.
    cases : int or None
        Cases it has in all; None until a first launch has ended.
    seconds : float
        Since the measurement began.
    cpu : int
        Processor that the launch stays on; -1 when it is free to move.
    """

    launch: int
    launches: int
    case: int
    cases: int | None
    seconds: float
    cpu: int


@observed("on_launch")
def measure(
    entry: str,
    settings: Mapping[str, object],
    *,
    launches: int,
    seed: int = 0,
    case_seconds: float = 0.05,
    on_launch: Callable[[LaunchEvent], None] | None = None,
    threads: int = 1,
    stall_seconds: float = _STALL_SECONDS,
) -> Measurement:
    """Time an entry's cases in fresh processes.

    Parameters
    ----------
    entry : str
        ``package.module:function``; called as ``function(settings)`` in every launch, returns or
        yields ``Case`` objects.
    settings : mapping
        JSON values.
    launches : int
        Fresh processes. The first of an unknown entry also compiles, before anything is timed.
    seed : int
        Seeds the order of the rounds.
    case_seconds : float
        Seconds of rounds per case and launch, checks and calibration not counted.
    on_launch : callable, optional
        Called after every finished case.
    threads : int
        Threads that the variants may use; with one, a launch stays on one processor.
    stall_seconds : float
        How long a launch may go without finishing a case before it is ended.

    Returns
    -------
    Measurement
        All samples and checks of all launches, and the launches themselves. A variant whose
        output differs from the baseline's has a failed check and no samples.

    Raises
    ------
    UsageError
        If an argument is out of range, or the entry cannot be imported.
    UnavailableError
        If a launch stalls.
    SlonanaError
        What an entry raises, or that a launch was killed.
    """
    if launches < 1 or threads < 1 or not case_seconds > 0:
        raise UsageError(
            f"launches ({launches}), threads ({threads}) and case_seconds ({case_seconds}) "
            "must be positive"
        )
    for kind in ("generated", "numba"):
        prune(kind)
    environment = launch_environment(threads)
    progress = _Progress(launches, on_launch)
    results: dict[int, TimedLaunch] = {}
    for launch in range(launches):
        request = LaunchRequest(
            entry=entry,
            settings=settings,
            launch=launch,
            seed=seed,
            case_seconds=case_seconds,
            pin=threads == 1,
            parent=os.getpid(),
            result="",
        )
        on_case = partial(progress.report, launch)
        started = time.monotonic()
        result = run_launch(request, environment, stall_seconds=stall_seconds, on_case=on_case)
        seconds = time.monotonic() - started
        results[launch] = TimedLaunch(result.cases, result.cpu, seconds)
        progress.cases = len(result.cases)
    return tabulate(results)


def measure_cases(
    cases: Iterable[Case], *, launch: int, seed: int, case_seconds: float
) -> Measurement:
    """Time cases in this process, as one launch does.

    Parameters
    ----------
    cases : iterable of Case
        May be a generator.
    launch, seed : int
        Number of the launch, and the seed of all launches; together they draw the orders.
    case_seconds : float
        Seconds of rounds per case.

    Returns
    -------
    Measurement
        Samples and checks of this launch.

    Raises
    ------
    UsageError
        If a case is malformed.
    """
    random = launch_random(seed, launch)
    started = time.monotonic()
    timed = tuple(time_cases(cases, random=random, case_seconds=case_seconds))
    return tabulate({launch: TimedLaunch(timed, UNPINNED, time.monotonic() - started)})


class _Progress:
    """Turns finished cases into events; does nothing when nobody listens."""

    def __init__(self, launches: int, listener: Callable[[LaunchEvent], None] | None) -> None:
        self._launches = launches
        self._listener = listener
        self._start = time.monotonic()
        self.cases: int | None = None

    def report(self, launch: int, step: LaunchProgress) -> None:
        if self._listener is not None:
            seconds = time.monotonic() - self._start
            self._listener(
                LaunchEvent(launch, self._launches, step.case, self.cases, seconds, step.cpu)
            )
