"""From any forest to one of perfect trees, and from float leaves to whole numbers.

Completing changes no decision: below a leaf, every comparison has that leaf's value on both sides,
and a comparison that can only end one way is replaced by what lies that way.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.forest import MOST_LEVELS, Forest
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.models.fixed_thresholds import for_fixed_point
from slonana_analysis.kernels.models.forests import LEAF, ForestModel, ForestTree


def real_forest(model: ForestModel) -> Forest:
    """Return a model as perfect trees, for features in the model's own precision.

    Parameters
    ----------
    model : ForestModel
        At most eight levels of comparisons.

    Returns
    -------
    Forest
        Features and thresholds are of ``feature_precision``, leaves and sums of
        ``sum_precision``: sums are those of the model, bit for bit.

    Raises
    ------
    UnavailableError
        If a tree is deeper.
    """
    dtype = np.dtype(model.feature_precision)
    thresholds = [tree.threshold.astype(dtype) for tree in model.trees]
    if model.comparison == "<=":
        return _completed(
            model, [_Replaced(*pair) for pair in zip(model.trees, thresholds, strict=True)]
        )
    # Nothing lies between a number and the next one: x < t is x <= (the one before t). Only
    # minus infinity has none before it, and nothing is below it.
    lowest = dtype.type(-np.inf)
    trees = [
        _Replaced(tree, np.nextafter(each, lowest), always_right=each == lowest)
        for tree, each in zip(model.trees, thresholds, strict=True)
    ]
    return _completed(model, trees)


def fixed_forest(model: ForestModel, scale: int = SCALE) -> Forest:
    """Return a model as perfect trees, for fixed-point features.

    Parameters
    ----------
    model : ForestModel
        At most eight levels of comparisons.
    scale : int
        A feature ``k`` stands for ``k / scale``; see `for_fixed_point`.

    Returns
    -------
    Forest
        Features and thresholds are int32; leaves and sums are those of the model.

    Raises
    ------
    UnavailableError
        If a tree is deeper.
    """
    fixed = for_fixed_point(model, scale)
    trees = [
        _Replaced(
            tree,
            np.maximum(tree.threshold, INT32_MIN).astype(np.int32),
            always_left=tree.threshold >= INT32_MAX,
            always_right=tree.threshold < INT32_MIN,
        )
        for tree in fixed.trees
    ]
    return _completed(fixed, trees)


@dataclass(frozen=True)
class Quantised:
    """A forest whose leaves are whole numbers of steps.

    Attributes
    ----------
    forest : Forest
        With leaves of int32 and sums of int64.
    step : float
        What one stands for; a power of two.
    error : float
        No sum times ``step`` is farther from the sum of the original leaves as real numbers.
    """

    forest: Forest
    step: float
    error: float


INT16_MAX = 2**15 - 1


def quantised(forest: Forest, largest: int = INT16_MAX) -> Quantised:
    """Return a forest with its leaves rounded to whole numbers of one step.

    Parameters
    ----------
    forest : Forest
        With leaves of float32 or float64, not averaged.
    largest : int
        No leaf's number of steps is larger; `INT16_MAX` is what int16 kernels take.

    Returns
    -------
    Quantised
        The smallest step that allows this.

    Raises
    ------
    ValueError
        If the leaves are whole numbers already, or sums are averaged.
    """
    if forest.leaves.dtype == np.int32 or forest.average:
        raise ValueError("leaves that are floats, and sums that are not averaged, are quantised")
    leaves, base = forest.leaves.astype(np.float64), forest.base.astype(np.float64)
    magnitude = float(np.abs(leaves).max(initial=0.0))
    # A power of two, by which multiplying and dividing are exact.
    step = 2.0 ** np.ceil(np.log2(magnitude / largest)) if magnitude else 1.0
    if np.rint(magnitude / step) > largest:
        step *= 2.0
    most = int(np.bincount(forest.output, minlength=1).max()) + 1
    steps = replace(
        forest,
        leaves=np.rint(leaves / step).astype(np.int32),
        base=np.rint(base / step).astype(np.int64),
    )
    return Quantised(steps, float(step), most * float(step) / 2.0)


class _Replaced:
    """A tree with thresholds of the type that kernels compare, without certain comparisons."""

    def __init__(
        self,
        tree: ForestTree,
        threshold: NDArray[Any],
        *,
        always_left: NDArray[np.bool_] | None = None,
        always_right: NDArray[np.bool_] | None = None,
    ) -> None:
        self.tree = tree
        self.threshold = threshold
        own = np.arange(tree.feature.size)
        self.instead = own.copy()
        inner = tree.feature != LEAF
        for certain, kept in ((always_left, tree.left), (always_right, tree.right)):
            if certain is not None:
                self.instead = np.where(inner & certain, kept, self.instead)
        # Children come after their parents: from the last one up, what replaces a node is final.
        for node in np.flatnonzero(self.instead != own)[::-1]:
            self.instead[node] = self.instead[self.instead[node]]
        # A leaf above the last level is its own child.
        self.left = np.where(inner, self.instead[tree.left], own)
        self.right = np.where(inner, self.instead[tree.right], own)

    def perfect(self, levels: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return features, thresholds and leaves of a perfect tree."""
        level, nodes = self.instead[:1], []
        for _ in range(levels):
            nodes.append(level)
            level = np.stack([self.left[level], self.right[level]], axis=1).ravel()
        inner = np.concatenate(nodes)
        features = np.maximum(self.tree.feature[inner], 0)
        return features, self.threshold[inner], self.tree.value[level]


def _completed(model: ForestModel, trees: list[_Replaced]) -> Forest:
    levels = max([1, *(each.tree.levels - 1 for each in trees)])
    if levels > MOST_LEVELS:
        raise UnavailableError(
            f"a tree compares on {levels} levels and perfect trees are kept up to {MOST_LEVELS}: "
            "grow shallower trees, or sum with kernels.models.walk.forest_sums"
        )
    if not trees:
        raise UnavailableError("a forest without trees has nothing to run: its sums are its base")
    order = np.argsort(model.output, kind="stable")
    sums = np.dtype(model.sum_precision)
    features, thresholds, leaves = zip(*(trees[k].perfect(levels) for k in order), strict=True)
    return Forest(
        features=np.stack(features),
        thresholds=np.stack(thresholds),
        leaves=np.stack(leaves).astype(sums),
        output=model.output[order],
        base=model.base.astype(sums),
        feature_count=model.feature_count,
        average=model.average,
    )
