"""The calls that programs make: the validator's checks in the validator's order, then a kernel.

A null pointer is None. The first check that fails decides the code, and whenever it is not success,
nothing is written. One difference is deliberate: where a tree names a leaf past its last node, the
validator reads beyond the nodes and reports success; these report an invalid model. And an array
too short for its outputs, which the validator would write beyond, is refused with an exception.

Layers run by the portable kernels here: they come with every call, and packing them for vectors
takes far longer than running them once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels import mlp
from slonana_analysis.kernels.activations import Activation
from slonana_analysis.kernels.dense import dense_forward
from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_NEURONS, MAX_OUTPUTS
from slonana_analysis.kernels.models.mlp_file import read_mlp
from slonana_analysis.kernels.models.model import InvalidModelError
from slonana_analysis.kernels.tree import decision_tree as follow
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector.softmax import softmax

Length = NDArray[np.uint64]
"""One element that receives how many outputs there are."""

_IN_PLACE = {
    Activation.RELU: vector.relu,
    Activation.SIGMOID: vector.sigmoid,
    Activation.TANH: vector.tanh,
    Activation.SOFTMAX: softmax,
    Activation.LEAKY_RELU: vector.leaky_relu,
}


def matmul(  # noqa: PLR0917  # as many as the validator's
    values: NDArray[np.int32] | None,
    weights: NDArray[np.int16] | None,
    bias: NDArray[np.int32] | None,
    rows: int,
    columns: int,
    out: NDArray[np.int32] | None,
    out_length: Length | None,
) -> ErrorCode:
    """Run a dense layer.

    Parameters
    ----------
    values : ndarray of int32, shape (columns,), fixed point, or None
        Inputs, 1 to 64.
    weights : ndarray of int16, shape (rows * columns,), Q15, or None
        Row by row.
    bias : ndarray of int32, shape (rows,), fixed point, or None
        Added after the shift.
    rows, columns : int
        1 to 64 each.
    out : ndarray of int32, shape (>= rows,), fixed point, or None
        Receives the outputs.
    out_length : ndarray of uint64, shape (1,), or None
        Receives ``rows``.

    Returns
    -------
    ErrorCode
        7 for None, 1 for the number of values, 3 for a size that is no layer's or not that number,
        2 for the number of weights, 3 for that of biases; in this order.

    Raises
    ------
    UsageError
        If ``out`` is shorter than ``rows``.
    """
    if values is None or weights is None or bias is None or out is None or out_length is None:
        return ErrorCode.NULL_POINTER
    if not 1 <= values.size <= MAX_FEATURES:
        return ErrorCode.INVALID_INPUT_LENGTH
    if not (1 <= rows <= MAX_NEURONS and 1 <= columns <= MAX_NEURONS and values.size == columns):
        return ErrorCode.DIMENSION_MISMATCH
    if weights.size != rows * columns:
        return ErrorCode.INVALID_WEIGHTS
    if bias.size != rows:
        return ErrorCode.DIMENSION_MISMATCH
    _require_room(out, rows)
    dense_forward(out, values, weights.reshape(rows, columns), bias)
    out_length[0] = rows
    return ErrorCode.SUCCESS


def activation(values: NDArray[np.int32] | None, kind: int) -> ErrorCode:
    """Apply an activation in place.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point at scale 10000, or None
        1 to 64 values; softmax leaves more than 16 as they are, and succeeds.
    kind : int
        `Activation`.

    Returns
    -------
    ErrorCode
        7 for None, 1 for the number of values, 8 for an unknown kind; in this order.
    """
    if values is None:
        return ErrorCode.NULL_POINTER
    if not 1 <= values.size <= MAX_FEATURES:
        return ErrorCode.INVALID_INPUT_LENGTH
    if not 0 <= kind <= max(Activation):
        return ErrorCode.INVALID_ACTIVATION
    if kind != Activation.NONE:
        _IN_PLACE[Activation(kind)](values, values)
    return ErrorCode.SUCCESS


def decision_tree(
    features: NDArray[np.int32] | None,
    nodes: NDArray[Any] | None,
    max_depth: int,
    result: NDArray[np.int32] | None,
) -> ErrorCode:
    """Follow a decision tree.

    Parameters
    ----------
    features : ndarray of int32, shape (n_features,), fixed point, or None
        1 to 64 features.
    nodes : ndarray of NODE, shape (n_nodes,), or None
        1 to 256 nodes.
    max_depth : int
        How many nodes may be visited, at most 32.
    result : ndarray of int32, shape (1,), or None
        Receives the leaf's value.

    Returns
    -------
    ErrorCode
        7 for None, 1 for the number of features, 5 for a node that is not there or asks for a
        feature that is not there, 6 when ``max_depth`` nodes were visited without a leaf.
    """
    if features is None or nodes is None or result is None:
        return ErrorCode.NULL_POINTER
    code, value = follow(features, nodes, max_depth)
    if code == ErrorCode.SUCCESS:
        result[0] = value
    return ErrorCode(code)


def forward(
    values: NDArray[np.int32] | None,
    model: bytes | None,
    out: NDArray[np.int32] | None,
    out_length: Length | None,
) -> ErrorCode:
    """Run a network from the bytes of its file.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point at scale 10000, or None
        1 to 64 inputs.
    model : bytes or None
        A model file of the validator.
    out : ndarray of int32, shape (>= min(length, 16),), fixed point at scale 10000, or None
        Receives the last layer's first 16 outputs.
    out_length : ndarray of uint64, shape (1,), or None
        Receives the last layer's width, up to 64.

    Returns
    -------
    ErrorCode
        7 for None, 1 for the number of values, 5 for a file that does not load or has no layer, 3
        where sizes do not follow from each other; in this order.

    Raises
    ------
    UsageError
        If ``out`` is shorter than the last layer's width and than 16.
    """
    if values is None or model is None or out is None or out_length is None:
        return ErrorCode.NULL_POINTER
    if not 1 <= values.size <= MAX_FEATURES:
        return ErrorCode.INVALID_INPUT_LENGTH
    try:
        loaded = read_mlp(model)
    except InvalidModelError:
        return ErrorCode.INVALID_MODEL
    outputs = np.empty(MAX_OUTPUTS, np.int32)
    code, length = mlp.forward(outputs, values, mlp.flatten(loaded))
    if code == ErrorCode.SUCCESS:
        written = min(length, MAX_OUTPUTS)
        _require_room(out, written)
        out[:written] = outputs[:written]
        out_length[0] = length
    return ErrorCode(code)


def _require_room(out: NDArray[np.int32], count: int) -> None:
    if out.size < count:
        raise UsageError(
            f"out has room for {out.size} outputs and the call writes {count}: "
            "give an array at least that long"
        )
