"""The cases of watchers: a hundred on one account, of which all, one or none fire."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.asynchronous.timed import time_watcher_checks
from slonana_analysis.experiments.asynchronous.variants import (
    EXPERIMENT_NAME,
    NUMBA_NAME,
    PYTHON_NAME,
    compiled_layouts,
)
from slonana_analysis.kernels.asynchronous.rules import Trigger
from slonana_analysis.kernels.asynchronous.watcher_calls import (
    ACTIVE,
    ID,
    OFFSET,
    THRESHOLD,
    TRIGGER,
    empty_table,
)
from slonana_analysis.kernels.asynchronous.watchers import Watchers
from slonana_analysis.measure.python_loop import PythonLoop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.native.asynchronous import CompiledWatchers, Layout

WATCHERS = 100
ALL, ONE, NONE = "all fire", "one fires", "none fires"
STATE_BYTES = 1024
_PLAIN, _THRESHOLD = 0, 1
_ACCOUNT = "account_0"
_CHECKS = 3


@dataclass(frozen=True)
class _Change:
    """A hundred watchers of one kind, and the change that they are told of."""

    outcome: str
    trigger: Trigger
    thresholds: tuple[int, ...]
    old: bytes
    new: bytes
    lamports: tuple[int, int]

    @property
    def kind(self) -> int:
        return _THRESHOLD if self.trigger == Trigger.ABOVE else _PLAIN


def _state(number: int) -> bytes:
    return number.to_bytes(8, "little") + bytes(STATE_BYTES - 8)


_NO_THRESHOLDS = (0,) * WATCHERS
_CHANGES = (
    # As the validator's benchmark: the first byte differs, and so do the lamports.
    _Change(ALL, Trigger.ANY_CHANGE, _NO_THRESHOLDS, _state(0), _state(1), (1000, 2000)),
    # The number passes one of a hundred thresholds.
    _Change(ONE, Trigger.ABOVE, tuple(range(0, 1000, 10)), _state(505), _state(515), (1, 1)),
    _Change(NONE, Trigger.ANY_CHANGE, _NO_THRESHOLDS, _state(1), _state(1), (1, 1)),
)


def watch_cases() -> Iterator[Case]:
    """Yield the check of a hundred watchers, of which all, one or none fire."""
    for change in _CHANGES:
        parameters = {"do": f"check {WATCHERS} watchers", "outcome": change.outcome}
        yield Case(EXPERIMENT_NAME, parameters, tuple(_checking(change)))


def fired_watchers() -> dict[str, int]:
    """Return how many watchers fire at a check of each case, by its outcome."""
    # The check of slot 0 fires nothing, and every check is ended by a 0.
    return {
        change.outcome: int(np.count_nonzero(_from_python(change))) // (_CHECKS - 1)
        for change in _CHANGES
    }


def _checking(change: _Change) -> Iterator[Variant]:
    for layout, name in compiled_layouts():
        watchers, fired = _compiled_watchers(layout, change), np.zeros(1, np.int64)

        def batch(
            inner: int,
            watchers: CompiledWatchers = watchers,
            fired: NDArray[np.int64] = fired,
        ) -> int:
            return watchers.time_checks(change.old, change.new, change.lamports, inner, fired)

        def output(layout: Layout = layout) -> NDArray[np.int64]:
            fresh = _compiled_watchers(layout, change)
            given = change.old, change.new, change.lamports
            return _all_fired(fresh.check(0, *given, slot) for slot in range(_CHECKS))

        yield Variant(name, batch, output)
    yield Variant(NUMBA_NAME, _Table(change), lambda: _from_python(change))
    yield Variant(PYTHON_NAME, _PythonChecks(change), lambda: _from_python(change))


def _all_fired(checks: Iterator[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Join what consecutive checks fired, each ended by a 0; the first slot, 0, fires nothing."""
    return np.concatenate([part for fired in checks for part in (fired, np.zeros(1, np.int64))])


def _compiled_watchers(layout: Layout, change: _Change) -> CompiledWatchers:
    watchers = CompiledWatchers(layout, WATCHERS)
    for program, threshold in enumerate(change.thresholds):
        watchers.create(change.kind, program, 0, int(change.trigger), threshold=threshold)
    return watchers


def _named_watchers(change: _Change) -> Watchers:
    watchers = Watchers()
    for program, threshold in enumerate(change.thresholds):
        name, trigger = f"program_{program}", change.trigger
        if change.kind == _PLAIN:
            watchers.create(name, _ACCOUNT, trigger)
        else:
            watchers.create_threshold(name, _ACCOUNT, trigger, offset=0, threshold=threshold)
    return watchers


def _from_python(change: _Change) -> NDArray[np.int64]:
    watchers = _named_watchers(change)
    return _all_fired(
        watchers.check(_ACCOUNT, change.old, change.new, lamports=change.lamports, slot=slot)
        for slot in range(_CHECKS)
    )


class _Table:
    """Our watchers, checked by compiled code at slots that go on from batch to batch."""

    def __init__(self, change: _Change) -> None:
        self._table = empty_table(WATCHERS)
        self._table[ID] = np.arange(1, WATCHERS + 1)
        self._table[TRIGGER] = int(change.trigger)
        self._table[ACTIVE] = 1
        self._table[OFFSET] = 0
        self._table[THRESHOLD] = change.thresholds
        self._data = np.zeros((3, STATE_BYTES), np.uint8)
        self._data[:2] = [np.frombuffer(each, np.uint8) for each in (change.old, change.new)]
        self._lamports = np.uint64(change.lamports[0]), np.uint64(change.lamports[1])
        self._slot = 1

    def __call__(self, inner: int) -> int:
        elapsed = time_watcher_checks(
            self._table, WATCHERS, self._data, self._lamports, (self._slot, inner)
        )
        self._slot += inner
        return int(elapsed)


class _PythonChecks:
    """Our watchers by their names, each check a call from Python."""

    def __init__(self, change: _Change) -> None:
        self._change, self._watchers, self._slot = change, _named_watchers(change), 0
        self._loop = PythonLoop(self._check)

    def __call__(self, inner: int) -> int:
        return self._loop(inner)

    def _check(self) -> NDArray[np.int64]:
        self._slot += 1
        change = self._change
        return self._watchers.check(
            _ACCOUNT, change.old, change.new, lamports=change.lamports, slot=self._slot
        )
