"""Fixed-point products and quotients of whole arrays, through float64.

Plain loops: compilers turn them into vectors, for float64 has the division that integers of 64 bits
lack. Results are those of `slonana_analysis.kernels.fixed_point`, for every int32. A product below
2^53 is exact in float64, and so is its truncated quotient: where ``p / q`` is no integer it is at
least ``1 / q`` away from the next one, and rounding moves it by less than ``p / q / 2^53``. A
product from 2^53 on, divided by a scale up to 2^21, is past int32 however it was rounded.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels import fixed_point
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN

LARGEST_EXACT_SCALE = 2**21
"""Above it, quotients are computed in integers."""

_LOWEST, _HIGHEST = float(INT32_MIN), float(INT32_MAX)


@njit(cache=True, error_model="numpy", nogil=True)
def multiply_rows(
    out: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32], scale: int = SCALE
) -> None:
    """Write the fixed-point product of every pair, truncated towards zero and saturated.

    Parameters
    ----------
    out : ndarray of int32, shape (n,), scaled by ``scale``
        May be ``a`` or ``b``.
    a, b : ndarray of int32, shape (n,), scaled by ``scale``
        Factors.
    scale : int32
        Positive; the validator's default is 10000.
    """
    if scale > LARGEST_EXACT_SCALE:
        for i in range(out.size):
            out[i] = fixed_point.multiply(a[i], b[i], scale)
        return
    divisor = np.float64(scale)
    for i in range(out.size):
        quotient = np.float64(a[i]) * np.float64(b[i]) / divisor
        out[i] = np.int32(min(max(quotient, _LOWEST), _HIGHEST))


@njit(cache=True, error_model="numpy", nogil=True)
def divide_rows(
    out: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32], scale: int = SCALE
) -> None:
    """Write the fixed-point quotient of every pair, truncated towards zero and saturated.

    Parameters
    ----------
    out : ndarray of int32, shape (n,), scaled by ``scale``
        May be ``a`` or ``b``.
    a, b : ndarray of int32, shape (n,), scaled by ``scale``
        Dividends and divisors. A division by zero gives the largest int32 for ``a >= 0`` and the
        smallest for ``a < 0``.
    scale : int32
        Positive; the validator's default is 10000.
    """
    if scale > LARGEST_EXACT_SCALE:
        for i in range(out.size):
            out[i] = fixed_point.divide(a[i], b[i], scale)
        return
    factor = np.float64(scale)
    for i in range(out.size):
        dividend, divisor = np.float64(a[i]), np.float64(b[i])
        quotient = min(max(dividend * factor / divisor, _LOWEST), _HIGHEST)
        limit = _HIGHEST if dividend >= 0 else _LOWEST
        # 0 / 0 is not a number, and is not converted.
        out[i] = np.int32(limit if divisor == 0 else quotient)
