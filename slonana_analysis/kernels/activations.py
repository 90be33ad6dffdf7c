"""What follows a layer: the rectifier, and the choice of the largest output."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.limits import MAX_OUTPUTS


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def relu(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write ``max(value, 0)`` of every value.

    Parameters
    ----------
    out : ndarray of int32, shape (n,), fixed point
        Receives the result; shares no memory with ``values`` (see `relu_in_place`).
    values : ndarray of int32, shape (n,), fixed point
        Any length; a longer ``out`` keeps its tail.
    """
    for i in range(values.size):
        out[i] = max(values[i], np.int32(0))


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def relu_in_place(values: NDArray[np.int32]) -> None:
    """Replace every negative value by zero, as the validator does.

    A function of its own, because compiled code checks whether input and output overlap and
    leaves the vectorised loop when they do.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point
        Any length; overwritten.
    """
    for i in range(values.size):
        values[i] = max(values[i], np.int32(0))


@njit(cache=True, error_model="numpy", nogil=True)
def argmax(values: NDArray[np.int32]) -> int:
    """Return where the first maximum stands among the first 16 values.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point
        Values past the 16th, the validator's widest output, are not looked at.

    Returns
    -------
    int
        Index of the first maximum; 0 when there is no value.
    """
    best = 0
    for i in range(1, min(values.size, MAX_OUTPUTS)):
        if values[i] > values[best]:
            best = i
    return best
