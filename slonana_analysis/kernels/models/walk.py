"""What a `ForestModel` predicts, computed plainly with numpy: the measure for every kernel."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.models.forests import LEAF, ForestModel, ForestTree


def forest_sums(model: ForestModel, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the sums of the leaves that each row reaches.

    Parameters
    ----------
    model : ForestModel
        Defines the order and the precision of the additions.
    inputs : ndarray of float32 or float64, shape (n_rows, n_features)
        No NaN.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_outputs)
        Before the transform; exact values of ``sum_precision``.

    Raises
    ------
    ValueError
        If the inputs have another shape or hold a NaN.
    """
    if inputs.ndim != 2 or inputs.shape[1] != model.feature_count:
        raise ValueError(f"inputs must have {model.feature_count} columns: {inputs.shape}")
    if np.isnan(inputs).any():
        raise ValueError("inputs hold a NaN, and the model keeps no direction for missing values")
    features = inputs.astype(model.feature_precision)
    precision = np.dtype(model.sum_precision)
    sums = np.repeat(model.base.astype(precision)[np.newaxis], len(inputs), axis=0)
    for tree, output in zip(model.trees, model.output, strict=True):
        leaves = leaf_of_rows(tree, features, strict=model.comparison == "<")
        sums[:, output] += tree.value[leaves].astype(precision)
    if model.average:
        sums /= np.bincount(model.output, minlength=model.output_count).astype(precision)
    return sums.astype(np.float64)


def leaf_of_rows(
    tree: ForestTree, features: NDArray[np.generic], *, strict: bool
) -> NDArray[np.int64]:
    """Return the leaf that each row reaches.

    Parameters
    ----------
    tree : ForestTree
        The tree.
    features : ndarray of a real type, shape (n_rows, n_features)
        Rounded as the model's ``feature_precision`` asks.
    strict : bool
        Whether ``<`` goes left rather than ``<=``.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Indices into the tree's arrays.
    """
    rows = np.arange(len(features))
    nodes = np.zeros(len(features), np.int64)
    for _ in range(tree.levels - 1):
        # A leaf compares feature -1, the last one, and stays whatever comes out.
        compared = features[rows, tree.feature[nodes]].astype(np.float64)
        threshold = tree.threshold[nodes]
        goes_left = compared < threshold if strict else compared <= threshold
        below = np.where(goes_left, tree.left[nodes], tree.right[nodes])
        nodes = np.where(tree.feature[nodes] == LEAF, nodes, below)
    return nodes


def transformed(model: ForestModel, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the library calls its prediction.

    Parameters
    ----------
    model : ForestModel
        Names the transform.
    sums : ndarray of float64, shape (n_rows, n_outputs)
        From `forest_sums`.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_outputs)
        Computed in float64, so within a rounding or two of the library.
    """
    if model.transform == "sigmoid":
        # The form that never overflows, for either sign.
        return 0.5 + 0.5 * np.tanh(0.5 * sums)
    if model.transform == "softmax":
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    return np.exp(sums) if model.transform == "exp" else sums
