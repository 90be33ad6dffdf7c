"""The watchers of one account against a change of its state, compiled.

They lie in one table, a row for each property and a column for each watcher, in the order in which
they were created. Whatever a check looks at first lies side by side, and old and new data are
compared once for all watchers that ask.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.byte_ranges import differ
from slonana_analysis.kernels.asynchronous.rules import Trigger
from slonana_analysis.simd.memory import as_int64, read

# Rows of the table; signed values are kept as the same 64 bits.
ID, TRIGGER, ACTIVE, LAST_SLOT, EXECUTIONS, OFFSET, THRESHOLD, PATTERN, LENGTH = range(9)
ROWS = 9

# Compiled code takes plain integers as constants, and not members of an enumeration.
_ANY, _LAMPORTS = np.uint64(Trigger.ANY_CHANGE), np.uint64(Trigger.LAMPORT_CHANGE)
_OWNER, _ABOVE = np.uint64(Trigger.OWNER_CHANGE), np.uint64(Trigger.ABOVE)
_BELOW, _PATTERN = np.uint64(Trigger.BELOW), np.uint64(Trigger.PATTERN)
_WORD = np.uint64(8)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_UNKNOWN = -1


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def check_watchers(  # noqa: PLR0917  # compiled code takes keywords as slowly as Python does
    table: NDArray[np.uint64],
    patterns: NDArray[np.uint8],
    count: int,
    old: NDArray[np.uint8],
    new: NDArray[np.uint8],
    old_lamports: int | np.uint64,
    new_lamports: int | np.uint64,
    slot: int | np.uint64,
    fired: NDArray[np.int64],
) -> int:
    """Fire the watchers of an account whose trigger a change meets.

    Parameters
    ----------
    table : ndarray of uint64, shape (9, n_columns)
        Rows as above; what fires has its slot and its executions brought up to date.
    patterns : ndarray of uint8, shape (n_bytes,)
        Patterns one after the other.
    count : int
        Watchers in the table.
    old, new : ndarray of uint8, shape (n_old,) and (n_new,)
        The account's data before and after.
    old_lamports, new_lamports : uint64
        Its lamports before and after; of signed numbers the same 64 bits are taken.
    slot : uint64
        When; a watcher that fired at this slot, or never fired where it is 0, does not fire.
    fired : ndarray of int64, shape (n_columns,)
        Receives the columns of those that fired, in the order of their creation.

    Returns
    -------
    int
        How many fired.

    Notes
    -----
    Where ``offset`` lies so close to 2^64 that the validator's sum of offset and length wraps, it
    reads outside the account's data; here such a watcher does not fire.
    """
    present = np.uint64(slot)
    lamports_differ = np.uint64(old_lamports) != np.uint64(new_lamports)
    triggers, active, last_slots = table[TRIGGER], table[ACTIVE], table[LAST_SLOT]
    executions = table[EXECUTIONS]
    data_differ, found = _UNKNOWN, 0
    for column in range(count):
        if last_slots[column] == present or active[column] == _ZERO:
            continue
        trigger = triggers[column]
        if trigger <= _OWNER:
            fires = trigger <= _LAMPORTS and lamports_differ
            if not fires and trigger != _LAMPORTS:
                if data_differ == _UNKNOWN:
                    data_differ = int(differ(old, new))
                fires = data_differ != 0
        elif trigger == _PATTERN:
            fires = _appears(table, patterns, column, old, new)
        else:
            fires = trigger <= _BELOW and _crosses(table, column, old, new)
        if fires:
            last_slots[column] = present
            executions[column] += _ONE
            fired[found] = column
            found += 1
    return found


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _crosses(
    table: NDArray[np.uint64], column: int, old: NDArray[np.uint8], new: NDArray[np.uint8]
) -> bool:
    """Whether the number at the watcher's offset passes its threshold; one outside is 0."""
    offset = table[OFFSET, column]
    if not _fits(offset, _WORD, new):
        return False
    after = _number(new, np.int64(offset))
    before = np.int64(0)
    if _fits(offset, _WORD, old):
        before = _number(old, np.int64(offset))
    threshold = np.int64(table[THRESHOLD, column])
    if table[TRIGGER, column] == _ABOVE:
        return bool(before <= threshold < after)
    return bool(before >= threshold > after)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _fits(offset: np.uint64, length: np.uint64, data: NDArray[np.uint8]) -> bool:
    size = np.uint64(data.size)
    return bool(length <= size and offset <= size - length)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _number(data: NDArray[np.uint8], start: np.int64) -> np.int64:
    """Read eight bytes, the lowest first, as all processors that numba compiles for store them."""
    return np.int64(read(as_int64(data, start), 0))


@njit(cache=True, error_model="numpy", nogil=True)
def _appears(
    table: NDArray[np.uint64],
    patterns: NDArray[np.uint8],
    column: int,
    old: NDArray[np.uint8],
    new: NDArray[np.uint8],
) -> bool:
    """Whether the watcher's pattern is in the new data and was not in the old."""
    offset, length = table[OFFSET, column], table[LENGTH, column]
    first = np.int64(table[PATTERN, column])
    pattern = patterns[first : first + np.int64(length)]
    return _matches(pattern, offset, new) and not _matches(pattern, offset, old)


@njit(cache=True, error_model="numpy", nogil=True)
def _matches(pattern: NDArray[np.uint8], offset: np.uint64, data: NDArray[np.uint8]) -> bool:
    if not _fits(offset, np.uint64(pattern.size), data):
        return False
    first = np.int64(offset)
    return not differ(pattern, data[first : first + pattern.size])


def empty_table(columns: int) -> NDArray[Any]:
    """Return a table for watchers yet to be created.

    Parameters
    ----------
    columns : int
        How many find room.

    Returns
    -------
    ndarray of uint64, shape (9, columns)
        Zeros.
    """
    return np.zeros((ROWS, columns), np.uint64)
