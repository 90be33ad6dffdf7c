"""Numbers flows by what tells them apart, in machine code: an open hash table of five words.

The hash is seeded per process, so that a hostile file cannot be made to collide.
"""

import secrets
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Integer, mix

# Handed to machine code with each table: as a global it would be kept in the code that is cached.
_SEED = np.uint64(secrets.randbits(64))

_FIRST_CAPACITY = 1024
_WORDS = 5

FLOW_KEY = np.dtype(
    [
        ("source", "V16"),
        ("target", "V16"),
        ("source_port", ">u2"),
        ("target_port", ">u2"),
        ("ports", "u1"),
        ("protocol", "u1"),
        ("version", "u1"),
        ("nothing", "u1"),
    ]
)
"""What tells flows apart, five words of eight bytes: addresses as on the wire (four bytes of IPv4,
then zeros), ports as on the wire, whether there are any, IP's protocol and version (4 or 6)."""


class FlowTable(NamedTuple):
    """Distinct flows.

    Attributes
    ----------
    slots : ndarray of int32, shape (power of two,)
        Number of the flow whose hash belongs here; -1 where none.
    keys : ndarray of uint64, shape (capacity, 5)
        What tells each flow apart; see `FLOW_KEY`.
    used : ndarray of int64, shape (1,)
        How many flows there are.
    seed : uint64
        Of the hash.
    """

    slots: NDArray[np.int32]
    keys: NDArray[np.uint64]
    used: NDArray[np.int64]
    seed: np.uint64


def new_flow_table() -> FlowTable:
    """Return an empty table."""
    return FlowTable(
        np.full(2 * _FIRST_CAPACITY, np.int32(-1)),
        np.empty((_FIRST_CAPACITY, _WORDS), np.uint64),
        np.zeros(1, np.int64),
        _SEED,
    )


def with_more_flows(table: FlowTable) -> FlowTable:
    """Return a table of twice the capacity with the same flows."""
    keys = np.empty((2 * table.keys.shape[0], _WORDS), np.uint64)
    keys[: table.keys.shape[0]] = table.keys
    slots = np.full(2 * table.slots.size, np.int32(-1))
    _place(slots, keys, int(table.used[0]), table.seed)
    return FlowTable(slots, keys, table.used, table.seed)


def flow_keys(table: FlowTable) -> NDArray[np.void]:
    """Return the flows as records of `FLOW_KEY`, in the order of first sight."""
    return table.keys[: table.used[0]].reshape(-1).view(FLOW_KEY)


@njit(cache=True, nogil=True)
def slot_of(
    slots: NDArray[np.int32],
    keys: NDArray[np.uint64],
    seed: Integer,
    wanted: NDArray[np.uint64],
    row: Integer,
) -> Integer:
    """Return the slot of the flow whose key is row ``row`` of ``wanted``, or where it belongs."""
    mask = np.uint64(slots.size - 1)
    hashed = np.uint64(seed)
    for word in range(_WORDS):
        hashed = mix(hashed, wanted[row, word])
    slot = hashed & mask
    while slots[slot] >= 0 and not _is_same(keys, slots[slot], wanted, row):
        slot = (slot + np.uint64(1)) & mask
    return np.int64(slot)


@njit(cache=True, nogil=True)
def _place(
    slots: NDArray[np.int32], keys: NDArray[np.uint64], count: Integer, seed: Integer
) -> None:
    for flow in range(count):
        slots[slot_of(slots, keys, seed, keys, flow)] = flow


@njit(cache=True, nogil=True)
def _is_same(
    left: NDArray[np.uint64], row: Integer, right: NDArray[np.uint64], other: Integer
) -> bool:
    same = True
    for word in range(_WORDS):
        same &= left[row, word] == right[other, word]
    return same
