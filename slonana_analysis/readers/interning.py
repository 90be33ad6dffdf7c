"""Tables that number what is distinct in a file: names, rows of integers, call-tree nodes.

Each is a tuple of arrays, so that machine code can take it, fill it and hand back a larger one.
They grow inside machine code: ``names = reserve_names(names, length)`` makes room, ``intern_name``
then never fails. Numbers count up from 0 in the order of first sight. Hashes are seeded per
process, so that a hostile file cannot be made to collide.
"""

import secrets
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import (
    Bytes,
    Integer,
    borrowing,
    hash_bytes,
    inlined,
    mix,
    same_bytes,
)

_SEED = np.uint64(secrets.randbits(64))
_EMPTY = -1


class Names(NamedTuple):
    """Distinct byte strings.

    Attributes
    ----------
    slots : ndarray of int32, shape (power of two,)
        Number of the name whose hash belongs here; -1 where none.
    hashes : ndarray of uint64, shape (capacity,)
        Hash of each name.
    begins : ndarray of int64, shape (capacity + 1,)
        Name ``i`` is ``text[begins[i]:begins[i + 1]]``.
    text : ndarray of uint8
        All names, one behind the other.
    state : ndarray of uint64, shape (2,)
        How many names there are; seed of the hash.
    """

    slots: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    begins: NDArray[np.int64]
    text: NDArray[np.uint8]
    state: NDArray[np.uint64]


class Rows(NamedTuple):
    """Distinct rows of four integers: frames, threads, anything with a compound key.

    Attributes
    ----------
    slots : ndarray of int32, shape (power of two,)
        Number of the row whose hash belongs here; -1 where none.
    keys : ndarray of int64, shape (capacity, 4)
        The rows.
    state : ndarray of uint64, shape (2,)
        How many rows there are; seed of the hash.
    """

    slots: NDArray[np.int32]
    keys: NDArray[np.int64]
    state: NDArray[np.uint64]


class Nodes(NamedTuple):
    """Call-tree nodes: distinct pairs of a parent node and a frame.

    Attributes
    ----------
    slots : ndarray of int32, shape (power of two,)
        Number of the node whose hash belongs here; -1 where none.
    parents, frames : ndarray of int32, shape (capacity,)
        Parent of each node (-1 at a root, always a smaller number) and its frame.
    state : ndarray of uint64, shape (2,)
        How many nodes there are; seed of the hash.
    """

    slots: NDArray[np.int32]
    parents: NDArray[np.int32]
    frames: NDArray[np.int32]
    state: NDArray[np.uint64]


def new_names(capacity: int = 1024, text: int = 1 << 16) -> Names:
    """Return an empty table with room for ``capacity`` names of ``text`` bytes in all."""
    return Names(
        np.full(_slots_for(capacity), _EMPTY, np.int32),
        np.empty(capacity, np.uint64),
        np.zeros(capacity + 1, np.int64),
        np.empty(text, np.uint8),
        np.array([0, _SEED], np.uint64),
    )


def new_rows(capacity: int = 1024) -> Rows:
    """Return an empty table with room for ``capacity`` rows."""
    return Rows(
        np.full(_slots_for(capacity), _EMPTY, np.int32),
        np.empty((capacity, 4), np.int64),
        np.array([0, _SEED], np.uint64),
    )


def new_nodes(capacity: int = 1024) -> Nodes:
    """Return an empty tree with room for ``capacity`` nodes."""
    return Nodes(
        np.full(_slots_for(capacity), _EMPTY, np.int32),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int32),
        np.array([0, _SEED], np.uint64),
    )


def _slots_for(capacity: int) -> int:
    """Return a power of two at least twice the capacity."""
    return 1 << (2 * max(capacity, 8) - 1).bit_length()


@njit(cache=True, nogil=True)
def reserve_names(names: Names, length: Integer) -> Names:
    """Return the table with room for at least one more name of ``length`` bytes."""
    slots, hashes, begins, text, state = names
    count = np.int64(state[0])
    used = begins[count]
    if used + length > text.size:
        larger = np.empty(max(2 * text.size, used + length), np.uint8)
        larger[:used] = text[:used]
        text = larger
    if count >= hashes.size:
        more_hashes = np.empty(2 * hashes.size, np.uint64)
        more_hashes[:count] = hashes
        more_begins = np.zeros(2 * hashes.size + 1, np.int64)
        more_begins[: count + 1] = begins
        hashes, begins = more_hashes, more_begins
        slots = np.full(2 * slots.size, np.int32(_EMPTY), np.int32)
        mask = np.uint64(slots.size - 1)
        for name in range(count):
            slot = hashes[name] & mask
            while slots[slot] >= 0:
                slot = (slot + np.uint64(1)) & mask
            slots[slot] = name
    return Names(slots, hashes, begins, text, state)


