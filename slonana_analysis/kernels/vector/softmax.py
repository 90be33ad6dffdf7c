"""Softmax in vector instructions, at the validator's scale of 10000.

The parabola and the shares are computed in float64, which is exact here. The square of a distance
is below 2^32; its quotient by 20000 is off by 2e-11 at most and, where it is no integer, at least
5e-5 from one, so a millionth added before rounding down changes nothing else. A share is off by
3e-12 at most and at least 1 / 1,360,000 from the next integer. Where a difference wraps in int32
these bounds do not hold, and the portable code does the work.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MIN, MAX_OUTPUTS
from slonana_analysis.kernels.softmax import CUT_OFF, softmax_of
from slonana_analysis.simd.lanes import (
    high,
    join,
    low,
    reduce_add_pairwise,
    reduce_maximum,
    to_float64,
    to_int32,
)
from slonana_analysis.simd.masked import load_first_int32x8, store_first
from slonana_analysis.simd.memory import as_int32, load_int32x8, store
from slonana_analysis.simd.operations import (
    add,
    any_true,
    floor,
    fused_multiply_add,
    greater,
    lane_numbers_int32x8,
    less,
    maximum,
    multiply,
    select,
    splat_float64x4,
    splat_int32x8,
    subtract,
)
from slonana_analysis.simd.vectors import Lanes, Memory

_LANES = 8
_BEFORE_FLOOR = 1e-6
_BEFORE_TRUNCATION = 1e-7
# Distances past the cut-off, as lanes without a value get.
_FAR = -(CUT_OFF * SCALE + 1)


@njit(cache=True, error_model="numpy", nogil=True)
def softmax(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Do what `slonana_analysis.kernels.softmax.softmax` does at scale 10000.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,), scaled by 10000
        They may be the same array.
    """
    softmax_values(out, values, values.size)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def softmax_values(out: Memory, values: Memory, count: int | np.int64) -> None:
    """Do what `softmax` does with the first ``count`` values."""
    if count == _LANES:
        done = _of_eight(out, values)
    elif 0 < count <= MAX_OUTPUTS:
        done = _of_few(out, values, count)
    else:
        done = False
    if not done:
        softmax_of(out, values, count, np.int64(SCALE))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _of_eight(out: Memory, values: Memory) -> bool:
    lanes = load_int32x8(values, 0)
    distances = subtract(lanes, splat_int32x8(reduce_maximum(lanes)))
    if any_true(greater(distances, splat_int32x8(0))):
        return False
    first, second = _exponentials(low(distances)), _exponentials(high(distances))
    factor = _factor(reduce_add_pairwise(add(first, second)))
    store(out, 0, join(_shares(first, factor), _shares(second, factor)))
    return True


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _of_few(out: Memory, values: Memory, count: int | np.int64) -> bool:
    """Two vectors, some of whose lanes may hold no value: those neither count nor are stored."""
    a = load_first_int32x8(as_int32(values, 0), count)
    b = load_first_int32x8(as_int32(values, _LANES), count - _LANES)
    held_a = greater(splat_int32x8(count), lane_numbers_int32x8())
    held_b = greater(splat_int32x8(count - _LANES), lane_numbers_int32x8())
    lowest = splat_int32x8(INT32_MIN)
    most = reduce_maximum(maximum(select(held_a, a, lowest), select(held_b, b, lowest)))
    x = select(held_a, subtract(a, splat_int32x8(most)), splat_int32x8(_FAR))
    y = select(held_b, subtract(b, splat_int32x8(most)), splat_int32x8(_FAR))
    if any_true(greater(maximum(x, y), splat_int32x8(0))):
        return False
    parts = (
        _exponentials(low(x)),
        _exponentials(high(x)),
        _exponentials(low(y)),
        _exponentials(high(y)),
    )
    total = reduce_add_pairwise(add(add(parts[0], parts[1]), add(parts[2], parts[3])))
    # Each lane without a value counted 1.
    factor = _factor(total - np.float64(2 * _LANES - count))
    first = join(_shares(parts[0], factor), _shares(parts[1], factor))
    second = join(_shares(parts[2], factor), _shares(parts[3], factor))
    store_first(as_int32(out, 0), count, first)
    store_first(as_int32(out, _LANES), count - _LANES, second)
    return True


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _exponentials(distances: Lanes) -> Lanes:
    x = to_float64(distances)
    half_square = fused_multiply_add(
        multiply(x, x), splat_float64x4(0.5 / SCALE), splat_float64x4(_BEFORE_FLOOR)
    )
    parabola = add(add(splat_float64x4(SCALE), x), floor(half_square))
    one = splat_float64x4(1.0)
    beyond = less(x, splat_float64x4(-CUT_OFF * SCALE))
    return select(beyond, one, maximum(parabola, one))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _factor(total: np.float64) -> Lanes:
    return splat_float64x4(np.float64(SCALE) / total)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _shares(exponentials: Lanes, factor: Lanes) -> Lanes:
    return to_int32(fused_multiply_add(exponentials, factor, splat_float64x4(_BEFORE_TRUNCATION)))
