"""Adds up costs by a key of one integer, in machine code.

A cost line adds to its source line, or to the call that it stands for. There are millions of such
lines, so this is a hash table of its own, leaner than those of ``interning``. The costs of all
rows lie in one array, each row as wide as the widest line that was added to it: memory grows with
what stands in the file and not with how many events its header announces.
"""

import secrets
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Integer, borrowing, inlined, mix

MOST_EVENTS = 64
"""Costs of one line that are read; callgrind knows about 20 events."""

NO_ROOM = -3
"""A table is full."""

_SEED = secrets.randbits(62)
_EMPTY = -1
_NEAR_BITS = 4
_NEAR = (1 << _NEAR_BITS) - 1
# Places in ``Sums.state``.
_ROWS, _USED, _SEED_AT = range(3)


class Sums(NamedTuple):
    """Costs by key.

    Attributes
    ----------
    slots : ndarray of int32, shape (power of two,)
        Number of the row whose key belongs here; -1 where none.
    rows : ndarray of int64, shape (capacity, 4)
        Key, first cost, how many costs there are, and where in ``others`` the second begins: what
        is needed for one event lies together in memory.
    others : ndarray of int64
        Costs of all rows but their first; a row that grew has left a gap behind.
    state : ndarray of int64, shape (3,)
        How many rows there are, how many other costs, and the seed of the hash.
    """

    slots: NDArray[np.int32]
    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    state: NDArray[np.int64]


def new_sums(capacity: int = 1024) -> Sums:
    """Return an empty table; ``capacity`` is a power of two."""
    return Sums(
        np.full(2 * capacity, _EMPTY, np.int32),
        np.empty((capacity, 4), np.int64),
        np.empty(capacity, np.int64),
        np.array([0, 0, _SEED], np.int64),
    )


def roomy_sums(sums: Sums) -> Sums:
    """Return the table with room for at least one more row of any width."""
    slots, rows, others, state = sums
    if state[_USED] + MOST_EVENTS > others.size:
        others = longer(others, 2 * others.size)
    if state[_ROWS] >= len(rows):
        rows = longer(rows.ravel(), 2 * rows.size).reshape(-1, 4)
        slots = np.full(2 * slots.size, _EMPTY, np.int32)
        _enter(slots, rows, state)
    return Sums(slots, rows, others, state)


def longer(values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return an array of at least this size that begins with the values, and else is 0."""
    if size <= values.size:
        return values
    larger = np.zeros(size, np.int64)
    larger[: values.size] = values
    return larger


def costs_of(
    sums: Sums,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return what was added up.

    Parameters
    ----------
    sums : Sums
        The table.

    Returns
    -------
    keys : ndarray of int64, shape (n_rows,)
        Key of each row, in the order of first sight.
    row, column, cost : ndarray, shape (n_costs,)
        Every cost, also those that are 0.
    """
    rows = sums.rows[: sums.state[_ROWS]]
    keys, first, width, begin = rows.T
    row = np.repeat(np.arange(len(rows), dtype=np.int32), width)
    column = np.arange(row.size) - np.repeat(np.cumsum(width) - width, width)
    cost = first[row]
    behind = column > 0
    cost[behind] = sums.others[begin[row[behind]] + column[behind] - 1]
    return keys, row, column, cost


@inlined
def _first_slot(key: Integer, seed: Integer) -> Integer:
    """Return where to look for a key first; sixteen keys in a row share a line of the cache."""
    return (mix(seed, key >> _NEAR_BITS) << np.uint64(_NEAR_BITS)) | np.uint64(key & _NEAR)


@njit(cache=True, nogil=True)
def _enter(slots: NDArray[np.int32], rows: NDArray[np.int64], state: NDArray[np.int64]) -> None:
    mask = np.uint64(slots.size - 1)
    for row in range(state[_ROWS]):
        slot = _first_slot(rows[row, 0], state[_SEED_AT]) & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row


@inlined
def add_costs(  # noqa: PLR0917
    slots: NDArray[np.int32],
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    state: NDArray[np.int64],
    key: Integer,
    costs: NDArray[np.int64],
    width: Integer,
) -> Integer:
    """Add the first ``width`` costs to the row of a key; return the row, or ``NO_ROOM``.

    The arrays of ``Sums`` come one by one: taking a tuple apart would cost more than the rest.
    """
    mask = np.uint64(slots.size - 1)
    slot = _first_slot(key, state[_SEED_AT]) & mask
    row = np.int64(slots[slot])
    while row >= 0 and rows[row, 0] != key:
        slot = (slot + np.uint64(1)) & mask
        row = np.int64(slots[slot])
    if row < 0 or rows[row, 2] < width:
        row = _widened(slots, rows, others, state, key, width, slot, row)
        if row == NO_ROOM:
            return row
    if width > 0:
        rows[row, 1] += costs[0]
    for column in range(1, width):
        others[rows[row, 3] + column - 1] += costs[column]
    return row


@borrowing
def _widened(  # noqa: PLR0917
    slots: NDArray[np.int32],
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    state: NDArray[np.int64],
    key: Integer,
    width: Integer,
    slot: Integer,
    row: Integer,
) -> Integer:
    """Make a row, or make it wider; return it, or ``NO_ROOM``."""
    used = state[_USED]
    if used + width > others.size or (row < 0 and state[_ROWS] >= rows.shape[0]):
        return np.int64(NO_ROOM)
    if row < 0:
        row = state[_ROWS]
        state[_ROWS] += 1
        slots[slot] = row
        rows[row, 0] = key
        rows[row, 1] = 0
        rows[row, 2] = 0
    for column in range(width - 1):
        old = column < rows[row, 2] - 1
        others[used + column] = others[rows[row, 3] + column] if old else 0
    rows[row, 2] = width
    rows[row, 3] = used
    state[_USED] = used + max(width - 1, 0)
    return row
