"""The tables that reading massif text fills, and the open branch of a heap tree, in machine code.

A heap tree is printed allocation function first, callers below it. Every node's own bytes (its
bytes less its children's) belong to one call path: the node is its outermost caller, the first
node below the root its innermost function.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.interning import (
    Names,
    Nodes,
    intern_name,
    intern_node,
    new_names,
    new_nodes,
    reserve_names,
    reserve_nodes,
)
from slonana_analysis.readers.scanning import Bytes, Integer, decimal, line_end
from slonana_analysis.readers.uncounted import uncounted

LARGEST = 1 << 60
"""Sums stop here, far above any memory, so that hostile numbers cannot overflow."""

BELOW_THRESHOLD = 0
"""Number of the label that stands for all callers too small to be listed."""

# Places in ``Tables.state``.
LINE, LOST, DROPPED, SNAPSHOTS, HELD, DEPTH = range(6)
FOUND, BEGUN, FIRST_HELD, CUT, NUMBER, SCALE = range(6, 12)

# Kinds of trouble: rows of ``Tables.troubles``.
STRANGE, INCOMPLETE, LACKS_CHILD, SURPLUS_CHILD, TOO_HEAVY, WRONG_TOTAL, NO_TREE, GAP = range(8)
TROUBLES = (
    "lines are not massif's",
    "snapshots were dropped because a field of theirs is missing",
    "tree nodes lack callers that they announce, whose bytes are counted at the node itself",
    "tree nodes have more callers than they announce",
    "tree nodes have callers that hold more bytes than they do themselves",
    "heap trees do not add up to the heap of their snapshot",
    "snapshots announce a heap tree that is missing",
    "snapshots do not follow the number before them, so some are missing",
)

# Columns of ``Tables.open``.
LABEL, BYTES, BELOW, AWAITED = range(4)
# Columns of ``Tables.snapshots`` and places in ``Tables.fields``.
TIME, HEAP, OVERHEAD, STACK, KIND = range(5)


Counters = NDArray[np.int64]


class Tables(NamedTuple):
    """What is collected while lines are read.

    Attributes
    ----------
    state : ndarray of int64, shape (12,)
        Counters; see the constants of this module.
    troubles : ndarray of int64, shape (8, 2)
        How often each kind of trouble was met, and the line of the first.
    fields : ndarray of int64, shape (5,)
        Fields of the open snapshot.
    open : ndarray of int64, shape (depth, 4)
        Open branch of the heap tree: label, bytes, bytes of the children, children awaited.
    snapshots : ndarray of int64, shape (capacity, 5)
        Time, heap, overhead, stack and kind (0 empty, 1 detailed, 2 peak).
    held : ndarray of int64, shape (capacity, 3)
        Snapshot, node and own bytes.
    last : ndarray of int64, shape (capacity,)
        The newest row of ``held`` of every node.
    labels : Names
        Texts of tree nodes without their address.
    nodes : Nodes
        Call tree; its frames are labels.
    """

    state: Counters
    troubles: Counters
    fields: Counters
    open: Counters
    snapshots: Counters
    held: Counters
    last: Counters
    labels: Names
    nodes: Nodes


def new_tables() -> Tables:
    """Return empty tables."""
    nodes = new_nodes()
    return Tables(
        state=np.zeros(12, np.int64),
        troubles=np.zeros((len(TROUBLES), 2), np.int64),
        fields=np.zeros(5, np.int64),
        open=np.zeros((64, 4), np.int64),
        snapshots=np.zeros((128, 5), np.int64),
        held=np.zeros((1024, 3), np.int64),
        last=np.zeros(nodes.parents.size, np.int64),
        labels=new_names(),
        nodes=nodes,
    )


def with_room(tables: Tables, length: int) -> Tables:
    """Return the tables with room for what one more line of ``length`` bytes can add."""
    depth = int(tables.state[DEPTH]) + 2
    nodes = reserve_nodes(tables.nodes, depth)
    return tables._replace(
        open=_longer(tables.open, depth + 1),
        snapshots=_longer(tables.snapshots, int(tables.state[SNAPSHOTS]) + 1),
        held=_longer(tables.held, int(tables.state[HELD]) + depth),
        last=_longer(tables.last, nodes.parents.size),
        labels=reserve_names(tables.labels, length),
        nodes=nodes,
    )


def _longer(array: Counters, length: int) -> Counters:
    if length <= array.shape[0]:
        return array
    larger = np.zeros((max(2 * array.shape[0], length), *array.shape[1:]), np.int64)
    larger[: array.shape[0]] = array
    return larger


@uncounted
def fits(
    state: Counters,
    branch: Counters,
    held: Counters,
    node_state: NDArray[np.uint64],
    parents: NDArray[np.int32],
) -> bool:
    """Return whether there is room to open one node more and to close all."""
    depth = state[DEPTH] + 2
    return bool(
        depth < branch.shape[0]
        and state[HELD] + depth <= held.shape[0]
        and np.int64(node_state[0]) + depth <= parents.size
    )


@uncounted
def trouble(state: Counters, troubles: Counters, kind: Integer) -> None:
    """Count a trouble of this kind at the present line."""
    if troubles[kind, 0] == 0:
        troubles[kind, 1] = state[LINE]
    troubles[kind, 0] += 1


@uncounted
def take_tree(data: Bytes, begin: Integer, size: Integer, tables: Tables) -> tuple[Integer, bool]:
    """Read consecutive lines of the open snapshot's heap tree.

    Parameters
    ----------
    data : ndarray of uint8
        Block of text.
    begin, size : int
        Position of a line's first byte; where the block ends.
    tables : Tables
        Filled.

    Returns
    -------
    position : int
        Of the first line that was not read: it is no node of the tree, cannot stand where it
        stands, does not end, or needs room.
    full : bool
        Whether it needs room.
    """
    state, branch, troubles, fields = tables.state, tables.open, tables.troubles, tables.fields
    held, last, nodes, labels = tables.held, tables.last, tables.nodes, tables.labels
    node_state, parents = nodes.state, nodes.parents
    named, begins = labels.state, labels.begins
    most_names, most_text = labels.hashes.size, labels.text.size
    position = begin
    while position < size and (data[position] in (32, 110)):
        feed = line_end(data, position, size)
        if feed == size:
            break
        count = np.int64(named[0])
        if count >= most_names or begins[count] + feed - position > most_text:
            return position, True
        if not fits(state, branch, held, node_state, parents):
            return position, True
        depth, children, weight, place, end = _node(data, position, feed)
        if depth < 0 or depth > state[DEPTH] or (depth == 0 and state[DEPTH] > 0):
            break
        state[LINE] += 1
        state[BEGUN] += feed + 1 - position
        label = np.int64(BELOW_THRESHOLD)
        if place >= 0:
            label = np.int64(intern_name(labels, data, place, end))
        if depth == 0 and weight != fields[HEAP]:
            trouble(state, troubles, WRONG_TOTAL)
        while state[DEPTH] > depth:
            own = _close(state, branch, troubles)
            if own > 0:
                _hold(state, branch, held, last, nodes, own)
        _open(state, branch, depth, label, weight, children)
        position = feed + 1
    return position, False


@uncounted
def _node(
    data: Bytes, begin: Integer, feed: Integer
) -> tuple[Integer, Integer, Integer, Integer, Integer]:
    """Return a node's depth, children, bytes, and where its place in the code stands.

    The depth is -1 for a line that is no node; the place is -1 for those below the threshold.
    """
    end = feed - 1 if data[feed - 1] == 13 else feed
    position = begin
    while position < end and data[position] == 32:
        position += 1
    depth = position - begin
    children, behind = decimal(data, position + 1, end)
    if position >= end or data[position] != 110 or behind == position + 1:
        depth = np.int64(-1)
    if behind + 2 > end or data[behind] != 58 or data[behind + 1] != 32:
        return np.int64(-1), children, children, behind, end
    weight, place = decimal(data, behind + 2, end)
    if place == behind + 2 or place >= end or data[place] != 32:
        depth = np.int64(-1)
    return depth, children, weight, _place(data, place + 1, end), end


@uncounted
def _place(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return where the text behind a node's address begins; -1 for ``in N places, ...``."""
    if begin + 3 > end:
        return min(begin, end)
    if data[begin] == 105 and data[begin + 1] == 110 and data[begin + 2] == 32:
        return np.int64(-1)
    if data[begin] != 48 or data[begin + 1] != 120:
        return begin
    position = begin + 2
    while position < end and data[position] != 58:
        position += 1
    return min(position + 2, end)


