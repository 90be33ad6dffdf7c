import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.kernels import fixed_point
from slonana_analysis.kernels.inputs import extreme_inputs
from tests.kernels import reference
from tests.kernels.reference import INT32_MAX, INT32_MIN

INT32 = st.integers(INT32_MIN, INT32_MAX)
SCALES = (100, 127, 10_000, 1_000_000)


@given(INT32, INT32, st.sampled_from(SCALES))
def test_arithmetic_agrees_with_unbounded_integers(a: int, b: int, scale: int) -> None:
    left, right = np.int32(a), np.int32(b)
    assert fixed_point.multiply(left, right, scale) == reference.multiply(a, b, scale)
    assert fixed_point.divide(left, right, scale) == reference.divide(a, b, scale)


def test_arithmetic_at_the_limits() -> None:
    values = np.unique(extreme_inputs((80,), 7))
    for a in values:
        for b in values:
            left, right = int(a), int(b)
            assert fixed_point.multiply(a, b) == reference.multiply(left, right, 10_000)
            assert fixed_point.divide(a, b) == reference.divide(left, right, 10_000)


@pytest.mark.parametrize(
    ("a", "b", "product", "quotient"),
    [
        (-1, 1, 0, -10_000),
        (-15_000, 1, -1, INT32_MIN + 2**31 - 150_000_000),
        (INT32_MIN, INT32_MIN, INT32_MAX, 10_000),
        (INT32_MIN, INT32_MAX, INT32_MIN, -10_000),
        (INT32_MIN, -1, 214_748, INT32_MAX),
        (0, 0, 0, INT32_MAX),
        (-1, 0, 0, INT32_MIN),
    ],
)
def test_rounds_towards_zero_and_saturates(a: int, b: int, product: int, quotient: int) -> None:
    assert fixed_point.multiply(np.int32(a), np.int32(b)) == product
    assert fixed_point.divide(np.int32(a), np.int32(b)) == quotient


@pytest.mark.parametrize("value", [214_748.37, -214_749.0, 1e30, -1e30, np.inf, -np.inf, np.nan])
def test_floats_outside_int32_give_the_smallest(value: float) -> None:
    assert fixed_point.from_float(np.float32(value)) == INT32_MIN


@pytest.mark.parametrize(
    ("value", "fixed"), [(0.00019, 1), (-0.00019, -1), (-214_748.36, -(2**31))]
)
def test_floats_are_truncated(value: float, fixed: int) -> None:
    assert fixed_point.from_float(np.float32(value)) == fixed


def test_the_default_scale_is_ten_thousand() -> None:
    assert fixed_point.from_float(np.float32(1.5)) == 15_000
    assert fixed_point.to_float(np.int32(15_000)) == 1.5
    assert fixed_point.to_float(np.int32(150), 100) == 1.5
