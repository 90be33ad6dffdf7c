"""A dense layer on fixed-point numbers with Q15 weights."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import saturate
from slonana_analysis.kernels.limits import MAX_NEURONS


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def dense_forward(
    out: NDArray[np.int32],
    values: NDArray[np.int32],
    weights: NDArray[np.int16],
    bias: NDArray[np.int32],
) -> None:
    """Write ``(weights @ values) >> 15`` plus ``bias``, saturated to int32.

    Sums are exact in int64 (at most 64 products of 47 bits). The shift rounds down, also for
    negative sums.

    Parameters
    ----------
    out : ndarray of int32, shape (rows,), fixed point
        Receives the first 64 outputs; those past the 64th keep what they held.
    values : ndarray of int32, shape (columns,), fixed point
        Inputs; those past the 64th are ignored.
    weights : ndarray of int16, shape (rows, columns), Q15
        One row for each output.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.
    """
    rows, columns = weights.shape
    for i in range(min(rows, MAX_NEURONS)):
        total = np.int64(0)
        for j in range(min(columns, MAX_NEURONS)):
            total += np.int64(values[j]) * np.int64(weights[i, j])
        out[i] = saturate((total >> np.int64(15)) + np.int64(bias[i]))


@njit(cache=True, error_model="numpy", nogil=True)
def dense_rows(
    out: NDArray[np.int32],
    inputs: NDArray[np.int32],
    weights: NDArray[np.int16],
    bias: NDArray[np.int32],
) -> None:
    """Run `dense_forward` over every row of ``inputs``.

    Parameters
    ----------
    out : ndarray of int32, shape (n_inputs, rows), fixed point
        One row of outputs for each row of inputs.
    inputs : ndarray of int32, shape (n_inputs, columns), fixed point
        One layer input a row.
    weights : ndarray of int16, shape (rows, columns), Q15
        As in `dense_forward`.
    bias : ndarray of int32, shape (rows,), fixed point
        As in `dense_forward`.
    """
    for k in range(inputs.shape[0]):
        dense_forward(out[k], inputs[k], weights, bias)
