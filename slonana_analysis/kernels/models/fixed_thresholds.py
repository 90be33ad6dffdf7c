"""From thresholds on real features to thresholds on fixed-point features, decision for decision.

``floor(threshold * scale)`` is what arithmetic on reals would give. Libraries compare rounded
numbers, so the threshold is searched instead: the largest fixed-point feature whose rounded value
still goes left. That is one number, because rounding keeps order.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.models.forests import LEAF, Comparison, ForestModel, Precision


def fixed_thresholds(
    thresholds: NDArray[np.float64],
    *,
    scale: int = SCALE,
    comparison: Comparison = "<=",
    precision: Precision = "float64",
) -> NDArray[np.int64]:
    """Return the largest int32 that goes left at each threshold.

    Parameters
    ----------
    thresholds : ndarray of float64, shape (n,)
        No NaN.
    scale : int
        A fixed-point feature ``k`` stands for ``k / scale``, divided in float64.
    comparison : {"<=", "<"}
        How the quotient is compared with the threshold.
    precision : {"float32", "float64"}
        What the quotient is rounded to before.

    Returns
    -------
    ndarray of int64, shape (n,)
        For every int32 ``k``, ``k <= result`` decides as the library does. -2**31 - 1, which is
        no int32, where nothing goes left.
    """
    low = np.full(thresholds.shape, INT32_MIN - 1, np.int64)
    high = np.full(thresholds.shape, INT32_MAX, np.int64)
    # low goes left (or is below every int32), and everything past high goes right.
    while (low < high).any():
        middle = low + (high - low + 1) // 2
        quotient = (middle / scale).astype(precision).astype(np.float64)
        goes_left = quotient < thresholds if comparison == "<" else quotient <= thresholds
        low = np.where(goes_left, middle, low)
        high = np.where(goes_left, high, np.maximum(middle - 1, low))
    return low


def for_fixed_point(model: ForestModel, scale: int = SCALE) -> ForestModel:
    """Return the same forest for features that are fixed-point numbers.

    Parameters
    ----------
    model : ForestModel
        On real features.
    scale : int
        As in `fixed_thresholds`.

    Returns
    -------
    ForestModel
        Compares int32 features by ``<=`` with thresholds that are whole numbers between
        -2**31 - 1 and 2**31 - 1, and takes the decisions that ``model`` takes on the features
        divided by ``scale``. Leaves and sums are those of ``model``.
    """
    trees = []
    for tree in model.trees:
        found = fixed_thresholds(
            tree.threshold,
            scale=scale,
            comparison=model.comparison,
            precision=model.feature_precision,
        )
        threshold = np.where(tree.feature == LEAF, 0, found).astype(np.float64)
        trees.append(replace(tree, threshold=threshold))
    return replace(model, trees=tuple(trees), comparison="<=", feature_precision="float64")
