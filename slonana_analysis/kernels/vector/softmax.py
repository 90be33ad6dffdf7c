"""Softmax in vector instructions, at the validator's scale of 10000.

The parabola and the shares are computed in float64, which is exact here. The square of a distance
is below 2^32; its quotient by 20000 is off by 3e-11 at most and, where it is no integer, at least
5e-5 from one, so a millionth added before rounding down changes nothing else. The parabola is never
below 5000. A share is off by 3e-12 at most and at least 1 / 1,360,000 from the next integer. Where
a difference wraps in int32 these bounds do not hold, and the portable code does the work.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MIN
from slonana_analysis.kernels.softmax import CUT_OFF, softmax_of
from slonana_analysis.kernels.vector.out_of_line import out_of_line
from slonana_analysis.simd.lanes import (
    high,
    join,
    low,
    reduce_add_pairwise,
    reduce_maximum,
    to_float64,
    to_int32,
)
from slonana_analysis.simd.masked import load_first_int32x8, load_first_int32x16, store_first
from slonana_analysis.simd.memory import as_int32, load_int32x8, store
from slonana_analysis.simd.operations import (
    add,
    any_true,
    floor,
    fused_multiply_add,
    greater,
    lane_numbers_int32x8,
    lane_numbers_int32x16,
    less,
    multiply,
    select,
    splat_float64x8,
    splat_int32x8,
    splat_int32x16,
    subtract,
)
from slonana_analysis.simd.vectors import Lanes, Memory

_EIGHT, _SIXTEEN = 8, 16
BEFORE_FLOOR = 1e-6
BEFORE_TRUNCATION = 1e-7
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
    if count == _EIGHT:
        done = _of_eight(out, values)
    elif 0 < count < _EIGHT:
        done = _of_fewer(out, values, count)
    elif _EIGHT < count <= _SIXTEEN:
        done = _of_more(out, values, count)
    else:
        done = False
    if not done:
        out_of_line(_portable, out, values, count)


@njit(cache=True, error_model="numpy", nogil=True)
def _portable(out: Memory, values: Memory, count: int | np.int64) -> None:
    softmax_of(out, values, count, np.int64(SCALE))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _of_eight(out: Memory, values: Memory) -> bool:
    """Return whether it was possible, as the two below do."""
    lanes = load_int32x8(values, 0)
    distances = subtract(lanes, splat_int32x8(reduce_maximum(lanes)))
    if any_true(greater(distances, splat_int32x8(0))):
        return False
    exponentials = exponentials_of(distances)
    store(out, 0, _shares(exponentials, reduce_add_pairwise(exponentials)))
    return True


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _of_fewer(out: Memory, values: Memory, count: int | np.int64) -> bool:
    """One vector with lanes that hold no value: they count 1 each, and are not stored."""
    held = greater(splat_int32x8(count), lane_numbers_int32x8())
    lanes = load_first_int32x8(as_int32(values, 0), count)
    most = reduce_maximum(select(held, lanes, splat_int32x8(INT32_MIN)))
    distances = select(held, subtract(lanes, splat_int32x8(most)), splat_int32x8(_FAR))
    if any_true(greater(distances, splat_int32x8(0))):
        return False
    exponentials = exponentials_of(distances)
    total = reduce_add_pairwise(exponentials) - np.float64(_EIGHT - count)
    store_first(as_int32(out, 0), count, _shares(exponentials, total))
    return True


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _of_more(out: Memory, values: Memory, count: int | np.int64) -> bool:
    """As `_of_fewer`, with twice the lanes."""
    held = greater(splat_int32x16(count), lane_numbers_int32x16())
    lanes = load_first_int32x16(as_int32(values, 0), count)
    most = reduce_maximum(select(held, lanes, splat_int32x16(INT32_MIN)))
    distances = select(held, subtract(lanes, splat_int32x16(most)), splat_int32x16(_FAR))
    if any_true(greater(distances, splat_int32x16(0))):
        return False
    first, second = exponentials_of(low(distances)), exponentials_of(high(distances))
    total = reduce_add_pairwise(add(first, second)) - np.float64(_SIXTEEN - count)
    store_first(as_int32(out, 0), count, join(_shares(first, total), _shares(second, total)))
    return True


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def exponentials_of(distances: Lanes) -> Lanes:
    """Return as float64 what the validator takes for ``exp`` of eight distances, none above 0."""
    x = to_float64(distances)
    half_square = fused_multiply_add(
        multiply(x, x), splat_float64x8(0.5 / SCALE), splat_float64x8(BEFORE_FLOOR)
    )
    parabola = add(add(splat_float64x8(SCALE), x), floor(half_square))
    beyond = less(distances, splat_int32x8(-CUT_OFF * SCALE))
    return select(beyond, splat_float64x8(1.0), parabola)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _shares(exponentials: Lanes, total: np.float64) -> Lanes:
    factor = splat_float64x8(np.float64(SCALE) / total)
    return to_int32(fused_multiply_add(exponentials, factor, splat_float64x8(BEFORE_TRUNCATION)))
