"""A decision tree checked and completed once, so that following it needs no checks.

A packed tree is one array of int32 that begins at a cache line: a line of header, then one or more
of the forms below, each at a cache line of its own.

comparisons
    For up to four levels and features that one or two windows of eight words cover: where each of
    the fifteen comparisons finds its feature, its threshold, and the leaves, in the order that
    `tree` wants them.
record
    For up to eight levels: see `tree_blend`; offsets are those of tiles of sixteen rows.
links
    For deeper trees: feature, threshold, and where to go on either side, four words a node. A
    negative number ``-k - 1`` is leaf ``k``.

A feature goes left below a packed threshold, which is one more than the tree's own. A node whose
threshold is the largest int32 sends everything left and is left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.limits import (
    INT32_MAX,
    INT32_MIN,
    MAX_FEATURES,
    MAX_TREE_DEPTH,
    MAX_TREE_NODES,
)
from slonana_analysis.simd.aligned import aligned_copy

FORM, FEATURES, LEVELS, ROWS, SECOND_WINDOW, GROUPS, RECORD, LINKS, LEAVES = range(9)
"""Words of the header; the last three say at which word a part begins.

``LEVELS`` is that of the record, ``GROUPS`` has bit ``g`` set where the tree compares one of the
features ``8 g`` to ``8 g + 7``.
"""

HEADER = 16
ONE_WINDOW, TWO_WINDOWS, FEW_FEATURES, PERFECT, LINKED = range(5)
"""How a single row is followed."""

WINDOW = 8
TILE_ROWS = 16
COMPARISONS = 16
THRESHOLDS_AT = HEADER + COMPARISONS
LEAVES_AT = HEADER + 2 * COMPARISONS
FEWEST_LEVELS = 4
"""A record has at least as many; they are also as many as ``comparisons`` have."""
PERFECT_LEVELS = 8

# The root and its children, then each grandchild with its children: seven bits choose a leaf.
_ORDER = (0, 1, 2, *(node for k in range(4) for node in (3 + k, 7 + 2 * k, 8 + 2 * k)))
_ALWAYS_LEFT = INT32_MAX


@dataclass(frozen=True)
class _Leaf:
    value: int


@dataclass(frozen=True)
class _Inner:
    feature: int
    threshold: int
    left: "_Branch"
    right: "_Branch"
    levels: int


_Branch = _Leaf | _Inner


def pack_tree(
    nodes: NDArray[Any], max_depth: int, feature_count: int, rows: int = 0
) -> NDArray[np.int32]:
    """Return a tree that cannot fail, packed for `tree_packed` and its siblings.

    Parameters
    ----------
    nodes : ndarray of NODE, shape (n_nodes,)
        As in `slonana_analysis.kernels.tree.decision_tree`.
    max_depth : int
        As there.
    feature_count : int
        How many features every row will have, 1 to 64.
    rows : int
        How many rows one call of ``tree_rows_entry`` takes; nothing else looks at it.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        The layout is this module's; it begins at a cache line.

    Raises
    ------
    UnavailableError
        If some row of features could end in an error code. `decision_tree` runs such a tree.
    """
    if not 1 <= feature_count <= MAX_FEATURES or not 1 <= nodes.size <= MAX_TREE_NODES:
        raise _unavailable(f"{nodes.size} nodes on {feature_count} features are no valid model")
    root = _Reader(nodes, feature_count, min(max_depth, MAX_TREE_DEPTH)).tree()
    levels = max(_levels(root), FEWEST_LEVELS)
    form, second_window = _form(root, levels, feature_count)
    header = np.zeros(HEADER, np.int32)
    header[[FORM, FEATURES, LEVELS, ROWS]] = form, feature_count, levels, rows
    if form == LINKED:
        links, leaves = map(_whole_lines, _links(root))
        header[[LINKS, LEAVES]] = HEADER, HEADER + links.size
        return aligned_copy(np.concatenate([header, links, leaves]))
    inner, values = _complete(root, levels)
    comparisons = np.zeros(0, np.int32)
    if form != PERFECT:
        comparisons = _comparisons(inner, values, second_window)
    groups = {feature // WINDOW for feature, _ in inner}
    header[[SECOND_WINDOW, GROUPS]] = second_window, sum(1 << group for group in groups)
    header[RECORD] = HEADER + comparisons.size
    return aligned_copy(np.concatenate([header, comparisons, _record(inner, values)]))


def _unavailable(what: str) -> UnavailableError:
    return UnavailableError(f"{what}: run such a tree with kernels.tree.decision_tree")


class _Reader:
    """Reads the nodes that the root reaches, each once."""

    def __init__(self, nodes: NDArray[Any], feature_count: int, most_visits: int) -> None:
        self.nodes = nodes
        self.feature_count = feature_count
        self.most_visits = most_visits
        self.known: dict[int, _Branch] = {}
        self.visits: dict[int, int] = {}
        self.open: set[int] = set()

    def tree(self) -> _Branch:
        """Return the tree under node 0."""
        root = self._branch(0)
        # Nodes with several parents were met once only, and not always on their longest path.
        self._require_few(self.visits[0])
        return root

    def _require_few(self, visits: int) -> None:
        if visits > self.most_visits:
            raise _unavailable(f"a row could visit more than {self.most_visits} nodes")

    def _branch(self, index: int) -> _Branch:
        if index in self.known:
            return self.known[index]
        if index in self.open:
            raise _unavailable(f"node {index} leads back to itself")
        self._require_few(len(self.open) + 1)
        self.open.add(index)
        self.known[index] = self._node(index)
        self.open.remove(index)
        return self.known[index]

    def _node(self, index: int) -> _Branch:
        if index >= self.nodes.size:
            raise _unavailable(f"there is no node {index}")
        feature, left, right, _, threshold, value = self.nodes[index].item()
        if feature < 0:
            self.visits[index] = 1
            return _Leaf(value)
        if feature >= self.feature_count:
            raise _unavailable(f"node {index} compares feature {feature}, which is not there")
        children = (left,) if threshold == _ALWAYS_LEFT else (left, right)
        branches = [self._child(child) for child in children]
        self.visits[index] = 1 + max(self.visits.get(child, 0) for child in children)
        if len(branches) == 1:
            return branches[0]
        levels = 1 + max(_levels(branch) for branch in branches)
        return _Inner(feature, threshold + 1, branches[0], branches[1], levels)

    def _child(self, child: int) -> _Branch:
        if child >= 0:
            return self._branch(child)
        if -child - 1 >= self.nodes.size:
            raise _unavailable(f"there is no node {-child - 1} whose value could be taken")
        return _Leaf(int(self.nodes["leaf_value"][-child - 1]))


def _levels(branch: _Branch) -> int:
    return branch.levels if isinstance(branch, _Inner) else 0


def _complete(root: _Branch, levels: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return (feature, threshold) of the nodes of a perfect tree, level by level, and its leaves.

    Below a leaf, both sides of every comparison hold its value.
    """
    level, inner = [root], []
    for _ in range(levels):
        inner += [(n.feature, n.threshold) if isinstance(n, _Inner) else (0, 0) for n in level]
        level = [
            child
            for node in level
            for child in ((node.left, node.right) if isinstance(node, _Inner) else (node, node))
        ]
    return inner, [leaf.value for leaf in level if isinstance(leaf, _Leaf)]


