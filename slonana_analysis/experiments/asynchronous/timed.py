"""Timed loops around timers and watchers, compiled; what is reset is not timed."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.byte_ranges import copy
from slonana_analysis.kernels.asynchronous.rules import MAX_TIMERS_PER_PROGRAM, TimerMode
from slonana_analysis.kernels.asynchronous.timer_calls import (
    cancel_timer,
    check_timers,
    create_timer,
)
from slonana_analysis.kernels.asynchronous.timer_wheel import clear
from slonana_analysis.kernels.asynchronous.watcher_calls import check_watchers
from slonana_analysis.measure.clock import clock_ns
from slonana_analysis.measure.sinks import sink_pointer

FIRST_SLOT = 1000
"""Slot of the benchmark's first timer; the others follow, in a future that is never reached."""

_ONE_SHOT = int(TimerMode.ONE_SHOT)
_NO_PERIOD = np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True)
def time_creates(
    memory: NDArray[Any],
    of_program: NDArray[np.int32],
    programs: int,
    ids: NDArray[np.int64],
    passes: int,
) -> int:
    """Create one-shot timers over programs in turn, each pass from an empty store.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Overwritten; emptied outside the timed part.
    of_program : ndarray of int32, shape (n_programs,)
        Likewise.
    programs : int
        How many take turns, at most ``n_programs``.
    ids : ndarray of int64, shape (n_timers,)
        Receives what the last pass was given: identifiers, or 0.
    passes : int
        How often.

    Returns
    -------
    int
        Nanoseconds of all passes.
    """
    elapsed = 0
    for _ in range(passes):
        clear(memory)
        of_program[:] = 0
        program = 0
        start = clock_ns()
        for i in range(ids.size):
            slot = np.uint64(FIRST_SLOT + i)
            ids[i] = create_timer(memory, of_program, program, _ONE_SHOT, slot, _NO_PERIOD)
            program = 0 if program + 1 == programs else program + 1
        elapsed += clock_ns() - start
    return elapsed


@njit(cache=True, error_model="numpy", nogil=True)
def time_cancels(
    memory: NDArray[Any], of_program: NDArray[np.int32], order: NDArray[np.int64], passes: int
) -> int:
    """Cancel timers in an order, each pass with new timers.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Overwritten; filled outside the timed part.
    of_program : ndarray of int32, shape (n_programs,)
        Likewise.
    order : ndarray of int64, shape (n_timers,)
        Identifiers 1 to ``n_timers``, at most 1024.
    passes : int
        How often.

    Returns
    -------
    int
        Nanoseconds of all passes.
    """
    elapsed = 0
    for _ in range(passes):
        clear(memory)
        of_program[:] = 0
        for i in range(order.size):
            program, slot = i // MAX_TIMERS_PER_PROGRAM, np.uint64(FIRST_SLOT + i)
            create_timer(memory, of_program, program, _ONE_SHOT, slot, _NO_PERIOD)
        start = clock_ns()
        for identifier in order:
            cancel_timer(memory, identifier)
        elapsed += clock_ns() - start
    return elapsed


@njit(cache=True, error_model="numpy", nogil=True)
def time_checks(
    memory: NDArray[Any], first_slot: int, checks: int, fired: NDArray[np.int64]
) -> int:
    """Check slots one after the other.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Changed.
    first_slot, checks : int
        Which slots.
    fired : ndarray of int64, shape (1024,)
        Receives what the last check fired.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    for slot in range(first_slot, first_slot + checks):
        check_timers(memory, np.uint64(slot), fired)
        sink_pointer(fired)
    return int(clock_ns() - start)


@njit(cache=True, error_model="numpy", nogil=True)
def scan_timers(timers: NDArray[np.int64], slot: int, fired: NDArray[np.int64]) -> int:
    """Check periodic timers as a plain scan of their slots.

    Parameters
    ----------
    timers : ndarray of int64, shape (2, n_timers)
        Slots and periods; slots of those that fire move on.
    slot : int
        The present.
    fired : ndarray of int64, shape (n_timers,)
        Receives the identifiers, which count from 1.

    Returns
    -------
    int
        How many fired.
    """
    count = 0
    for place in range(timers.shape[1]):
        if timers[0, place] <= slot:
            timers[0, place] = slot + timers[1, place]
            fired[count] = place + 1
            count += 1
    return count


@njit(cache=True, error_model="numpy", nogil=True)
def time_scans(
    timers: NDArray[np.int64], first_slot: int, checks: int, fired: NDArray[np.int64]
) -> int:
    """Check slots one after the other by a scan.

    Parameters
    ----------
    timers, fired
        As for `scan_timers`.
    first_slot, checks : int
        Which slots.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    for slot in range(first_slot, first_slot + checks):
        scan_timers(timers, slot, fired)
        sink_pointer(fired)
    return int(clock_ns() - start)


@njit(cache=True, error_model="numpy", nogil=True)
def time_watcher_checks(
    table: NDArray[np.uint64],
    count: int,
    data: NDArray[np.uint8],
    lamports: tuple[np.uint64, np.uint64],
    checks: tuple[int, int],
) -> int:
    """Check the watchers of an account at slots one after the other, always with the same change.

    Parameters
    ----------
    table : ndarray of uint64, shape (9, n_columns)
        Of watchers without patterns; changed.
    count : int
        How many there are.
    data : ndarray of uint8, shape (3, n_bytes)
        The account's data before and after; the last row is overwritten with the latter whenever
        anything fires, one copy for all.
    lamports : (uint64, uint64)
        Its lamports before and after.
    checks : (int, int)
        The first slot, and how many.

    Returns
    -------
    int
        Nanoseconds.
    """
    fired, no_patterns = np.empty(table.shape[1], np.int64), np.empty(0, np.uint8)
    old, new, state = data[0], data[1], data[2]
    first, number = checks
    start = clock_ns()
    for slot in range(first, first + number):
        sink_pointer(data)
        found = check_watchers(
            table, no_patterns, count, old, new, lamports[0], lamports[1], slot, fired
        )
        if found:
            copy(state, new, new.size)
        sink_pointer(fired)
    return int(clock_ns() - start)
