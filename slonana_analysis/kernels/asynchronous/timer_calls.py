"""What can be done with timers, compiled: create, cancel, check, clean up.

The rules are the validator's: whoever is done or cancelled still counts against the limits until
the clean-up, a slot in the past is accepted and comes due at the next check, a periodic timer
skips what it missed, and the modes that never end run at every check once their slot has come.
Programs are numbers here, from 0.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.rules import (
    MAX_TIMERS,
    MAX_TIMERS_PER_PROGRAM,
    MIN_PERIOD,
    REFUSED,
    TimerMode,
    TimerState,
)
from slonana_analysis.kernels.asynchronous.timer_wheel import (
    DUE,
    NEXT,
    NOBODY,
    PREVIOUS,
    Record,
    advance,
    file_timer,
    take_out,
)

# Compiled code takes plain integers as constants, and not members of an enumeration.
_ONE_SHOT, _PERIODIC = int(TimerMode.ONE_SHOT), int(TimerMode.PERIODIC)
_CONDITIONAL = int(TimerMode.CONDITIONAL)
_PENDING, _COMPLETED = int(TimerState.PENDING), int(TimerState.COMPLETED)
_CANCELLED = int(TimerState.CANCELLED)
_NO_SLOT = np.uint64(0)
_SHORTEST = np.uint64(MIN_PERIOD)
_HASH_MASK = _ROW = MAX_TIMERS - 1


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def create_timer(  # noqa: PLR0917  # compiled code takes keywords as slowly as Python does
    memory: NDArray[Any],
    of_program: NDArray[np.int32],
    program: int,
    mode: int,
    trigger_slot: int | np.uint64,
    period: int | np.uint64,
) -> int:
    """Create a timer.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Changed.
    of_program : ndarray of int32, shape (n_programs,)
        Timers stored for each program; changed.
    program : int
        Whose timer it is, less than ``n_programs``.
    mode : int
        `TimerMode`; other codes to 255 are accepted, too.
    trigger_slot : uint64
        When it comes due; 0 only where ``mode`` is conditional. Of a signed number the same 64
        bits are taken, as from all slots here.
    period : uint64
        Slots from one run to the next, where ``mode`` is periodic.

    Returns
    -------
    int
        Identifier, from 1; 0 where the timer was refused.
    """
    store = memory[0]
    registers = store.registers
    if of_program[program] >= MAX_TIMERS_PER_PROGRAM or registers.stored >= MAX_TIMERS:
        return REFUSED
    first, interval = np.uint64(trigger_slot), np.uint64(period)
    if first == _NO_SLOT and mode != _CONDITIONAL:
        return REFUSED
    if mode == _PERIODIC and interval < _SHORTEST:
        return REFUSED
    row = registers.free
    registers.free = int(store.links[row, NEXT])
    registers.issued += 1
    registers.stored += 1
    registers.pending += 1
    of_program[program] += 1
    timer = store.timers[row]
    timer.trigger_slot = first
    timer.period = interval
    timer.last_slot = _NO_SLOT
    timer.id = registers.issued
    timer.executions = 0
    timer.program = program
    timer.mode = mode
    timer.state = _PENDING
    remainder = registers.issued & _HASH_MASK
    timer.next_of_hash = store.hashed[remainder]
    store.hashed[remainder] = row
    file_timer(store, row)
    return int(registers.issued)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def find_timer(memory: NDArray[Any], identifier: int) -> int:
    """Return the row of a timer that is stored, or -1.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Read.
    identifier : int
        From `create_timer`; anything else is no timer's.
    """
    store = memory[0]
    row = int(store.hashed[identifier & _HASH_MASK])
    # The mask changes no row, but tells the compiler that it is not negative.
    while row != NOBODY and store.timers[row & _ROW].id != identifier:
        row = int(store.timers[row & _ROW].next_of_hash)
    return row


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def cancel_timer(memory: NDArray[Any], identifier: int) -> bool:
    """Cancel a timer that is stored, whatever its state.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Changed.
    identifier : int
        From `create_timer`.

    Returns
    -------
    bool
        Whether it is stored; also for one that was done or cancelled before.
    """
    store = memory[0]
    row = find_timer(memory, identifier)
    if row == NOBODY:
        return False
    row &= _ROW
    if store.timers[row].state == _PENDING:
        take_out(store, row)
        _finish(store, row)
    store.timers[row].state = _CANCELLED
    return True


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _finish(store: Record, row: int) -> None:
    """Put a timer that is in no list any more among those to be cleaned up."""
    registers = store.registers
    registers.pending -= 1
    store.links[row, NEXT] = registers.finished
    registers.finished = row


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def check_timers(memory: NDArray[Any], slot: int | np.uint64, fired: NDArray[np.int64]) -> int:
    """Run every pending timer whose slot has come.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Changed.
    slot : uint64
        The present; it may be earlier than at the check before.
    fired : ndarray of int64, shape (1024,)
        Receives the identifiers, in the order of their slots as far as they came due since the
        last check; the validator's order is that of a hash map.

    Returns
    -------
    int
        How many ran.
    """
    store = memory[0]
    present = np.uint64(slot)
    if present > store.registers.now:
        advance(store, present)
    count = 0
    row, last = int(store.links[DUE, NEXT]), int(store.links[DUE, PREVIOUS])
    while row != DUE:
        # One that is filed anew may come behind the last: it has had its run.
        following = int(store.links[row, NEXT]) if row != last else DUE
        if store.timers[row].trigger_slot <= present:
            fired[count] = store.timers[row].id
            count += 1
            _run(store, row, present)
        row = following
    store.registers.executions += count
    return count


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _run(store: Record, row: int, slot: np.uint64) -> None:
    timer = store.timers[row]
    timer.executions += 1
    timer.last_slot = slot
    if timer.mode == _ONE_SHOT:
        take_out(store, row)
        _finish(store, row)
        timer.state = _COMPLETED
    elif timer.mode == _PERIODIC:
        take_out(store, row)
        timer.trigger_slot = slot + timer.period
        file_timer(store, row)


@njit(cache=True, error_model="numpy", nogil=True)
def clean_up_timers(memory: NDArray[Any], of_program: NDArray[np.int32]) -> int:
    """Drop the timers that are done or cancelled, which frees their places.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Changed.
    of_program : ndarray of int32, shape (n_programs,)
        Timers stored for each program; changed.

    Returns
    -------
    int
        How many were dropped.
    """
    store = memory[0]
    registers = store.registers
    dropped, row = 0, registers.finished
    while row != NOBODY:
        following = int(store.links[row, NEXT])
        timer = store.timers[row]
        _leave_hash(store, row)
        of_program[timer.program] -= 1
        registers.executions -= timer.executions
        store.links[row, NEXT] = registers.free
        registers.free = row
        dropped += 1
        row = following
    registers.finished = NOBODY
    registers.stored -= dropped
    return dropped


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _leave_hash(store: Record, row: int) -> None:
    remainder = store.timers[row].id & _HASH_MASK
    following = store.timers[row].next_of_hash
    other = int(store.hashed[remainder])
    if other == row:
        store.hashed[remainder] = following
        return
    while store.timers[other].next_of_hash != row:
        other = int(store.timers[other].next_of_hash)
    store.timers[other].next_of_hash = following