def _form(root: _Branch, levels: int, feature_count: int) -> tuple[int, int]:
    """Return how a single row is followed, and where its second window begins."""
    if levels > PERFECT_LEVELS:
        return LINKED, 0
    if levels > FEWEST_LEVELS:
        return PERFECT, 0
    if feature_count < WINDOW:
        return FEW_FEATURES, 0
    used = {feature for feature, _ in _complete(root, levels)[0]}
    second = max(*used, WINDOW - 1) - WINDOW + 1
    if second == 0:
        return ONE_WINDOW, 0
    if all(feature < WINDOW or feature >= second for feature in used):
        return TWO_WINDOWS, second
    return PERFECT, 0


def _comparisons(inner: list[tuple[int, int]], leaves: list[int], second: int) -> NDArray[np.int32]:
    places = [(f if f < WINDOW else WINDOW + f - second, t) for f, t in inner]
    # The sixteenth comparison is with the smallest int32: never below, its bit is never set.
    lines = np.array([*(places[node] for node in _ORDER), (0, INT32_MIN)], np.int32)
    return _whole_lines(np.concatenate([lines.T.ravel(), _leaves_by_bits(leaves)]))


def _leaves_by_bits(leaves: list[int]) -> NDArray[np.int32]:
    """Return the leaf for each grandchild of the root and each three bits of its comparisons."""
    below = [(0 if bits & 2 else 1) if bits & 1 else (2 if bits & 4 else 3) for bits in range(8)]
    # Grandchildren are three bits apart, so that what shifts their bits down also finds the leaves.
    table = np.zeros((10, 8), np.int32)
    for grandchild in range(4):
        table[3 * grandchild] = [leaves[4 * grandchild + place] for place in below]
    return table.ravel()


def _record(inner: list[tuple[int, int]], leaves: list[int]) -> NDArray[np.int32]:
    features, thresholds = np.array(inner, np.int32).T
    return np.concatenate([features * TILE_ROWS, thresholds, np.array(leaves, np.int32)])


def _links(root: _Branch) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    order: list[_Inner] = []
    places: dict[int, int] = {}
    leaves: list[int] = []
    waiting: list[_Branch] = [root]
    for branch in waiting:
        if id(branch) in places:
            continue
        if isinstance(branch, _Leaf):
            places[id(branch)] = -len(leaves) - 1
            leaves.append(branch.value)
        else:
            places[id(branch)] = len(order)
            order.append(branch)
            waiting += (branch.left, branch.right)
    links = [(n.feature, n.threshold, places[id(n.left)], places[id(n.right)]) for n in order]
    return np.array(links, np.int32).ravel(), np.array(leaves, np.int32)


def _whole_lines(part: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([part, np.zeros(-part.size % HEADER, np.int32)])
