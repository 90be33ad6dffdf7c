"""A hierarchical timer wheel over all 64-bit slots, in arrays of fixed size.

Eleven wheels of 64 buckets: a timer lies in the wheel of the highest group of six bits in which
its slot differs from the wheel's present, in the bucket that these six bits name. Everything in a
lower wheel is therefore due before anything in a higher one, and to advance, however far, is to
empty some buckets and to spread a single one over lower wheels. Nothing ticks. A timer changes
place at most ten times in its life, and putting it in or taking it out costs the same however
many others there are.

Buckets are circular lists through one table of links: rows 0 to 1023 are timers, a row after these
is the head of a bucket, the last one that of the timers whose slot has come.

References
----------
Varghese, G. and Lauck, A. (1987), Hashed and hierarchical timing wheels, SOSP '87.
"""

from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.rules import MAX_TIMERS
from slonana_analysis.simd.aligned import aligned_empty
from slonana_analysis.simd.operations import trailing_zeros

Record: TypeAlias = Any
"""One element of a structured array, inside compiled code."""

# One cache line each.
TIMER = np.dtype(
    [
        ("trigger_slot", "<u8"),
        ("period", "<u8"),
        ("last_slot", "<u8"),
        ("id", "<i8"),
        ("executions", "<i8"),
        ("program", "<i4"),
        ("next_of_hash", "<i2"),
        ("mode", "u1"),
        ("state", "u1"),
        ("padding", "u1", (16,)),
    ],
    align=True,
)
"""A timer; slots and periods in slots, ``program`` and ``next_of_hash`` indices."""

REGISTERS = np.dtype(
    [
        ("now", "<u8"),
        ("issued", "<i8"),
        ("stored", "<i8"),
        ("pending", "<i8"),
        ("executions", "<i8"),
        ("free", "<i8"),
        ("finished", "<i8"),
    ],
    align=True,
)
"""The wheel's present, how many timers there are of which kind, and two heads of lists."""

