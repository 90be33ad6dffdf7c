"""The cases of timers: create, check, cancel."""

from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.asynchronous.timed import (
    FIRST_SLOT,
    scan_timers,
    time_cancels,
    time_checks,
    time_creates,
    time_scans,
)
from slonana_analysis.experiments.asynchronous.variants import (
    EXPERIMENT_NAME,
    NUMBA_NAME,
    PYTHON_NAME,
    SCAN_NAME,
    compiled_layouts,
)
from slonana_analysis.kernels.asynchronous.rules import (
    MAX_TIMERS,
    MAX_TIMERS_PER_PROGRAM,
    TimerMode,
)
from slonana_analysis.kernels.asynchronous.timer_calls import check_timers, create_timer
from slonana_analysis.kernels.asynchronous.timer_wheel import new_store
from slonana_analysis.kernels.asynchronous.timers import Timers
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.native import asynchronous as compiled

PROGRAMS = 100
REFUSING, ACCEPTING = 10_000, 1000
"""Timers that the validator's benchmark creates, of which 1,024 find room; and as many as do."""
MOST_REFUSED, ALL_ACCEPTED = "1,024 accepted", "all accepted"

CHECKED = (16, 128, 1024)
CANCELLED = (64, 1024)
PERIOD = 1024
"""Slots between two runs of a timer: of ``n`` timers ``n / 1024`` run at a check."""
_CHECKS = 2048


def create_cases() -> Iterator[Case]:
    """Yield the creation of timers as the benchmark does it, and with every one accepted."""
    for count, outcome in ((REFUSING, MOST_REFUSED), (ACCEPTING, ALL_ACCEPTED)):
        parameters = {"do": f"create {count:,} timers", "outcome": outcome}
        yield Case(EXPERIMENT_NAME, parameters, tuple(_creating(count)))


def accepted_timers(count: int) -> int:
    """Return how many of the benchmark's timers find room, called from Python.

    Parameters
    ----------
    count : int
        How many it asks for.
    """
    ids = np.zeros(count, np.int64)
    _python_creates(1, ids)
    return int(np.count_nonzero(ids))


def _creating(count: int) -> Iterator[Variant]:
    for layout, name in compiled_layouts():

        def passes(inner: int, ids: NDArray[np.int64], layout: compiled.Layout = layout) -> int:
            return compiled.time_creates(layout, PROGRAMS, ids, inner)

        yield _pass_variant(name, passes, count)
    store, of_program = new_store(), np.zeros(PROGRAMS, np.int32)
    yield _pass_variant(
        NUMBA_NAME,
        lambda inner, ids: int(time_creates(store, of_program, PROGRAMS, ids, inner)),
        count,
    )
    yield _pass_variant(PYTHON_NAME, _python_creates, count)


def _pass_variant(
    name: str, passes: Callable[[int, NDArray[np.int64]], int], count: int
) -> Variant:
    """Return a variant whose repetition is a whole pass of ``count`` creations."""
    ids = np.zeros(count, np.int64)

    def output() -> NDArray[np.int64]:
        given = np.zeros(count, np.int64)
        passes(1, given)
        return given

    return Variant(name, lambda inner: passes(inner, ids), output)


def _python_creates(passes: int, ids: NDArray[np.int64]) -> int:
    elapsed = 0
    for _ in range(passes):
        timers = Timers()
        start = perf_counter_ns()
        given = [
            timers.create(f"program_{i % PROGRAMS}", 0, FIRST_SLOT + i) for i in range(len(ids))
        ]
        elapsed += perf_counter_ns() - start
        ids[:] = given
    return elapsed


def cancel_cases() -> Iterator[Case]:
    """Yield the cancellation of all timers in random order, few and as many as there can be."""
    for count in CANCELLED:
        order = np.random.default_rng(61).permutation(count).astype(np.int64) + 1
        parameters = {"do": "cancel timers one by one", "timers": count}
        yield Case(EXPERIMENT_NAME, parameters, tuple(_cancelling(order)))


