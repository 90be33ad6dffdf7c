"""The multiplications of int16 and int32 against numpy, at the values where they wrap."""

import numpy as np
import pytest
from numba.core.errors import TypingError

from slonana_analysis.simd import multiply
from tests.simd.compiled import operands, vector_result

INT16 = ("int16x8", "int16x16", "int16x32")


def pairs(a, b):
    products = a.astype(np.int64) * b
    return (products[::2] + products[1::2]).astype(np.int32)


@pytest.mark.parametrize("kind", INT16)
def test_pairs_of_products(kind):
    a, b = operands(kind, 2)
    out = np.empty(a.size // 2, np.int32)
    ours = vector_result(multiply.multiply_add_pairs, (a, b), (kind, kind), out)
    np.testing.assert_array_equal(ours, pairs(a, b))


@pytest.mark.parametrize("kind", INT16)
def test_the_one_pair_that_wraps(kind):
    smallest = np.full(int(kind.partition("x")[2]), -32768, np.int16)
    out = np.empty(smallest.size // 2, np.int32)
    vector_result(multiply.multiply_add_pairs, (smallest, smallest), (kind, kind), out)
    np.testing.assert_array_equal(out, -(2**31))


@pytest.mark.parametrize("kind", INT16)
def test_pairs_are_added_to_sums_that_wrap(kind):
    a, b = operands(kind, 2)
    sums_kind = f"int32x{a.size // 2}"
    (sums,) = operands(sums_kind, 1, seed=7)
    ours = vector_result(
        multiply.multiply_add_pairs_into, (sums, a, b), (sums_kind, kind, kind), sums.copy()
    )
    np.testing.assert_array_equal(ours, sums + pairs(a, b))


@pytest.mark.parametrize("kind", INT16)
def test_upper_halves_of_products(kind):
    a, b = operands(kind, 2)
    ours = vector_result(multiply.multiply_high, (a, b), (kind, kind), np.empty_like(a))
    np.testing.assert_array_equal(ours, (a.astype(np.int32) * b) >> 16)


@pytest.mark.parametrize("kind", ["int32x4", "int32x8", "int32x16"])
def test_wide_products_of_even_lanes(kind):
    a, b = operands(kind, 2)
    out = np.empty(a.size // 2, np.int64)
    ours = vector_result(multiply.multiply_wide, (a, b), (kind, kind), out)
    np.testing.assert_array_equal(ours, a[::2].astype(np.int64) * b[::2])


def test_other_elements_are_refused():
    a, b = operands("int32x8", 2)
    with pytest.raises(TypingError, match="int16 vectors are multiplied here, not int32x8"):
        vector_result(multiply.multiply_add_pairs, (a, b), ("int32x8",) * 2, np.empty(4, np.int32))
