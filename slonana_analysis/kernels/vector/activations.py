"""The activations in vector instructions, at the validator's scale of 10000.

Each computes what its namesake in `slonana_analysis.kernels.activations` does, for every int32.
``out`` and ``values`` are arrays of int32 of any equal length, or pointers with a count; they may
be the same memory.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MIN, MAX_OUTPUTS
from slonana_analysis.simd.lanes import (
    narrow_saturating,
    reduce_maximum,
    reinterpret_int32,
    shuffler,
    unpack_high,
    unpack_low,
)
from slonana_analysis.simd.masked import load_first_int32x8, load_first_int32x16, store_first
from slonana_analysis.simd.memory import as_int32, load_int32x8, store
from slonana_analysis.simd.multiply import multiply_high
from slonana_analysis.simd.operations import (
    add,
    equal,
    greater,
    lane_numbers_int32x16,
    maximum,
    minimum,
    select,
    shift_right,
    splat_int16x16,
    splat_int32x8,
    splat_int32x16,
    subtract,
    to_bits,
    trailing_zeros,
)
from slonana_analysis.simd.vectors import Lanes, Memory

BENCHMARKED = 64
"""The length that the validator's benchmark times, and its widest layer: no loop, no tail."""

_LANES = 8
_other_half = shuffler([4, 5, 6, 7, 0, 1, 2, 3])
_other_quarter = shuffler([2, 3, 0, 1, 6, 7, 4, 5])
_other_lane = shuffler([1, 0, 3, 2, 5, 4, 7, 6])
_LEAK_BITS = 7
_LIMIT = 3 * SCALE
# 10923 / 65536 is a sixth, near enough for whole sixths of anything up to 30000.
_SIXTH = 10_923


