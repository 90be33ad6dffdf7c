"""What the kernels in C compute, for comparing it with other implementations.

Every function raises `UnavailableError` where the C kernels cannot be compiled or loaded, and
ValueError for arrays that do not fit each other.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.native.library import check_layer, kernel_library, tree_arguments


def relu_rows(inputs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the rectified rows.

    Parameters
    ----------
    inputs : ndarray of int32, shape (n_inputs, width), fixed point
        Any number of rows.

    Returns
    -------
    ndarray of int32, shape (n_inputs, width), fixed point
        ``max(value, 0)`` of every value.
    """
    out = np.zeros_like(inputs)
    kernel_library().relu_rows(out, inputs, *inputs.shape)
    return out


def dense_rows(
    inputs: NDArray[np.int32], weights: NDArray[np.int16], bias: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return a dense layer's outputs for every row of inputs.

    Parameters
    ----------
    inputs : ndarray of int32, shape (n_inputs, columns), fixed point
        Any number of rows.
    weights : ndarray of int16, shape (rows, columns), Q15
        One row for each output.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.

    Returns
    -------
    ndarray of int32, shape (n_inputs, rows), fixed point
        Outputs past the 64th are 0.
    """
    check_layer(inputs, weights, bias)
    out = np.zeros((len(inputs), len(bias)), np.int32)
    kernel_library().dense_rows(out, inputs, len(inputs), weights, bias, *weights.shape)
    return out


def tree_rows(
    inputs: NDArray[np.int32], nodes: NDArray[Any], max_depth: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return a decision tree's codes and values for every row of features.

    Parameters
    ----------
    inputs : ndarray of int32, shape (n_inputs, n_features), fixed point
        Any number of rows.
    nodes : ndarray of 16-byte nodes, shape (n_nodes,)
        In the validator's layout.
    max_depth : int
        How many nodes may be visited.

    Returns
    -------
    codes : ndarray of int64, shape (n_inputs,)
        The validator's error codes; 0 is success.
    values : ndarray of int32, shape (n_inputs,), fixed point
        0 for rows without success.
    """
    tree = tree_arguments(nodes, max_depth)
    codes = np.zeros(len(inputs), np.int64)
    values = np.zeros(len(inputs), np.int32)
    kernel_library().tree_rows(codes, values, inputs, *inputs.shape, *tree)
    return codes, values


def multiply_rows(a: NDArray[np.int32], b: NDArray[np.int32], scale: int) -> NDArray[np.int32]:
    """Return the fixed-point products of two vectors.

    Parameters
    ----------
    a, b : ndarray of int32, shape (n,), fixed point
        Factors, scaled by ``scale``.
    scale : int
        Positive.

    Returns
    -------
    ndarray of int32, shape (n,), fixed point
        Truncated towards zero and saturated.
    """
    return _element_wise("multiply_rows", a, b, scale)


def divide_rows(a: NDArray[np.int32], b: NDArray[np.int32], scale: int) -> NDArray[np.int32]:
    """Return the fixed-point quotients of two vectors.

    Parameters
    ----------
    a, b : ndarray of int32, shape (n,), fixed point
        Dividends and divisors, scaled by ``scale``.
    scale : int
        Positive.

    Returns
    -------
    ndarray of int32, shape (n,), fixed point
        Truncated towards zero and saturated.
    """
    return _element_wise("divide_rows", a, b, scale)


def _element_wise(
    function: str, a: NDArray[np.int32], b: NDArray[np.int32], scale: int
) -> NDArray[np.int32]:
    if a.shape != b.shape:
        raise ValueError(f"operands of shapes {a.shape} and {b.shape} do not fit each other")
    # C would end the process on a division by zero.
    if not 0 < scale < 2**31:
        raise ValueError(f"a scale is a positive int32, not {scale}")
    out = np.zeros_like(a)
    getattr(kernel_library(), function)(out, a, b, a.size, scale)
    return out
