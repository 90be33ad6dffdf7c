import numpy as np
import pytest

from slonana_analysis.measure import roof_kernels
from slonana_analysis.measure.vector_loops import CHAIN, READ_BYTES, TRIAD_BYTES


def test_the_shape_is_that_of_a_processor():
    shape = roof_kernels.compiled_shape()
    assert shape.vector_bytes in {16, 32, 64}
    assert shape.accumulators in {12, 24}


@pytest.mark.parametrize("by", ["triad_batch", "triad_batch_by_halves"])
def test_the_triad_computes_what_it_says(by):
    random = np.random.default_rng(3)
    a, b, c = (random.integers(-9, 9, 4 * TRIAD_BYTES // 8).astype(np.float64) for _ in range(3))
    getattr(roof_kernels, by)((a, b, c), 3)
    done = 3 * TRIAD_BYTES // 8
    np.testing.assert_array_equal(a[:done], (b + 3 * c)[:done])
    assert not np.array_equal(a[done:], (b + 3 * c)[done:])


@pytest.mark.parametrize("trips", [1, 4, 9])
def test_reading_goes_round_and_changes_nothing(trips):
    array = np.arange(4 * READ_BYTES // 8, dtype=np.float64)
    # Whatever lies behind the array must not be touched: the last page of a mapping would fault.
    assert roof_kernels.read_batch(array, trips) >= 0
    assert roof_kernels.read_batch_by_halves(array, trips) >= 0
    np.testing.assert_array_equal(array, np.arange(array.size))


def test_the_chain_makes_all_its_steps():
    # An even number of exclusive-ors undoes itself.
    assert CHAIN % 2 == 0
    assert roof_kernels.chain_batch(5, 3, 7)[1] == 5


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64"])
def test_arithmetic_runs_on_operands_of_any_dtype(dtype):
    if dtype == "int16" and not roof_kernels.compiled_shape().adds_pairs:
        pytest.skip("this processor has no sums of pairs of products")
    assert roof_kernels.multiply_add_batch(np.ones(2, dtype), 2) >= 0
