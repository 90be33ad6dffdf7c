"""Shuffles, reductions and conversions against numpy."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from slonana_analysis.simd import lanes as across
from slonana_analysis.simd.memory import load_int32x8, store
from tests.simd.compiled import element, lanes, operands, scalar_result, vector_result

OUT_OF_ORDER = across.shuffler((15, 0, 8, 3))
BEYOND = across.shuffler((16, 0))


def registers(array):
    """The array by 128-bit registers."""
    return array.reshape(-1, 16 // array.itemsize)


@pytest.mark.parametrize("kind", ["int16x16", "int32x8", "int32x16", "int64x4", "float64x8"])
def test_halves(kind):
    a, b = operands(kind, 2)
    half = a.size // 2
    out = np.empty(half, a.dtype)
    np.testing.assert_array_equal(vector_result(across.low, (a,), (kind,), out), a[:half])
    np.testing.assert_array_equal(vector_result(across.high, (a,), (kind,), out), a[half:])
    joined = vector_result(across.join, (a, b), (kind, kind), np.empty(2 * a.size, a.dtype))
    np.testing.assert_array_equal(joined, np.concatenate([a, b]))


@pytest.mark.parametrize("kind", ["int8x32", "int16x16", "int32x8", "int32x16", "int64x4"])
@pytest.mark.parametrize("second", [False, True])
def test_unpacking_stays_within_registers(kind, second):
    a, b = operands(kind, 2)
    half = registers(a).shape[1] // 2
    part = slice(half, None) if second else slice(half)
    wanted = np.stack([registers(a)[:, part], registers(b)[:, part]], axis=2).reshape(-1)
    unpack = across.unpack_high if second else across.unpack_low
    np.testing.assert_array_equal(
        vector_result(unpack, (a, b), (kind, kind), np.empty_like(a)), wanted
    )


def test_shuffles_number_the_lanes_of_both():
    a, b = operands("int32x8", 2)
    out = vector_result(OUT_OF_ORDER, (a, b), ("int32x8",) * 2, np.empty(4, np.int32))
    np.testing.assert_array_equal(out, np.concatenate([a, b])[[15, 0, 8, 3]])


def test_a_lane_that_neither_has():
    @njit
    def shuffled(a):
        v = load_int32x8(a, 0)
        store(a, 0, BEYOND(v, v))

    with pytest.raises(TypingError, match="two int32x8 have no lane 16"):
        shuffled(np.zeros(8, np.int32))


@pytest.mark.parametrize(
    "kind", ["int16x8", "int16x16", "int16x32", "int32x4", "int32x8", "int32x16", "int64x4"]
)
def test_permutation_wraps_its_indices(kind):
    (a,) = operands(kind, 1)
    random = np.random.default_rng(1)
    indices = random.integers(0, 2 * a.size, a.size).astype(a.dtype)
    out = vector_result(across.permute, (a, indices), (kind, kind), np.empty_like(a))
    np.testing.assert_array_equal(out, a[indices % a.size])


@pytest.mark.parametrize("kind", ["int16x16", "int32x8", "int32x16", "int64x8"])
def test_reductions(kind):
    (a,) = operands(kind, 1)
    unsigned = np.dtype(f"u{a.dtype}")
    wanted = {
        across.reduce_add: np.add.reduce(a, dtype=a.dtype),
        across.reduce_maximum: a.max(),
        across.reduce_minimum: a.min(),
        across.reduce_or: np.bitwise_or.reduce(a),
        across.reduce_maximum_unsigned: a.view(unsigned).max().view(a.dtype),
    }
    for reduction, expected in wanted.items():
        assert scalar_result(reduction, a, kind) == expected


def test_float_reductions():
    (a,) = operands("float64x4", 1)
    assert scalar_result(across.reduce_maximum, a, "float64x4") == a.max()
    assert scalar_result(across.reduce_minimum, a, "float64x4") == a.min()
    with pytest.raises(TypingError, match="no such reduction of float64x4"):
        scalar_result(across.reduce_add, a, "float64x4")


@pytest.mark.parametrize("kind", ["int32x4", "int32x8"])
def test_conversion_to_float_and_back_truncates(kind):
    (a,) = operands(kind, 1)
    out = np.empty(a.size)
    np.testing.assert_array_equal(vector_result(across.to_float64, (a,), (kind,), out), a)
    b = np.linspace(-2.9, 2.9, lanes("float64x4"))
    truncated = vector_result(across.to_int32, (b,), ("float64x4",), np.empty(4, np.int32))
    np.testing.assert_array_equal(truncated, b.astype(np.int32))


@pytest.mark.parametrize("kind", ["int8x16", "int16x16", "int32x4", "int32x8"])
def test_widening_and_narrowing(kind):
    (a,) = operands(kind, 1)
    wide = np.dtype(f"i{2 * a.itemsize}")
    np.testing.assert_array_equal(
        vector_result(across.widen, (a,), (kind,), np.empty(a.size, wide)), a
    )
    wide_kind = f"int{16 * a.itemsize}x{a.size}"
    (b,) = operands(wide_kind, 1)
    np.testing.assert_array_equal(
        vector_result(across.narrow, (b,), (wide_kind,), np.empty(b.size, a.dtype)),
        b.astype(a.dtype),
    )


@pytest.mark.parametrize(
    "kind", ["int16x8", "int16x16", "int16x32", "int32x4", "int32x8", "int32x16"]
)
def test_saturated_narrowing_alternates_by_registers(kind):
    a, b = operands(kind, 2)
    a[0], b[0] = 100, -100
    narrow = np.dtype(f"i{a.itemsize // 2}")
    limits = np.iinfo(narrow)
    parts = [registers(np.clip(each, limits.min, limits.max)) for each in (a, b)]
    wanted = np.concatenate(parts, axis=1).reshape(-1).astype(narrow)
    out = np.empty(2 * a.size, narrow)
    np.testing.assert_array_equal(
        vector_result(across.narrow_saturating, (a, b), (kind, kind), out), wanted
    )


@pytest.mark.parametrize("wanted", ["int8", "int16", "int32", "int64", "float32", "float64"])
def test_reinterpretation_keeps_the_bits(wanted):
    (a,) = operands("int32x8", 1)
    out = np.empty(32 // np.dtype(wanted).itemsize, wanted)
    reinterpret = getattr(across, f"reinterpret_{wanted}")
    vector_result(reinterpret, (a,), ("int32x8",), out)
    assert out.tobytes() == a.tobytes()


def test_the_elements_of_a_kind():
    assert (element("int32x8"), lanes("int32x8")) == (np.int32, 8)
