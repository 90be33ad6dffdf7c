"""Fixed-point numbers: an int32 that stands for ``value / scale``."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN

SCALE = 10_000
HIGH_PRECISION_SCALE = 1_000_000
LOW_PRECISION_SCALE = 100
INT8_SCALE = 127


@njit(cache=True, error_model="numpy", nogil=True)
def saturate(value: np.int64) -> np.int32:
    """Return an int64 clamped to the range of int32."""
    return np.int32(min(max(value, np.int64(INT32_MIN)), np.int64(INT32_MAX)))


@njit(cache=True, error_model="numpy", nogil=True)
def _truncated_quotient(numerator: np.int64, denominator: np.int64) -> np.int64:
    # The validator divides as C does, towards zero; // rounds down.
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


@njit(cache=True, error_model="numpy", nogil=True)
def multiply(a: np.int32, b: np.int32, scale: int = SCALE) -> np.int32:
    """Return the product of two fixed-point numbers, truncated towards zero and saturated.

    Parameters
    ----------
    a, b : int32
        Factors, both scaled by ``scale``.
    scale : int32
        Positive; the validator's default is 10000.

    Returns
    -------
    int32
        ``a * b / scale``, clamped to the range of int32.
    """
    return saturate(_truncated_quotient(np.int64(a) * np.int64(b), np.int64(scale)))


@njit(cache=True, error_model="numpy", nogil=True)
def divide(a: np.int32, b: np.int32, scale: int = SCALE) -> np.int32:
    """Return the quotient of two fixed-point numbers, truncated towards zero and saturated.

    Parameters
    ----------
    a, b : int32
        Dividend and divisor, both scaled by ``scale``.
    scale : int32
        Positive; the validator's default is 10000.

    Returns
    -------
    int32
        ``a * scale / b``, clamped to the range of int32. A division by zero gives the largest
        int32 for ``a >= 0`` (so 0 / 0 does too) and the smallest for ``a < 0``.
    """
    if b == 0:
        return np.int32(INT32_MAX) if a >= 0 else np.int32(INT32_MIN)
    return saturate(_truncated_quotient(np.int64(a) * np.int64(scale), np.int64(b)))


@njit(cache=True, error_model="numpy", nogil=True)
def from_float(value: np.float32, scale: int = SCALE) -> np.int32:
    """Return a float32 as a fixed-point number, truncated towards zero.

    Parameters
    ----------
    value : float32
        Multiplied by ``scale`` in float32, as the validator does.
    scale : int32
        Positive; the validator's default is 10000.

    Returns
    -------
    int32
        Where the product is no int32 (or not a number) C++ leaves the result undefined; this
        gives the smallest int32, as an x86 processor does.
    """
    product = np.float32(value) * np.float32(scale)
    if np.float32(INT32_MIN) <= product < np.float32(2.0**31):
        return np.int32(product)
    return np.int32(INT32_MIN)


@njit(cache=True, error_model="numpy", nogil=True)
def to_float(value: np.int32, scale: int = SCALE) -> np.float32:
    """Return a fixed-point number as float32.

    Parameters
    ----------
    value : int32
        Scaled by ``scale``.
    scale : int32
        Positive; the validator's default is 10000.

    Returns
    -------
    float32
        Both numbers rounded to float32, then divided in float32.
    """
    return np.float32(value) / np.float32(scale)