@borrowing
def intern_name(names: Names, data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the number of the name ``data[begin:end]``; room must have been reserved for it."""
    hashed = hash_bytes(data, begin, end, names.state[1])
    mask = np.uint64(names.slots.size - 1)
    slot = hashed & mask
    length = end - begin
    while True:
        found = np.int64(names.slots[slot])
        if found < 0:
            break
        at = names.begins[found]
        same = names.hashes[found] == hashed and names.begins[found + 1] - at == length
        if same and same_bytes(names.text, at, data, begin, length):
            return found
        slot = (slot + np.uint64(1)) & mask
    count = np.int64(names.state[0])
    at = names.begins[count]
    for place in range(length):
        names.text[at + place] = data[begin + place]
    names.begins[count + 1] = at + length
    names.hashes[count] = hashed
    names.slots[slot] = count
    names.state[0] = np.uint64(count + 1)
    return count


@njit(cache=True, nogil=True)
def reserve_rows(rows: Rows) -> Rows:
    """Return the table with room for at least one more row."""
    slots, keys, state = rows
    count = np.int64(state[0])
    if count < keys.shape[0]:
        return rows
    more = np.empty((2 * count, 4), np.int64)
    more[:count] = keys
    slots = np.full(2 * slots.size, np.int32(_EMPTY), np.int32)
    mask = np.uint64(slots.size - 1)
    for row in range(count):
        slot = _row_hash(more[row, 0], more[row, 1], more[row, 2], more[row, 3], state[1]) & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row
    return Rows(slots, more, state)


@inlined
def intern_row(
    rows: Rows, first: Integer, second: Integer, third: Integer, fourth: Integer
) -> Integer:
    """Return the number of a row of four int64; room must have been reserved for it."""
    slots, keys, state = rows
    mask = np.uint64(slots.size - 1)
    slot = _row_hash(first, second, third, fourth, state[1]) & mask
    while True:
        found = np.int64(slots[slot])
        if found < 0:
            break
        key = keys[found]
        if key[0] == first and key[1] == second and key[2] == third and key[3] == fourth:
            return found
        slot = (slot + np.uint64(1)) & mask
    count = np.int64(state[0])
    keys[count, 0] = first
    keys[count, 1] = second
    keys[count, 2] = third
    keys[count, 3] = fourth
    slots[slot] = count
    state[0] = np.uint64(count + 1)
    return count


@inlined
def _row_hash(
    first: Integer, second: Integer, third: Integer, fourth: Integer, seed: Integer
) -> Integer:
    return mix(mix(mix(mix(seed, first), second), third), fourth)


@njit(cache=True, nogil=True)
def reserve_nodes(nodes: Nodes, more: Integer) -> Nodes:
    """Return the tree with room for at least ``more`` nodes more: the depth of the next stack."""
    slots, parents, frames, state = nodes
    count = np.int64(state[0])
    if count + more <= parents.size:
        return nodes
    capacity = max(2 * parents.size, count + more)
    more_parents = np.empty(capacity, np.int32)
    more_parents[:count] = parents[:count]
    more_frames = np.empty(capacity, np.int32)
    more_frames[:count] = frames[:count]
    size = slots.size
    while size < 2 * capacity:
        size *= 2
    slots = np.full(size, np.int32(_EMPTY), np.int32)
    mask = np.uint64(size - 1)
    for node in range(count):
        slot = _pair_hash(more_parents[node], more_frames[node], state[1]) & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = node
    return Nodes(slots, more_parents, more_frames, state)


@inlined
def intern_node(nodes: Nodes, parent: Integer, frame: Integer) -> Integer:
    """Return the child of ``parent`` (-1: a root) with this frame; room must be reserved."""
    slots, parents, frames, state = nodes
    mask = np.uint64(slots.size - 1)
    slot = _pair_hash(parent, frame, state[1]) & mask
    while True:
        found = np.int64(slots[slot])
        if found < 0:
            break
        if parents[found] == parent and frames[found] == frame:
            return found
        slot = (slot + np.uint64(1)) & mask
    count = np.int64(state[0])
    parents[count] = parent
    frames[count] = frame
    slots[slot] = count
    state[0] = np.uint64(count + 1)
    return count


@inlined
def _pair_hash(parent: Integer, frame: Integer, seed: Integer) -> Integer:
    word = (np.uint64(np.int64(parent) + 1) << np.uint64(32)) | np.uint64(np.int64(frame))
    return mix(mix(seed, word), np.uint64(0))


def name_list(names: Names) -> list[str]:
    r"""Return all names in order; what is not UTF-8 stays visible as ``\xNN``."""
    count = int(names.state[0])
    text, begins = names.text.tobytes(), names.begins[: count + 1].tolist()
    return [text[begin:end].decode("utf-8", "backslashreplace") for begin, end in pairwise(begins)]
