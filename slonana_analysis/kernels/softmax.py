"""The validator's softmax: a parabola in place of the exponential.

``1 + x + x^2 / 2`` is the exponential near zero only. At -1 it is back at 0.5, at -2 at 1, and at
-5, where the validator cuts it off, at 8.5: an output far below the largest gets more than the
largest. That is reproduced, and measured where softmax is measured.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import MAX_OUTPUTS
from slonana_analysis.simd.memory import read, scratch_int64, write
from slonana_analysis.simd.vectors import Memory

CUT_OFF = 5


@njit(cache=True, error_model="numpy", nogil=True)
def exponential(distance: np.int32, scale: np.int64) -> np.int32:
    """Return what the validator takes for ``exp(distance)``.

    Parameters
    ----------
    distance : int32
        From the largest value, scaled by ``scale``; positive only where the difference wrapped.
    scale : int64
        Positive.

    Returns
    -------
    int32
        1 below -5 and where the parabola is not positive; else its lower 32 bits.
    """
    x = np.int64(distance)
    if x < -CUT_OFF * scale:
        return np.int32(1)
    parabola = scale + x + x * x // (2 * scale)
    return np.int32(parabola) if parabola > 0 else np.int32(1)


@njit(cache=True, error_model="numpy", nogil=True)
def softmax(out: NDArray[np.int32], values: NDArray[np.int32], scale: int = SCALE) -> None:
    """Write the validator's softmax of up to 16 values.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,), scaled by ``scale``
        They may be the same array. With no value, with more than 16, and where the sum of the
        exponentials is not positive, ``out`` receives the values as they are.
    scale : int32
        Positive; the validator's default is 10000. Results add up to at most ``scale``, each
        truncated.
    """
    softmax_of(out, values, values.size, np.int64(scale))


@njit(cache=True, error_model="numpy", nogil=True)
def softmax_of(out: Memory, values: Memory, count: int | np.int64, scale: np.int64) -> None:
    """Do what `softmax` does with the first ``count`` values."""
    exponentials = scratch_int64(16)
    total = np.int64(0)
    if 0 < count <= MAX_OUTPUTS:
        highest = read(values, 0)
        for i in range(1, count):
            highest = max(highest, read(values, i))
        for i in range(count):
            # The difference wraps in int32.
            distance = np.int32(np.int64(read(values, i)) - np.int64(highest))
            each = np.int64(exponential(distance, scale))
            write(exponentials, i, each)
            total += each
    for i in range(count):
        value = read(values, i)
        write(out, i, _share(read(exponentials, i), scale, total) if total > 0 else value)


@njit(cache=True, error_model="numpy", nogil=True)
def _share(part: np.int64, scale: np.int64, total: np.int64) -> np.int64:
    # C divides towards zero; // rounds down, and a wrapped exponential may be negative.
    product = part * scale
    return product // total if product >= 0 else -(-product // total)
