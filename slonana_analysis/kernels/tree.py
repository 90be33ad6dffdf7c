"""A decision tree on fixed-point features, in the validator's node layout."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_TREE_DEPTH, MAX_TREE_NODES

# 16 bytes a node, as in the validator's model files. A negative feature marks a leaf.
NODE = np.dtype(
    [
        ("feature", "<i2"),
        ("left", "<i2"),
        ("right", "<i2"),
        ("padding", "<i2"),
        ("threshold", "<i4"),
        ("leaf_value", "<i4"),
    ],
    align=True,
)

# Compiled code takes plain integers as constants, and not members of an enumeration.
_SUCCESS = int(ErrorCode.SUCCESS)
_INVALID_INPUT_LENGTH = int(ErrorCode.INVALID_INPUT_LENGTH)
_INVALID_MODEL = int(ErrorCode.INVALID_MODEL)
_TREE_DEPTH_EXCEEDED = int(ErrorCode.TREE_DEPTH_EXCEEDED)
_NO_VALUE = np.int32(0)


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def decision_tree(
    features: NDArray[np.int32], nodes: NDArray[Any], max_depth: int
) -> tuple[int, np.int32]:
    """Follow one row of features from the root to a leaf.

    A feature at most its node's threshold goes left. Nodes are checked when they are reached, so
    a broken node that no feature leads to does no harm.

    Parameters
    ----------
    features : ndarray of int32, shape (n_features,), fixed point
        1 to 64 features.
    nodes : ndarray of NODE, shape (n_nodes,)
        1 to 256 nodes; the first is the root. A negative child ``-k - 1`` stands for the value of
        node ``k``, whatever that node is.
    max_depth : int
        How many nodes may be visited, at most 32: a tree of ``d`` levels needs ``d``.

    Returns
    -------
    code : int
        `ErrorCode`: success, invalid input length, invalid model, or tree depth exceeded; the
        first that applies, in the validator's order.
    value : int32
        The leaf's value; 0 and without meaning unless ``code`` is success.

    Notes
    -----
    Where ``-k - 1`` names a node past the last one, the validator reads beyond its nodes and
    reports success; this returns invalid model.
    """
    code = _check_sizes(features.size, nodes.size)
    if code != _SUCCESS:
        return code, _NO_VALUE
    current = np.int64(0)
    for _ in range(min(max_depth, MAX_TREE_DEPTH)):
        if current >= nodes.size:
            return _INVALID_MODEL, _NO_VALUE
        node = nodes[current]
        feature = np.int64(node.feature)
        if feature < 0:
            return _SUCCESS, node.leaf_value
        if feature >= features.size:
            return _INVALID_MODEL, _NO_VALUE
        current = np.int64(node.left if features[feature] <= node.threshold else node.right)
        if current < 0:
            return _value_of_node(nodes, -current - 1)
    return _TREE_DEPTH_EXCEEDED, _NO_VALUE


@njit(cache=True, error_model="numpy", nogil=True)
def _check_sizes(features: int, nodes: int) -> int:
    if features == 0 or features > MAX_FEATURES:
        return _INVALID_INPUT_LENGTH
    if nodes == 0 or nodes > MAX_TREE_NODES:
        return _INVALID_MODEL
    return _SUCCESS


@njit(cache=True, error_model="numpy", nogil=True)
def _value_of_node(nodes: NDArray[Any], index: np.int64) -> tuple[int, np.int32]:
    if index >= nodes.size:
        return _INVALID_MODEL, _NO_VALUE
    return _SUCCESS, nodes[index].leaf_value


@njit(cache=True, error_model="numpy", nogil=True)
def decision_tree_rows(
    codes: NDArray[np.int64],
    values: NDArray[np.int32],
    inputs: NDArray[np.int32],
    nodes: NDArray[Any],
    max_depth: int,
) -> None:
    """Run `decision_tree` over every row of ``inputs``.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_inputs,)
        Receives an `ErrorCode` for each row.
    values : ndarray of int32, shape (n_inputs,), fixed point
        Receives a value for each row that succeeded; the others keep what they held.
    inputs : ndarray of int32, shape (n_inputs, n_features), fixed point
        One row of features each.
    nodes : ndarray of NODE, shape (n_nodes,)
        As in `decision_tree`.
    max_depth : int
        As in `decision_tree`.
    """
    for k in range(inputs.shape[0]):
        code, value = decision_tree(inputs[k], nodes, max_depth)
        codes[k] = code
        if code == _SUCCESS:
            values[k] = value