_BITS = 6
_BUCKETS = 1 << _BITS
LEVELS = -(-64 // _BITS)
FIRST_BUCKET = MAX_TIMERS
DUE = FIRST_BUCKET + LEVELS * _BUCKETS
NEXT, PREVIOUS = 0, 1
NOBODY = -1

# Changes no row of the links, but tells the compiler that it is not negative, so that it needs no
# code for Python's way of counting from the end.
_PLACE = 2047

_SHIFT = np.uint64(_BITS)
_DIGIT = np.uint64(_BUCKETS - 1)


STORE = np.dtype(
    [
        ("timers", TIMER, (MAX_TIMERS,)),
        ("registers", REGISTERS),
        ("occupied", "<i8", (LEVELS,)),
        ("links", "<i2", (DUE + 1, 2)),
        ("hashed", "<i2", (MAX_TIMERS,)),
    ],
    align=True,
)
"""All memory that timers ever need.

``timers`` in no order, ``occupied`` a bit for each bucket of a wheel that is not empty, ``links``
next and previous of timers and heads of lists, ``hashed`` the first timer of each remainder of
identifiers. One record, for compiled code is called from Python the faster the fewer arrays it
takes, and C reads it as one struct.
"""


def new_store() -> NDArray[Any]:
    """Return an empty store.

    Returns
    -------
    ndarray of STORE, shape (1,)
        Begins at a cache line.
    """
    store = aligned_empty(1, STORE)
    clear(store)
    return store


@njit(cache=True, error_model="numpy", nogil=True)
def clear(memory: NDArray[Any]) -> None:
    """Forget all timers, and that there ever were any.

    Parameters
    ----------
    memory : ndarray of STORE, shape (1,)
        Overwritten.
    """
    store = memory[0]
    for row in range(MAX_TIMERS):
        store.links[row, NEXT] = row + 1
        store.hashed[row] = NOBODY
    store.links[MAX_TIMERS - 1, NEXT] = NOBODY
    for head in range(FIRST_BUCKET, DUE + 1):
        store.links[head, NEXT] = head
        store.links[head, PREVIOUS] = head
    for level in range(LEVELS):
        store.occupied[level] = 0
    registers = store.registers
    registers.now = np.uint64(0)
    registers.issued = 0
    registers.stored = 0
    registers.pending = 0
    registers.executions = 0
    registers.free = 0
    registers.finished = NOBODY


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def file_timer(store: Record, row: int) -> None:
    """Put a pending timer that lies in no list where its slot says.

    Parameters
    ----------
    store : record of STORE
        Changed.
    row : int
        Of the timer.
    """
    now, slot = store.registers.now, store.timers[row].trigger_slot
    if slot <= now:
        _append(store.links, DUE, row)
        return
    difference, digit, level = (slot ^ now) >> _SHIFT, slot, 0
    while difference != np.uint64(0):
        difference >>= _SHIFT
        digit >>= _SHIFT
        level += 1
    bucket = np.int64(digit & _DIGIT)
    store.occupied[level] |= np.int64(1) << bucket
    _append(store.links, FIRST_BUCKET + level * _BUCKETS + bucket, row)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _append(links: NDArray[np.int16], head: int | np.int64, row: int) -> None:
    last = links[head, PREVIOUS] & _PLACE
    links[row, NEXT] = head
    links[row, PREVIOUS] = last
    links[last, NEXT] = row
    links[head, PREVIOUS] = row


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def take_out(store: Record, row: int) -> None:
    """Take a pending timer out of the list it lies in.

    Parameters
    ----------
    store : record of STORE
        Changed.
    row : int
        Of the timer.
    """
    links = store.links
    following, before = links[row, NEXT] & _PLACE, links[row, PREVIOUS] & _PLACE
    links[before, NEXT] = following
    links[following, PREVIOUS] = before
    # A list of which only the head is left is a bucket that became empty, if it is a bucket.
    if following == before and FIRST_BUCKET <= following < DUE:
        place = np.int64(following) - FIRST_BUCKET
        store.occupied[place >> _BITS] &= ~(np.int64(1) << (place & _BUCKETS - 1))


@njit(cache=True, error_model="numpy", nogil=True)
def advance(store: Record, slot: np.uint64) -> None:
    """Move the present forward, and all timers whose slot has come among those that are due.

    Parameters
    ----------
    store : record of STORE
        Changed.
    slot : uint64
        Later than the present.
    """
    now = store.registers.now
    difference, top, shift = (slot ^ now) >> _SHIFT, 0, np.uint64(0)
    while difference != np.uint64(0):
        _empty(store, top, np.int64(-1))
        difference >>= _SHIFT
        shift += _SHIFT
        top += 1
    first, last = np.int64((now >> shift) & _DIGIT), np.int64((slot >> shift) & _DIGIT)
    # From the present's bucket, which is empty (its timers lie in lower wheels), to the slot's own.
    _empty(store, top, (np.int64(1) << last) - (np.int64(1) << first))
    store.registers.now = slot
    if store.occupied[top] >> last & np.int64(1):
        _spread(store, top, last)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _empty(store: Record, level: int, buckets: np.int64) -> None:
    """Append the timers of all chosen buckets of a wheel to those that are due."""
    left = store.occupied[level] & buckets
    store.occupied[level] ^= left
    while left != 0:
        head = FIRST_BUCKET + level * _BUCKETS + trailing_zeros(left)
        left &= left - np.int64(1)
        links = store.links
        first, last, before = links[head, NEXT], links[head, PREVIOUS], links[DUE, PREVIOUS]
        links[before, NEXT] = first
        links[first, PREVIOUS] = before
        links[last, NEXT] = DUE
        links[DUE, PREVIOUS] = last
        links[head, NEXT] = head
        links[head, PREVIOUS] = head


@njit(cache=True, error_model="numpy", nogil=True)
def _spread(store: Record, level: int, bucket: np.int64) -> None:
    """File the timers of a bucket anew, now that the present lies within it."""
    head = FIRST_BUCKET + level * _BUCKETS + bucket
    row = int(store.links[head, NEXT])
    store.links[head, NEXT] = head
    store.links[head, PREVIOUS] = head
    store.occupied[level] &= ~(np.int64(1) << bucket)
    while row != head:
        following = int(store.links[row, NEXT])
        file_timer(store, row)
        row = following
