import numpy as np
import pytest

from slonana_analysis.measure.hazards.arrays import flat_bytes, other_values, result_bytes

DTYPES = ["?", "i1", "u1", "i4", "u8", "i8", "f2", "f4", "f8", "c16", "S3", "i2,f4"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_two_fillings_differ_in_every_element(dtype):
    array = np.zeros((5, 60), dtype)
    low, high = other_values(array)
    assert low.shape == high.shape == array.shape
    assert low.dtype == high.dtype == array.dtype
    assert (flat_bytes(low) != flat_bytes(high)).any(axis=1).all()


def test_bytes_of_elements_are_a_view_where_they_can_be():
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    assert flat_bytes(array).shape == (6, 2)
    assert np.shares_memory(flat_bytes(array), array)
    assert flat_bytes(array[:, ::2]).tobytes() == array[:, ::2].tobytes()


def test_results_of_kernels_as_bytes():
    assert result_bytes(None) == b""
    assert result_bytes((None, ())) == b""
    assert result_bytes((1, np.array([2]))) == np.array([1, 2]).tobytes()
    assert result_bytes(1.0) != result_bytes(1)
