"""The tree in which perf keeps the symbols of an object, node by node the same.

Symbols overlap: a label without a size reaches to the next symbol known when it was read, and PLT
entries come in later. perf looks an address up in a red-black tree ordered by start, and which of
several overlapping symbols it meets first depends on the shape of that tree. Only the same tree
gives the same names.

References
----------
T. H. Cormen, C. E. Leiserson, R. L. Rivest, C. Stein, "Introduction to Algorithms", 3rd edition,
chapter 13 (insertion and deletion). Linux 6.1, ``tools/perf/util/symbol.c``: ``__symbols__insert``,
``symbols__fixup_duplicate``, ``symbols__find``.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Integer

NONE = -1
_BLACK = np.uint8(0)
_RED = np.uint8(1)
_ROOT = 0

Links = NDArray[np.int32]


class Tree(NamedTuple):
    """A red-black tree over symbols numbered from 0.

    Attributes
    ----------
    left, right, parent : ndarray of int32, shape (n_symbols,)
        Symbol numbers, -1 for none.
    colour : ndarray of uint8, shape (n_symbols,)
        1 for red.
    root : ndarray of int32, shape (1,)
        The topmost symbol, -1 in an empty tree.
    """

    left: Links
    right: Links
    parent: Links
    colour: NDArray[np.uint8]
    root: Links


def empty_tree(size: int) -> Tree:
    """Return a tree with room for ``size`` symbols and none in it."""
    return Tree(
        np.full(size, NONE, np.int32),
        np.full(size, NONE, np.int32),
        np.full(size, NONE, np.int32),
        np.zeros(size, np.uint8),
        np.full(1, NONE, np.int32),
    )


@njit(cache=True, nogil=True)
def insert_all(tree: Tree, starts: NDArray[np.uint64], first: Integer, behind: Integer) -> None:
    """Insert the symbols ``first`` to ``behind`` - 1 in that order."""
    for node in range(first, behind):
        _insert(tree, starts, node)


@njit(cache=True, nogil=True)
def erase_all(tree: Tree, nodes: NDArray[np.int64]) -> None:
    """Take symbols out of the tree, in the order given."""
    for node in nodes:
        _erase(tree, node)


@njit(cache=True, nogil=True)
def find_all(
    tree: Tree,
    starts: NDArray[np.uint64],
    ends: NDArray[np.uint64],
    positions: NDArray[np.uint64],
) -> NDArray[np.int32]:
    """Return, for each position, the symbol that perf finds there, -1 where it finds none."""
    found = np.empty(positions.size, np.int32)
    for number in range(positions.size):
        position = positions[number]
        node = tree.root[_ROOT]
        while node != NONE:
            if position < starts[node]:
                node = tree.left[node]
            elif position > ends[node] or (position == ends[node] and position != starts[node]):
                node = tree.right[node]
            else:
                break
        found[number] = node
    return found


@njit(cache=True, nogil=True)
def duplicates(
    order: NDArray[np.int64],
    starts: NDArray[np.uint64],
    ends: NDArray[np.uint64],
    ranks: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return which symbols give way to a better one with the same start, in perf's order.

    Parameters
    ----------
    order : ndarray of int64, shape (n_symbols,)
        The symbols of the tree in its order.
    starts, ends : ndarray of uint64
        Their addresses.
    ranks : ndarray of int64, shape (n_symbols,)
        What else makes a symbol better; higher is better, and equal is no reason to change.
    """
    losers = np.empty(order.size, np.int64)
    count = 0
    if order.size == 0:
        return losers[:0]
    current = order[0]
    for place in range(1, order.size):
        following = order[place]
        if starts[current] != starts[following]:
            current = following
            continue
        empty = ends[current] == starts[current]
        other_empty = ends[following] == starts[following]
        better = ranks[current] >= ranks[following]
        keep = other_empty if empty != other_empty else better
        losers[count] = following if keep else current
        count += 1
        if not keep:
            current = following
    return losers[:count]


@njit(cache=True, nogil=True)
def _insert(tree: Tree, starts: NDArray[np.uint64], node: Integer) -> None:
    above = NONE
    current = tree.root[_ROOT]
    below = False
    while current != NONE:
        above = current
        below = starts[node] < starts[current]
        current = tree.left[current] if below else tree.right[current]
    tree.parent[node] = above
    tree.left[node] = NONE
    tree.right[node] = NONE
    tree.colour[node] = _RED
    if above == NONE:
        tree.root[_ROOT] = node
    elif below:
        tree.left[above] = node
    else:
        tree.right[above] = node
    _repair_insertion(tree, node)


