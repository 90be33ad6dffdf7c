"""The kernels in C, timed in C: the competent opponent of the kernels in Python.

Plain C with -O3 -march=native. The compiler may inline a kernel into its timed loop, as it may in
the Python harness, but it can neither skip nor merge repetitions. Give both the same arrays, so
that both have the same alignment.

Every function raises `UnavailableError` where the C kernels cannot be compiled or loaded, and
ValueError for arrays that do not fit each other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.native.library import (
    check_count,
    check_layer,
    check_length,
    kernel_library,
    tree_arguments,
)


class TimedKernel:
    """One of the functions below with its arrays; ``kernel(inner)`` returns nanoseconds.

    Rotation goes on from batch to batch, as it does in the Python harness: all inputs are used
    even if a batch has fewer repetitions.

    Parameters
    ----------
    function : callable
        ``time_empty``, ``time_relu``, ``time_dense`` or ``time_tree``.
    *arguments : ndarray or int
        What it is called with, before ``inner``; arrays are not copied.
    """

    def __init__(self, function: Callable[..., int], *arguments: NDArray[Any] | int) -> None:
        self._function = function
        self._arguments = arguments
        self._first = 0

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds that ``inner`` repetitions take."""
        elapsed = self._function(*self._arguments, inner, first=self._first)
        self._first += inner
        return elapsed


def time_empty(
    out: NDArray[np.int32], inputs: NDArray[np.int32], inner: int, first: int = 0
) -> int:
    """Time the loop without a kernel: what the harness in C itself takes.

    Parameters
    ----------
    out : ndarray of int32, shape (n,)
        Not written.
    inputs : ndarray of int32, shape (n_inputs, width)
        The number of inputs is a power of two.
    inner : int
        Repetitions.
    first : int
        Input of the first repetition, modulo their number.

    Returns
    -------
    int
        Elapsed nanoseconds of all repetitions.
    """
    check_count(inputs)
    return int(kernel_library().time_empty(out, inputs, *inputs.shape, first, inner))


def time_relu(
    out: NDArray[np.int32], inputs: NDArray[np.int32], inner: int, *, first: int = 0
) -> int:
    """Time the rectifier out of place, one row of inputs a repetition.

    Parameters
    ----------
    out : ndarray of int32, shape (width,), fixed point
        Overwritten by every repetition.
    inputs : ndarray of int32, shape (n_inputs, width), fixed point
        The number of inputs is a power of two.
    inner : int
        Repetitions.
    first : int
        Input of the first repetition, modulo their number.

    Returns
    -------
    int
        Elapsed nanoseconds of all repetitions.
    """
    check_count(inputs)
    check_length(out, inputs.shape[1])
    return int(kernel_library().time_relu(out, inputs, *inputs.shape, first, inner))


def time_dense(
    out: NDArray[np.int32],
    inputs: NDArray[np.int32],
    weights: NDArray[np.int16],
    bias: NDArray[np.int32],
    inner: int,
    *,
    first: int = 0,
) -> int:
    """Time a dense layer in the validator's own form, one row of inputs a repetition.

    Parameters
    ----------
    out : ndarray of int32, shape (rows,), fixed point
        Overwritten by every repetition.
    inputs : ndarray of int32, shape (n_inputs, columns), fixed point
        The number of inputs is a power of two.
    weights : ndarray of int16, shape (rows, columns), Q15
        One row for each output.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.
    inner : int
        Repetitions.
    first : int
        Input of the first repetition, modulo their number.

    Returns
    -------
    int
        Elapsed nanoseconds of all repetitions.
    """
    check_count(inputs)
    check_layer(inputs, weights, bias)
    check_length(out, len(bias))
    return int(
        kernel_library().time_dense(
            out, inputs, len(inputs), weights, bias, *weights.shape, first, inner
        )
    )


def time_tree(
    value: NDArray[np.int32],
    inputs: NDArray[np.int32],
    nodes: NDArray[Any],
    max_depth: int,
    inner: int,
    *,
    first: int = 0,
) -> int:
    """Time a decision tree, one row of features a repetition.

    Parameters
    ----------
    value : ndarray of int32, shape (1,), fixed point
        Overwritten by every repetition that succeeds.
    inputs : ndarray of int32, shape (n_inputs, n_features), fixed point
        The number of inputs is a power of two.
    nodes : ndarray of 16-byte nodes, shape (n_nodes,)
        In the validator's layout.
    max_depth : int
        How many nodes may be visited.
    inner : int
        Repetitions.
    first : int
        Input of the first repetition, modulo their number.

    Returns
    -------
    int
        Elapsed nanoseconds of all repetitions.
    """
    check_count(inputs)
    check_length(value, 1)
    tree = tree_arguments(nodes, max_depth)
    return int(kernel_library().time_tree(value, inputs, *inputs.shape, *tree, first, inner))