@njit(cache=True, error_model="numpy", nogil=True)
def relu(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write ``max(value, 0)`` of every value; arrays of int32, shape (n,)."""
    relu_of(out, values, values.size)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def relu_of(out: Memory, values: Memory, count: int | np.int64) -> None:
    """Do what `relu` does with the first ``count`` values."""
    if count == BENCHMARKED:
        for i in range(0, BENCHMARKED, _LANES):
            _relu_to(out, values, i)
        return
    whole = count & -_LANES
    for i in range(0, whole, _LANES):
        _relu_to(out, values, i)
    if whole < count:
        last = load_first_int32x8(as_int32(values, whole), count - whole)
        store_first(as_int32(out, whole), count - whole, _rectified(last))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _relu_to(out: Memory, values: Memory, i: int) -> None:
    store(out, i, _rectified(load_int32x8(values, i)))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _rectified(x: Lanes) -> Lanes:
    return maximum(x, splat_int32x8(0))


@njit(cache=True, error_model="numpy", nogil=True)
def leaky_relu(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write every value, the negative ones divided by 128 and rounded down; shape (n,)."""
    leaky_relu_of(out, values, values.size)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def leaky_relu_of(out: Memory, values: Memory, count: int | np.int64) -> None:
    """Do what `leaky_relu` does with the first ``count`` values."""
    if count == BENCHMARKED:
        for i in range(0, BENCHMARKED, _LANES):
            _leaky_relu_to(out, values, i)
        return
    whole = count & -_LANES
    for i in range(0, whole, _LANES):
        _leaky_relu_to(out, values, i)
    if whole < count:
        last = load_first_int32x8(as_int32(values, whole), count - whole)
        store_first(as_int32(out, whole), count - whole, _leaking(last))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _leaky_relu_to(out: Memory, values: Memory, i: int) -> None:
    store(out, i, _leaking(load_int32x8(values, i)))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _leaking(x: Lanes) -> Lanes:
    # Shifting brings a value nearer to zero: above a negative one, below a positive one.
    return maximum(x, shift_right(x, splat_int32x8(_LEAK_BITS)))


@njit(cache=True, error_model="numpy", nogil=True)
def sigmoid(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write the validator's sigmoid of every value at scale 10000; shape (n,)."""
    sigmoid_values(out, values, values.size)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _sigmoids(a: Lanes, b: Lanes) -> Lanes:
    """Sigmoids of sixteen int32 as int16, in the order in which narrowing leaves them."""
    x = minimum(narrow_saturating(a, b), splat_int16x16(_LIMIT))
    x = maximum(x, splat_int16x16(-_LIMIT))
    # The product is rounded down; one more makes a negative sixth truncated, as C divides.
    sixth = subtract(multiply_high(x, splat_int16x16(_SIXTH)), shift_right(x, splat_int16x16(15)))
    return add(sixth, splat_int16x16(SCALE // 2))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _sigmoids_to(out: Memory, values: Memory, i: int) -> None:
    a, b = _widened(_sigmoids(load_int32x8(values, i), load_int32x8(values, i + _LANES)))
    store(out, i, a)
    store(out, i + _LANES, b)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _widened(x: Lanes) -> tuple[Lanes, Lanes]:
    """Undo narrowing."""
    sign = shift_right(x, splat_int16x16(15))
    return reinterpret_int32(unpack_low(x, sign)), reinterpret_int32(unpack_high(x, sign))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _last_sixteen(values: Memory, i: int | np.int64, count: int | np.int64) -> tuple[Lanes, Lanes]:
    """Load what is left from ``i`` on, as two vectors; zero where nothing is."""
    first = load_first_int32x8(as_int32(values, i), count - i)
    return first, load_first_int32x8(as_int32(values, i + _LANES), count - i - _LANES)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _store_last(out: Memory, i: int | np.int64, count: int | np.int64, a: Lanes, b: Lanes) -> None:
    store_first(as_int32(out, i), count - i, a)
    store_first(as_int32(out, i + _LANES), count - i - _LANES, b)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def sigmoid_values(out: Memory, values: Memory, count: int | np.int64) -> None:
    """Do what `sigmoid` does with the first ``count`` values."""
    if count == BENCHMARKED:
        for i in range(0, BENCHMARKED, 2 * _LANES):
            _sigmoids_to(out, values, i)
        return
    whole = count & -(2 * _LANES)
    for i in range(0, whole, 2 * _LANES):
        _sigmoids_to(out, values, i)
    if whole < count:
        a, b = _last_sixteen(values, whole, count)
        first, second = _widened(_sigmoids(a, b))
        _store_last(out, whole, count, first, second)


@njit(cache=True, error_model="numpy", nogil=True)
def tanh(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write the validator's tanh of every value at scale 10000; shape (n,)."""
    tanh_values(out, values, values.size)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _tanhs(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    # Twice a value wraps, and only then is clamped.
    s = _sigmoids(add(a, a), add(b, b))
    return _widened(subtract(add(s, s), splat_int16x16(SCALE)))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _tanhs_to(out: Memory, values: Memory, i: int) -> None:
    a, b = _tanhs(load_int32x8(values, i), load_int32x8(values, i + _LANES))
    store(out, i, a)
    store(out, i + _LANES, b)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def tanh_values(out: Memory, values: Memory, count: int | np.int64) -> None:
    """Do what `tanh` does with the first ``count`` values."""
    if count == BENCHMARKED:
        for i in range(0, BENCHMARKED, 2 * _LANES):
            _tanhs_to(out, values, i)
        return
    whole = count & -(2 * _LANES)
    for i in range(0, whole, 2 * _LANES):
        _tanhs_to(out, values, i)
    if whole < count:
        a, b = _last_sixteen(values, whole, count)
        first, second = _tanhs(a, b)
        _store_last(out, whole, count, first, second)


@njit(cache=True, error_model="numpy", nogil=True)
def argmax(values: NDArray[np.int32]) -> int:
    """Return where the first maximum of the first 16 values stands; 0 for no value."""
    position: int = argmax_of(values, values.size)
    return position


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def argmax_of(values: Memory, count: int | np.int64) -> int:
    """Do what `argmax` does with the first ``count`` values."""
    used = min(count, MAX_OUTPUTS)
    if used < 1:
        return 0
    if used == MAX_OUTPUTS:
        a, b = load_int32x8(values, 0), load_int32x8(values, _LANES)
        # The maximum stays in a register: through a scalar it would take six cycles more.
        most = maximum(a, b)
        most = maximum(most, _other_half(most, most))
        most = maximum(most, _other_quarter(most, most))
        most = maximum(most, _other_lane(most, most))
        bits = to_bits(equal(a, most)) | (to_bits(equal(b, most)) << _LANES)
    else:
        lanes = _known(values, used)
        bits = to_bits(equal(lanes, splat_int32x16(reduce_maximum(lanes))))
    first: int = trailing_zeros(bits)
    return first


@njit(cache=True, error_model="numpy", nogil=True)
def largest(values: NDArray[np.int32]) -> np.int32:
    """Return the maximum of the first 16 values; 0 for no value."""
    used = min(values.size, MAX_OUTPUTS)
    return reduce_maximum(_known(values, used)) if used > 0 else np.int32(0)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _known(values: Memory, used: int | np.int64) -> Lanes:
    """Load the values, with the smallest int32 in lanes past them."""
    return select(
        greater(splat_int32x16(used), lane_numbers_int32x16()),
        load_first_int32x16(as_int32(values, 0), used),
        splat_int32x16(INT32_MIN),
    )