@njit(cache=True, nogil=True)
def _repair_insertion(tree: Tree, start: Integer) -> None:
    node = np.int32(start)
    while True:
        above = tree.parent[node]
        if above == NONE or tree.colour[above] == _BLACK:
            break
        top = tree.parent[above]
        on_left = tree.left[top] == above
        uncle = tree.right[top] if on_left else tree.left[top]
        if uncle != NONE and tree.colour[uncle] == _RED:
            tree.colour[above] = _BLACK
            tree.colour[uncle] = _BLACK
            tree.colour[top] = _RED
            node = top
            continue
        inner = tree.right[above] if on_left else tree.left[above]
        if node == inner:
            _rotate(tree, above, on_left)
            above = node
        tree.colour[above] = _BLACK
        tree.colour[top] = _RED
        _rotate(tree, top, not on_left)
        break
    tree.colour[tree.root[_ROOT]] = _BLACK


@njit(cache=True, nogil=True)
def _rotate(tree: Tree, node: Integer, to_left: bool) -> None:  # noqa: FBT001  # numba takes no keyword-only ones
    """Move ``node`` down to one side; its child of the other side takes its place."""
    if to_left:
        rising = tree.right[node]
        middle = tree.left[rising]
        tree.right[node] = middle
        tree.left[rising] = node
    else:
        rising = tree.left[node]
        middle = tree.right[rising]
        tree.left[node] = middle
        tree.right[rising] = node
    if middle != NONE:
        tree.parent[middle] = node
    _replace(tree, node, rising)
    tree.parent[node] = rising


@njit(cache=True, nogil=True)
def _replace(tree: Tree, node: Integer, other: Integer) -> None:
    """Hang ``other`` where ``node`` hangs."""
    above = tree.parent[node]
    if above == NONE:
        tree.root[_ROOT] = other
    elif tree.left[above] == node:
        tree.left[above] = other
    else:
        tree.right[above] = other
    if other != NONE:
        tree.parent[other] = above


@njit(cache=True, nogil=True)
def _erase(tree: Tree, node: Integer) -> None:
    removed = tree.colour[node]
    if tree.left[node] == NONE:
        child = tree.right[node]
        above = tree.parent[node]
        _replace(tree, node, child)
    elif tree.right[node] == NONE:
        child = tree.left[node]
        above = tree.parent[node]
        _replace(tree, node, child)
    else:
        heir = tree.right[node]
        while tree.left[heir] != NONE:
            heir = tree.left[heir]
        removed = tree.colour[heir]
        child = tree.right[heir]
        above = tree.parent[heir]
        if above == node:
            above = heir
        else:
            _replace(tree, heir, child)
            tree.right[heir] = tree.right[node]
            tree.parent[tree.right[heir]] = heir
        _replace(tree, node, heir)
        tree.left[heir] = tree.left[node]
        tree.parent[tree.left[heir]] = heir
        tree.colour[heir] = tree.colour[node]
    if removed == _BLACK:
        _repair_erasure(tree, child, above)


@njit(cache=True, nogil=True)
def _repair_erasure(tree: Tree, start: Integer, start_above: Integer) -> None:
    node = np.int32(start)
    above = np.int32(start_above)
    while above != NONE and (node == NONE or tree.colour[node] == _BLACK):
        on_left = tree.left[above] == node
        sibling = tree.right[above] if on_left else tree.left[above]
        if tree.colour[sibling] == _RED:
            tree.colour[sibling] = _BLACK
            tree.colour[above] = _RED
            _rotate(tree, above, on_left)
            sibling = tree.right[above] if on_left else tree.left[above]
        near = tree.left[sibling] if on_left else tree.right[sibling]
        far = tree.right[sibling] if on_left else tree.left[sibling]
        far_red = far != NONE and tree.colour[far] == _RED
        if not far_red and (near == NONE or tree.colour[near] == _BLACK):
            tree.colour[sibling] = _RED
            node = above
            above = tree.parent[node]
            continue
        if not far_red:
            tree.colour[near] = _BLACK
            tree.colour[sibling] = _RED
            _rotate(tree, sibling, not on_left)
            far = sibling
            sibling = near
        tree.colour[sibling] = tree.colour[above]
        tree.colour[above] = _BLACK
        tree.colour[far] = _BLACK
        _rotate(tree, above, on_left)
        node = tree.root[_ROOT]
        break
    if node != NONE:
        tree.colour[node] = _BLACK