def _cancelling(order: NDArray[np.int64]) -> Iterator[Variant]:
    for layout, name in compiled_layouts():

        def passes(inner: int, layout: compiled.Layout = layout) -> int:
            return compiled.time_cancels(layout, order, inner)

        def output(layout: compiled.Layout = layout) -> NDArray[np.bool_]:
            timers = compiled.CompiledTimers(layout, MAX_TIMERS)
            return _cancelled(timers.create, timers.cancel, order)

        yield Variant(name, passes, output)
    store, of_program = new_store(), np.zeros(MAX_TIMERS, np.int32)

    def ours() -> NDArray[np.bool_]:
        timers = Timers()
        return _cancelled(
            lambda program, *rest: timers.create(str(program), *rest), timers.cancel, order
        )

    yield Variant(
        NUMBA_NAME, lambda inner: int(time_cancels(store, of_program, order, inner)), ours
    )


def _cancelled(
    create: Callable[[int, int, int, int], int],
    cancel: Callable[[int], bool],
    order: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return what cancelling says, and what it says of a timer that never was."""
    for i in range(len(order)):
        create(i // MAX_TIMERS_PER_PROGRAM, 0, FIRST_SLOT + i, 0)
    return np.array([cancel(int(each)) for each in (*order, len(order) + 1)])


def check_cases() -> Iterator[Case]:
    """Yield the check of a slot among few and many periodic timers."""
    for count in CHECKED:
        parameters = {"do": "check one slot", "timers": count}
        yield Case(EXPERIMENT_NAME, parameters, tuple(_checking(count)))


def _checking(count: int) -> Iterator[Variant]:
    for layout, name in compiled_layouts():
        timers, fired = _compiled_timers(layout, count), np.zeros(1, np.int64)

        def batch(
            inner: int,
            timers: compiled.CompiledTimers = timers,
            fired: NDArray[np.int64] = fired,
        ) -> int:
            return timers.time_checks(inner, fired)

        def output(layout: compiled.Layout = layout) -> NDArray[np.int64]:
            return _runs(_compiled_timers(layout, count).check)

        yield Variant(name, batch, output)
    wheel, scanned = _Wheel(count), _Scan(count)
    yield Variant(NUMBA_NAME, wheel, lambda: _runs(_Wheel(count).check))
    yield Variant(SCAN_NAME, scanned, lambda: _runs(_Scan(count).check))


def _runs(check: Callable[[int], NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return which timers each of the first slots runs, sorted, each slot ended by a 0."""
    slots = [np.sort(check(slot)) for slot in range(1, _CHECKS + 1)]
    return np.concatenate([part for slot in slots for part in (slot, np.zeros(1, np.int64))])


def _first_slots(count: int) -> list[int]:
    """Spread the timers' first slots evenly over their period."""
    return [1 + place * PERIOD // count for place in range(count)]


def _compiled_timers(layout: compiled.Layout, count: int) -> compiled.CompiledTimers:
    timers = compiled.CompiledTimers(layout, MAX_TIMERS)
    for place, slot in enumerate(_first_slots(count)):
        timers.create(place // MAX_TIMERS_PER_PROGRAM, int(TimerMode.PERIODIC), slot, PERIOD)
    return timers


class _Wheel:
    """Our timers, checked at slots that go on from batch to batch."""

    def __init__(self, count: int) -> None:
        self._store: NDArray[Any] = new_store()
        self._fired = np.empty(MAX_TIMERS, np.int64)
        self._slot = 1
        of_program = np.zeros(MAX_TIMERS, np.int32)
        for place, slot in enumerate(_first_slots(count)):
            program, mode = place // MAX_TIMERS_PER_PROGRAM, int(TimerMode.PERIODIC)
            create_timer(self._store, of_program, program, mode, np.uint64(slot), np.uint64(PERIOD))

    def __call__(self, inner: int) -> int:
        elapsed = time_checks(self._store, self._slot, inner, self._fired)
        self._slot += inner
        return int(elapsed)

    def check(self, slot: int) -> NDArray[np.int64]:
        """Check one slot, and return which timers ran."""
        return self._fired[: check_timers(self._store, slot, self._fired)]


class _Scan:
    """The same timers, each of which every check looks at."""

    def __init__(self, count: int) -> None:
        slots = np.array(_first_slots(count), np.int64)
        self._timers = np.stack([slots, np.full(count, PERIOD, np.int64)])
        self._fired = np.empty(count, np.int64)
        self._slot = 1

    def __call__(self, inner: int) -> int:
        elapsed = time_scans(self._timers, self._slot, inner, self._fired)
        self._slot += inner
        return int(elapsed)

    def check(self, slot: int) -> NDArray[np.int64]:
        """Check one slot, and return which timers ran."""
        return self._fired[: scan_timers(self._timers, slot, self._fired)]
