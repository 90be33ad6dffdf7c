import numpy as np
import pytest

from slonana_analysis.measure.counts.other_data import on_other_data, resampled
from slonana_analysis.measure.loops import bind, timed_loop
from tests.measure.counts.entries import total


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, np.bool_])
def test_values_stay_in_their_range(random, dtype):
    array = np.arange(60).reshape(6, 10).astype(dtype)
    drawn = resampled(array, random)
    assert drawn.shape == array.shape
    assert drawn.dtype == array.dtype
    assert set(drawn.flat) <= set(array.flat)
    assert not np.array_equal(drawn, array)


def test_records_and_numbers_stay_whole(random):
    records = np.zeros(3, [("left", "i2"), ("value", "f4")])
    assert resampled(records, random) is records
    assert resampled(5, random) == 5


def test_a_loop_without_rotation_gets_other_data(random):
    x = np.arange(64)
    other = on_other_data(bind(timed_loop(total, ("shared",)), x), random)
    ((role, drawn),) = other.bound
    assert role == "shared"
    assert not np.array_equal(drawn, x)


@pytest.mark.parametrize(
    ("role", "array"),
    [
        ("rotate", np.arange(64).reshape(1, 64)),
        ("rotate", np.arange(64).reshape(8, 8)),
        ("shared", np.zeros(64, np.int64)),
        ("shared", np.zeros(1 << 22, np.int64)),
    ],
    ids=["one row on purpose", "rows", "nothing to draw", "too much"],
)
def test_where_that_makes_no_sense_there_is_none(random, role, array):
    assert on_other_data(bind(timed_loop(total, (role,)), array), random) is None
