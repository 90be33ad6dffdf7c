"""A forest of binary decision trees, whichever library grew it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Comparison = Literal["<=", "<"]
Precision = Literal["float32", "float64"]
# What turns an output's sum into what the library calls its prediction.
Transform = Literal["identity", "sigmoid", "softmax", "exp"]

LEAF = -1


@dataclass(frozen=True, eq=False)
class ForestTree:
    """One tree as parallel arrays; node 0 is the root, children come after their parent.

    Attributes
    ----------
    feature : ndarray of int32, shape (n_nodes,)
        Which feature the node compares; -1 marks a leaf.
    threshold : ndarray of float64, shape (n_nodes,)
        What it is compared with; 0 at a leaf.
    left, right : ndarray of int32, shape (n_nodes,)
        Where to go when the comparison holds, and when not; -1 at a leaf.
    value : ndarray of float64, shape (n_nodes,)
        What a leaf adds; 0 at an inner node.

    Raises
    ------
    ValueError
        If the arrays differ in type or length, or are no tree.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name, dtype in _COLUMNS.items():
            column = getattr(self, name)
            if column.dtype != dtype or column.shape != self.feature.shape or column.ndim != 1:
                raise ValueError(f"{name} must be {dtype.__name__}, one for each node")
        _require_tree(self)

    @property
    def levels(self) -> int:
        """How many nodes the longest path visits, the leaf included."""
        depth = np.ones(self.feature.size, np.int64)
        for node in np.flatnonzero(self.feature != LEAF):
            depth[self.left[node]] = depth[self.right[node]] = depth[node] + 1
        return int(depth.max())


_COLUMNS: dict[str, type[Any]] = {
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "value": np.float64,
}


@dataclass(frozen=True, eq=False)
class ForestModel:
    """Trees whose leaves add up to one sum for each output.

    A prediction rounds every feature to ``feature_precision``, follows each tree
    (``feature <comparison> threshold`` goes left), and adds the leaves in the order of ``trees``
    to the output's ``base`` in ``sum_precision``; with ``average`` it divides by the number of
    the output's trees. ``transform`` is not part of the sums.

    There is no direction for missing values: features must be numbers.

    Attributes
    ----------
    trees : tuple of ForestTree
        In the library's order of addition.
    output : ndarray of int32, shape (n_trees,)
        Which sum each tree adds to.
    base : ndarray of float64, shape (n_outputs,)
        Where the sums start.
    feature_count : int
        How many features a row has.
    comparison : {"<=", "<"}
        What sends a row to the left.
    feature_precision, sum_precision : {"float32", "float64"}
        What the library computes with; thresholds, leaves and bases are exact in it.
    average : bool
        Whether the sums are divided by the number of trees of their output.
    transform : {"identity", "sigmoid", "softmax", "exp"}
        What the library does with the sums.

    Raises
    ------
    ValueError
        If a tree names a feature or an output that is not there.
    """

    trees: tuple[ForestTree, ...]
    output: NDArray[np.int32]
    base: NDArray[np.float64]
    feature_count: int
    comparison: Comparison = "<="
    feature_precision: Precision = "float64"
    sum_precision: Precision = "float64"
    average: bool = False
    transform: Transform = "identity"

    def __post_init__(self) -> None:
        if self.output.shape != (len(self.trees),) or self.output.dtype != np.int32:
            raise ValueError("output must be int32, one for each tree")
        if self.base.ndim != 1 or self.base.dtype != np.float64 or not self.base.size:
            raise ValueError("base must be float64, one for each output")
        if self.trees and not 0 <= self.output.min() <= self.output.max() < self.base.size:
            raise ValueError(f"a tree adds to an output outside 0 to {self.base.size - 1}")
        for tree in self.trees:
            if tree.feature.max() >= self.feature_count:
                raise ValueError(f"a tree compares a feature past the {self.feature_count} there")

    @property
    def output_count(self) -> int:
        """How many sums a row gives."""
        return int(self.base.size)


def _require_tree(tree: ForestTree) -> None:
    count = tree.feature.size
    if not count:
        raise ValueError("a tree needs a node")
    inner = np.flatnonzero(tree.feature != LEAF)
    children = np.concatenate([tree.left[inner], tree.right[inner]])
    if (tree.feature < LEAF).any():
        raise ValueError("a feature is negative without marking a leaf")
    # Children after parents, each reached once, all reached: then it is a tree and ends.
    if (children <= np.concatenate([inner, inner])).any() or (children >= count).any():
        raise ValueError("a child must come after its parent, and be there")
    if not np.array_equal(np.sort(children), np.arange(1, count)):
        raise ValueError("every node but the root must have one parent")
    if not np.isfinite(tree.value).all() or np.isnan(tree.threshold).any():
        raise ValueError("a leaf must be finite and a threshold a number")
