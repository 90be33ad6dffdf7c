import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.simd.aligned import aligned_copy, aligned_empty


@given(
    st.lists(st.integers(0, 9), max_size=3).map(tuple),
    st.sampled_from(["int8", "int32", "float64"]),
    st.sampled_from([1, 16, 64, 4096]),
)
def test_any_array_begins_where_it_should(shape, dtype, alignment):
    array = aligned_empty(shape, dtype, alignment)
    assert array.shape == shape
    assert array.dtype == dtype
    # An array without elements has no address: numpy makes one up.
    assert array.size == 0 or array.ctypes.data % alignment == 0
    assert array.flags.c_contiguous
    assert array.flags.writeable


def test_a_copy_holds_the_values_and_shares_nothing():
    values = np.arange(24, dtype=np.int16).reshape(4, 6)[:, ::2]
    copy = aligned_copy(values)
    np.testing.assert_array_equal(copy, values)
    copy[0, 0] = 99
    assert values[0, 0] == 0


def test_structured_records_keep_their_layout():
    node = np.dtype([("feature", "<i2"), ("threshold", "<i4")], align=True)
    assert aligned_empty(3, node).dtype == node


@pytest.mark.parametrize("alignment", [0, -64, 48])
def test_an_alignment_must_be_a_power_of_two(alignment):
    with pytest.raises(ValueError, match="power of two"):
        aligned_empty(4, np.int32, alignment)


def test_python_objects_are_refused():
    with pytest.raises(ValueError, match="Python objects"):
        aligned_empty(4, object)
