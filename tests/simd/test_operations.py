"""Every lane of every operation against numpy, which wraps where the processor wraps."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from slonana_analysis.simd import operations as ops
from slonana_analysis.simd.memory import load_int32x8, load_int64x4, store
from tests.simd.compiled import (
    FLOATS,
    INTEGERS,
    TYPES,
    element,
    lanes,
    operands,
    scalar_result,
    vector_result,
)

ARITHMETIC = [
    (ops.add, np.add),
    (ops.subtract, np.subtract),
    (ops.multiply, np.multiply),
    (ops.minimum, np.minimum),
    (ops.maximum, np.maximum),
]
BITWISE = [
    (ops.bit_and, np.bitwise_and),
    (ops.bit_or, np.bitwise_or),
    (ops.bit_xor, np.bitwise_xor),
]
COMPARISONS = [
    (ops.greater, np.greater),
    (ops.less, np.less),
    (ops.equal, np.equal),
    (ops.greater_equal, np.greater_equal),
    (ops.less_equal, np.less_equal),
]
WIDEST = ("int8x32", "int16x16", "int32x8", "int32x16", "int64x4", "int64x8")


def name_of(value):
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("kind", ["int16x16", "int32x8", "int32x16", "int64x4", "float64x4"])
@pytest.mark.parametrize(("ours", "numpy"), ARITHMETIC, ids=name_of)
def test_arithmetic(ours, numpy, kind):
    a, b = operands(kind, 2)
    np.testing.assert_array_equal(
        vector_result(ours, (a, b), (kind, kind), np.empty_like(a)), numpy(a, b)
    )


@pytest.mark.parametrize("kind", ["int32x8", "int64x8"])
@pytest.mark.parametrize(("ours", "numpy"), BITWISE, ids=name_of)
def test_bitwise(ours, numpy, kind):
    a, b = operands(kind, 2)
    np.testing.assert_array_equal(
        vector_result(ours, (a, b), (kind, kind), np.empty_like(a)), numpy(a, b)
    )


@pytest.mark.parametrize("kind", ["int16x16", "int32x8", "int32x16", "int64x4"])
def test_shifts(kind):
    (a,) = operands(kind, 1)
    unsigned = np.dtype(f"u{a.dtype}")
    counts = (np.arange(a.size) % (8 * a.itemsize)).astype(a.dtype)
    out = np.empty_like(a)
    for ours, wanted in (
        (ops.shift_left, np.left_shift(a, counts)),
        (ops.shift_right, np.right_shift(a, counts)),
        (ops.shift_right_logical, (a.view(unsigned) >> counts.view(unsigned)).view(a.dtype)),
    ):
        np.testing.assert_array_equal(vector_result(ours, (a, counts), (kind, kind), out), wanted)


@pytest.mark.parametrize("kind", WIDEST)
def test_saturation(kind):
    a, b = operands(kind, 2)
    limits = np.iinfo(a.dtype)
    exact_sum, exact_difference = a.astype(object) + b, a.astype(object) - b
    for ours, exact in (
        (ops.add_saturating, exact_sum),
        (ops.subtract_saturating, exact_difference),
    ):
        result = vector_result(ours, (a, b), (kind, kind), np.empty_like(a))
        assert result.tolist() == np.clip(exact, limits.min, limits.max).tolist()


@pytest.mark.parametrize("kind", ["int32x8", "int32x16"])
def test_unsigned_extremes(kind):
    a, b = operands(kind, 2)
    unsigned = np.dtype(f"u{a.dtype}")
    for ours, numpy in (
        (ops.maximum_unsigned, np.maximum),
        (ops.minimum_unsigned, np.minimum),
    ):
        result = vector_result(ours, (a, b), (kind, kind), np.empty_like(a))
        np.testing.assert_array_equal(
            result.view(unsigned), numpy(a.view(unsigned), b.view(unsigned))
        )


@pytest.mark.parametrize("kind", ["int32x8", "int64x4", "float64x4"])
def test_absolute_keeps_the_smallest_integer(kind):
    (a,) = operands(kind, 1)
    with np.errstate(over="ignore"):
        wanted = np.abs(a)
    np.testing.assert_array_equal(
        vector_result(ops.absolute, (a,), (kind,), np.empty_like(a)), wanted
    )


@pytest.mark.parametrize("kind", FLOATS)
def test_floats(kind):
    a, b, c = operands(kind, 3)
    kinds = (kind, kind)
    np.testing.assert_array_equal(vector_result(ops.divide, (a, b), kinds, np.empty_like(a)), a / b)
    np.testing.assert_array_equal(
        vector_result(ops.floor, (a,), kinds[:1], np.empty_like(a)), np.floor(a)
    )
    np.testing.assert_array_equal(
        vector_result(ops.truncate, (a,), kinds[:1], np.empty_like(a)), np.trunc(a)
    )
    fused = vector_result(ops.fused_multiply_add, (a, b, c), (*kinds, kind), np.empty_like(a))
    np.testing.assert_allclose(fused, a.astype(np.longdouble) * b + c, rtol=1e-6)


def test_fused_multiply_add_rounds_once():
    ones = np.ones(4)
    tiny = np.full(4, 2.0**-30)
    a = ones + tiny
    # The product is 1 + 2^-29 + 2^-60; rounded first, the last term would be lost.
    out = np.empty(4)
    vector_result(ops.fused_multiply_add, (a, a, -ones), ("float64x4",) * 3, out)
    np.testing.assert_array_equal(out, 2.0**-29 + 2.0**-60)


@pytest.mark.parametrize("kind", ["int16x16", "int32x8", "int32x16", "float64x4"])
@pytest.mark.parametrize(("ours", "numpy"), COMPARISONS, ids=name_of)
def test_comparisons_and_selection(ours, numpy, kind):
    a, b = operands(kind, 2)
    b[::3] = a[::3]

    @njit
    def chosen(x, y):
        return ops.select(ours(x, y), x, y)

    np.testing.assert_array_equal(
        vector_result(chosen, (a, b), (kind, kind), np.empty_like(a)), np.where(numpy(a, b), a, b)
    )


@pytest.mark.parametrize("kind", ["int8x64", "int16x32", "int32x8", "int64x4"])
def test_masks_as_bits(kind):
    a = np.zeros(lanes(kind), element(kind))
    a[1] = a[-1] = -1

    def bits(array):
        @njit
        def negative(x):
            return ops.to_bits(ops.less(x, ops.splat_like(0, x)))

        return scalar_result(negative, array, kind)

    assert bits(a) == np.array((1 << lanes(kind) - 1) | 2, np.uint64).view(np.int64)
    assert bits(np.full_like(a, -1)) == np.array(2 ** lanes(kind) - 1, np.uint64).view(np.int64)


@pytest.mark.parametrize(
    ("negatives", "every", "some"), [(0, False, False), (3, False, True), (8, True, True)]
)
def test_masks_as_truths(negatives, every, some):
    @njit
    def truths(a):
        mask = ops.less(load_int32x8(a, 0), ops.splat_int32x8(0))
        return ops.all_true(mask), ops.any_true(mask)

    a = np.zeros(8, np.int32)
    a[:negatives] = -5
    assert truths(a) == (every, some)


@pytest.mark.parametrize("kind", TYPES)
def test_splats(kind):
    splat = getattr(ops, f"splat_{kind}")

    @njit
    def fill(out, value):
        store(out, 0, splat(value))

    out = np.zeros(lanes(kind), element(kind))
    fill(out, element(kind).type(-7))
    np.testing.assert_array_equal(out, -7)


@pytest.mark.parametrize("kind", INTEGERS[:1])
def test_a_splat_converts_its_scalar(kind):
    @njit
    def fill(out):
        store(out, 0, ops.splat_int8x16(300))

    out = np.zeros(lanes(kind), np.int8)
    fill(out)
    np.testing.assert_array_equal(out, 300 - 256)


def test_vectors_of_different_types_do_not_mix():
    @njit
    def mixed(a):
        return ops.all_true(ops.equal(load_int32x8(a, 0), load_int64x4(a, 0)))

    with pytest.raises(TypingError, match="equal takes int32x8 here, not int64x4"):
        mixed(np.zeros(8, np.int32))


def test_integers_are_not_divided():
    @njit
    def divided(a):
        v = load_int32x8(a, 0)
        store(a, 0, ops.divide(v, v))

    with pytest.raises(TypingError, match="no such instruction for int32x8"):
        divided(np.ones(8, np.int32))
