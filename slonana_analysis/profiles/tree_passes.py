"""Passes over parent arrays in machine code: sums, extents, merging, paths.

A parent always stands above its children, so one pass from the bottom sums subtrees and one pass
from the top carries anything down; neither needs recursion, and a tree of a million nodes takes
milliseconds.
"""

import secrets
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.native.machine_code import keep_machine_code

keep_machine_code()

Parents: TypeAlias = NDArray[np.int32]

# Nodes come out of a file: without a seed one could be made whose pairs all collide.
SEED = np.uint64(secrets.randbits(64))


@njit(cache=True, nogil=True)
def sum_subtrees(parents: Parents, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each node's own weight plus that of everything below it."""
    total = own.copy()
    for node in range(parents.size - 1, -1, -1):
        parent = parents[node]
        if parent >= 0:
            total[parent] += total[node]
    return total


@njit(cache=True, nogil=True)
def find_outermost(parents: Parents, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the nodes with no node of the same key above them; keys count from 0."""
    count = parents.size
    size = np.ones(count, np.int64)
    for node in range(count - 1, -1, -1):
        if parents[node] >= 0:
            size[parents[node]] += size[node]
    # Numbered callers first, depth first, a subtree is a range of numbers.
    order = np.empty(count, np.int64)
    following = np.zeros(count, np.int64)
    root = np.int64(0)
    for node in range(count):
        parent = parents[node]
        if parent >= 0:
            first = following[parent]
            following[parent] = first + size[node]
        else:
            first = root
            root += size[node]
        following[node] = first + 1
        order[first] = node
    highest = np.int64(-1)
    for node in range(count):
        highest = max(highest, keys[node])
    covered_until = np.zeros(highest + 1, np.int64)
    outer = np.zeros(count, np.bool_)
    for place in range(count):
        node = order[place]
        key = keys[node]
        if place >= covered_until[key]:
            outer[node] = True
            covered_until[key] = place + size[node]
    return outer


@njit(cache=True, nogil=True)
def merge_pairs(
    parents: Parents, functions: NDArray[np.int32], seed: np.uint64
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Merge nodes of one function under one merged parent, numbered in order of first sight."""
    count = parents.size
    merged = np.empty(count, np.int32)
    above = np.empty(count, np.int32)
    named = np.empty(count, np.int32)
    slots = np.full(_slots_for(count), np.int32(-1), np.int32)
    mask = np.uint64(slots.size - 1)
    known = 0
    for node in range(count):
        parent = merged[parents[node]] if parents[node] >= 0 else np.int32(-1)
        function = functions[node]
        slot = _hash_pair(parent, function, seed) & mask
        while slots[slot] >= 0:
            found = slots[slot]
            if above[found] == parent and named[found] == function:
                break
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = known
            above[known] = parent
            named[known] = function
            known += 1
        merged[node] = slots[slot]
    return merged, above[:known].copy(), named[:known].copy()


@njit(cache=True, nogil=True)
def _slots_for(count: int) -> int:
    slots = 16
    while slots < 2 * count:
        slots *= 2
    return slots


@njit(cache=True, nogil=True)
def _hash_pair(parent: np.int32, function: np.int32, seed: np.uint64) -> np.uint64:
    # The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014), over the seeded pair.
    word = (np.uint64(np.int64(parent) + 1) << np.uint64(32)) | np.uint64(np.int64(function))
    word = (word + seed) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, nogil=True)
def nearest_kept(parents: Parents, kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the innermost kept node on each node's path, itself included; -1 where none is."""
    nearest = np.empty(parents.size, np.int32)
    for node in range(parents.size):
        if kept[node]:
            nearest[node] = node
        else:
            nearest[node] = nearest[parents[node]] if parents[node] >= 0 else -1
    return nearest


@njit(cache=True, nogil=True)
def follow_steps(
    parents: Parents,
    functions: NDArray[np.int32],
    matches: NDArray[np.uint64],
    places: tuple[np.uint64, np.uint64, np.uint64],
) -> NDArray[np.uint64]:
    """Return which places of a path each node has reached; bit p: its first p steps are done.

    ``matches[function]`` has bit p set if step p accepts the function. ``places`` are the steps
    that may swallow any number of frames, the places above the outermost frame, and those that
    every frame may begin from anew.
    """
    skipping, first, again = places
    one = np.uint64(1)
    reached = np.empty(parents.size, np.uint64)
    for node in range(parents.size):
        before = reached[parents[node]] if parents[node] >= 0 else first
        done = ((before & matches[functions[node]]) << one) | (before & skipping) | again
        while done | ((done & skipping) << one) != done:
            done |= (done & skipping) << one
        reached[node] = done
    return reached
