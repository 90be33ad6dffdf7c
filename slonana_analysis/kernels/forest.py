"""Forests of perfect trees, and the sums of their leaves: the plain kernel that all others match.

A perfect tree of depth ``d`` has ``2 ** d - 1`` inner nodes and ``2 ** d`` leaves. Node ``i`` has
the children ``2 i + 1`` and ``2 i + 2``; nothing needs to say where they are, and every row takes
the same number of steps. `forest_completion` makes such forests of any others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST_LEVELS = 8

_THRESHOLDS = ("int32", "float32", "float64")
_LEAVES = ("int32", "float32", "float64")


@dataclass(frozen=True, eq=False)
class Forest:
    """Perfect trees of one depth.

    A feature at most its node's threshold goes left, any other right; so does NaN. Leaves add up in
    the order of the trees, from ``base`` on: integers in int64, floats in their own type.

    Attributes
    ----------
    features : ndarray of int32, shape (n_trees, 2 ** depth - 1)
        Which feature each inner node compares.
    thresholds : ndarray of int32, float32 or float64, the same shape
        Features are of the same type.
    leaves : ndarray of int32, float32 or float64, shape (n_trees, 2 ** depth)
        From left to right.
    output : ndarray of int32, shape (n_trees,)
        Which sum each tree adds to, in ascending order.
    base : ndarray of int64, float32 or float64, shape (n_outputs,)
        Where the sums start.
    feature_count : int
        How many features a row has.
    average : bool
        Whether float sums are divided by the number of trees of their output in the end.

    Raises
    ------
    ValueError
        If shapes or types do not fit, or a number is out of range.
    """

    features: NDArray[np.int32]
    thresholds: NDArray[Any]
    leaves: NDArray[Any]
    output: NDArray[np.int32]
    base: NDArray[Any]
    feature_count: int
    average: bool = False

    def __post_init__(self) -> None:
        trees, count = self.leaves.shape
        if count != 2**self.depth or not 1 <= self.depth <= MOST_LEVELS:
            raise ValueError(f"{count} leaves are not those of 1 to {MOST_LEVELS} levels")
        if not self.features.shape == self.thresholds.shape == (trees, count - 1):
            raise ValueError(f"a tree of {count} leaves has {count - 1} features and thresholds")
        if self.features.dtype != np.int32 or self.output.dtype != np.int32:
            raise ValueError("features and outputs are numbered in int32")
        if self.thresholds.dtype not in _THRESHOLDS or self.leaves.dtype not in _LEAVES:
            raise ValueError("thresholds and leaves must be int32, float32 or float64")
        if self.base.dtype != self.sum_dtype or self.base.ndim != 1 or not self.base.size:
            raise ValueError(f"sums start from {self.sum_dtype}, one for each output")
        self._require_numbers()

    def _require_numbers(self) -> None:
        if self.output.shape != (len(self.leaves),) or (np.diff(self.output) < 0).any():
            raise ValueError("every tree names its output, and outputs ascend")
        if self.output.size and not 0 <= self.output[0] <= self.output[-1] < self.base.size:
            raise ValueError(f"a tree adds to an output outside 0 to {self.base.size - 1}")
        if self.features.size and not 0 <= self.features.min() <= self.features.max():
            raise ValueError("a feature is negative")
        if self.features.max(initial=0) >= self.feature_count:
            raise ValueError(f"a tree compares a feature past the {self.feature_count} there")
        if self.average and self.leaves.dtype == np.int32:
            raise ValueError("only float sums are averaged")

    @property
    def depth(self) -> int:
        """Comparisons from the root to a leaf."""
        return int(self.leaves.shape[1]).bit_length() - 1

    @property
    def sum_dtype(self) -> "np.dtype[Any]":
        """What leaves are added in."""
        return np.dtype(np.int64) if self.leaves.dtype == np.int32 else self.leaves.dtype


def forest_sums(forest: Forest, inputs: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of the leaves that each row reaches, by the plain kernel.

    Parameters
    ----------
    forest : Forest
        Any.
    inputs : ndarray of the thresholds' type, shape (n_rows, feature_count)
        Features.

    Returns
    -------
    ndarray of int64, float32 or float64, shape (n_rows, n_outputs)
        Averaged if the forest says so.

    Raises
    ------
    ValueError
        If the inputs have another type or shape.
    """
    require_inputs(forest, inputs)
    sums = np.repeat(forest.base[np.newaxis], len(inputs), axis=0)
    forest_rows(sums, inputs, forest.features, forest.thresholds, forest.leaves, forest.output)
    return averaged(forest, sums)


def require_inputs(forest: Forest, inputs: NDArray[Any]) -> None:
    """Raise ValueError unless the rows are of the forest's features."""
    if inputs.dtype != forest.thresholds.dtype:
        raise ValueError(f"features must be {forest.thresholds.dtype}, not {inputs.dtype}")
    if inputs.ndim != 2 or inputs.shape[1] != forest.feature_count:
        raise ValueError(f"rows must have {forest.feature_count} features: {inputs.shape}")


def averaged(forest: Forest, sums: NDArray[Any]) -> NDArray[Any]:
    """Return the sums divided by the number of their output's trees, if the forest says so."""
    if forest.average:
        sums /= np.bincount(forest.output, minlength=forest.base.size).astype(forest.sum_dtype)
    return sums


@njit(cache=True, error_model="numpy", nogil=True)
def forest_rows(  # noqa: PLR0917
    sums: NDArray[Any],
    inputs: NDArray[Any],
    features: NDArray[np.int32],
    thresholds: NDArray[Any],
    leaves: NDArray[Any],
    output: NDArray[np.int32],
) -> None:
    """Add the leaves that each row reaches to its sums.

    Parameters
    ----------
    sums : ndarray of int64, float32 or float64, shape (n_rows, n_outputs)
        Where the sums start; receives them.
    inputs : ndarray of int32, float32 or float64, shape (n_rows, n_features)
        Of the thresholds' type.
    features, thresholds, leaves, output : ndarray
        Those of a `Forest`.
    """
    inner = features.shape[1]
    for i in range(inputs.shape[0]):
        for tree in range(features.shape[0]):
            node = 0
            while node < inner:
                below = inputs[i, features[tree, node]] <= thresholds[tree, node]
                node = 2 * node + 2 - int(below)
            sums[i, output[tree]] += leaves[tree, node - inner]
