import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from slonana_analysis.kernels.activations import argmax, relu, relu_in_place
from tests.kernels.conftest import Golden


def test_relu_agrees_with_the_validator(golden: Golden) -> None:
    out = np.full(len(golden["elem_x"]) + 3, -77, np.int32)
    relu(out, golden["elem_x"])
    assert np.array_equal(out[:-3], golden["elem_relu"])
    assert out[-3:].tolist() == [-77, -77, -77]


def test_relu_in_place_agrees_with_the_validator(golden: Golden) -> None:
    values = golden["elem_x"].copy()
    relu_in_place(values)
    assert np.array_equal(values, golden["elem_relu"])


@given(arrays.arrays(np.int32, st.integers(0, 130)))
def test_relu_of_any_length(values: NDArray[np.int32]) -> None:
    out = np.full_like(values, -77)
    relu(out, values)
    assert np.array_equal(out, np.where(values > 0, values, 0))


def test_argmax_agrees_with_the_validator(golden: Golden) -> None:
    rows = zip(golden["argmax_x"], golden["argmax_len"], strict=True)
    assert [argmax(row[:length]) for row, length in rows] == golden["argmax_idx"].tolist()


@pytest.mark.parametrize(
    ("values", "index"),
    [([], 0), ([-5], 0), ([1, 3, 3], 1), ([-(2**31), 2**31 - 1], 1), ([0] * 16 + [9], 0)],
)
def test_argmax_takes_the_first_of_sixteen(values: list[int], index: int) -> None:
    assert argmax(np.array(values, np.int32)) == index