@uncounted
def _open(  # noqa: PLR0917  # machine code takes arguments by their place
    state: Counters,
    branch: Counters,
    depth: Integer,
    label: Integer,
    weight: Integer,
    children: Integer,
) -> None:
    branch[depth, LABEL] = label
    branch[depth, BYTES] = weight
    branch[depth, BELOW] = 0
    branch[depth, AWAITED] = children
    if depth > 0:
        branch[depth - 1, BELOW] = min(branch[depth - 1, BELOW] + weight, LARGEST)
        branch[depth - 1, AWAITED] -= 1
    state[DEPTH] = depth + 1


@uncounted
def _close(state: Counters, branch: Counters, troubles: Counters) -> Integer:
    """Close the deepest open node and return the bytes that none of its callers holds."""
    node = state[DEPTH] - 1
    state[DEPTH] = node
    if branch[node, AWAITED] > 0:
        trouble(state, troubles, LACKS_CHILD)
    elif branch[node, AWAITED] < 0:
        trouble(state, troubles, SURPLUS_CHILD)
    own = branch[node, BYTES] - branch[node, BELOW]
    if own < 0:
        trouble(state, troubles, TOO_HEAVY)
    return own


@uncounted
def close_tree(tables: Tables) -> None:
    """Close the whole open branch."""
    state = tables.state
    while state[DEPTH] > 0:
        own = _close(state, tables.open, tables.troubles)
        if own > 0:
            _hold(state, tables.open, tables.held, tables.last, tables.nodes, own)


@uncounted
def _hold(  # noqa: PLR0917  # as above
    state: Counters,
    branch: Counters,
    held: Counters,
    last: Counters,
    nodes: Nodes,
    own: Integer,
) -> None:
    """Keep the own bytes of the node just closed; the root's label is no function."""
    depth = state[DEPTH]
    node = np.int64(-1)
    for place in range(depth, 0, -1):
        node = np.int64(intern_node(nodes, node, branch[place, LABEL]))
    if depth == 0:
        node = np.int64(intern_node(nodes, node, branch[0, LABEL]))
    row = last[node]
    snapshot = state[SNAPSHOTS]
    if row < state[HELD] and held[row, 0] == snapshot and held[row, 1] == node:
        held[row, 2] = min(held[row, 2] + own, LARGEST)
        return
    row = state[HELD]
    held[row, 0] = snapshot
    held[row, 1] = node
    held[row, 2] = own
    last[node] = row
    state[HELD] = row + 1


@uncounted
def whole_tree(tables: Tables) -> bool:
    """Return whether the open branch awaits no further node; a missing tree is not whole."""
    for depth in range(tables.state[DEPTH]):
        if tables.open[depth, AWAITED] > 0:
            return False
    return bool(tables.state[DEPTH] > 0)
