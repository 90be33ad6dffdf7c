import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from slonana_analysis.kernels import activations
from slonana_analysis.kernels.activations import (
    Activation,
    apply,
    argmax,
    largest,
    leaky_relu,
    relu,
    relu_in_place,
    sigmoid,
    tanh,
)
from slonana_analysis.kernels.softmax import softmax
from tests.kernels import activation_rules as rules
from tests.kernels.conftest import Golden

VALUES = arrays.arrays(np.int32, st.integers(0, 130))
SCALES = (100, 127, 10_000, 10_001, 1_000_000, 700_000_000)


def test_relu_agrees_with_the_validator(golden: Golden) -> None:
    out = np.full(len(golden["elem_x"]) + 3, -77, np.int32)
    relu(out, golden["elem_x"])
    assert np.array_equal(out[:-3], golden["elem_relu"])
    assert out[-3:].tolist() == [-77, -77, -77]


def test_relu_in_place_agrees_with_the_validator(golden: Golden) -> None:
    values = golden["elem_x"].copy()
    relu_in_place(values)
    assert np.array_equal(values, golden["elem_relu"])


@given(VALUES)
def test_relu_of_any_length(values: NDArray[np.int32]) -> None:
    out = np.full_like(values, -77)
    relu(out, values)
    assert np.array_equal(out, np.where(values > 0, values, 0))


@pytest.mark.parametrize("name", rules.RULES)
def test_a_million_values_follow_the_rule(name: str) -> None:
    values = rules.a_million_values()
    out = np.empty_like(values)
    getattr(activations, name)(out, values)
    assert np.array_equal(out, rules.expected(name))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("kernel", "rule"),
    [
        pytest.param(sigmoid, rules.sigmoid, id="sigmoid"),
        pytest.param(tanh, rules.tanh, id="tanh"),
    ],
)
def test_other_scales_follow_the_rule(kernel, rule, scale: int) -> None:
    limit = 3 * scale
    near = [
        place + step
        for place in (-limit, -limit // 2, 0, limit // 2, limit)
        for step in range(-9, 10)
    ]
    values = np.clip([*near, -(2**31), 2**31 - 1, 2**30, -(2**30) - 1], -(2**31), 2**31 - 1)
    values = values.astype(np.int32)
    out = np.empty_like(values)
    kernel(out, values, scale)
    assert out.tolist() == [rule(value, scale) for value in values.tolist()]


@pytest.mark.parametrize(
    ("value", "result"),
    [(2**30, -10_000), (2**31 - 1, 0), (-(2**31), 0), (-(2**30), -10_000), (-(2**30) - 1, 10_000)],
)
def test_tanh_wraps_before_it_saturates(value: int, result: int) -> None:
    out = np.empty(1, np.int32)
    tanh(out, np.array([value], np.int32))
    assert out[0] == result


def test_leaky_relu_rounds_down() -> None:
    values = np.array([-1, -127, -128, -129, 1], np.int32)
    out = np.empty_like(values)
    leaky_relu(out, values)
    assert out.tolist() == [-1, -1, -1, -2, 1]


KINDS = {
    Activation.RELU: relu,
    Activation.SIGMOID: sigmoid,
    Activation.TANH: tanh,
    Activation.SOFTMAX: softmax,
    Activation.LEAKY_RELU: leaky_relu,
}


@given(VALUES, st.sampled_from(sorted(KINDS)))
def test_applying_in_place_is_the_same(values: NDArray[np.int32], kind: Activation) -> None:
    out = np.empty_like(values)
    KINDS[kind](out, values)
    apply(values, int(kind))
    assert np.array_equal(values, out)


@given(VALUES, st.sampled_from([-1, 0, 6, 255]))
def test_unknown_activations_change_nothing(values: NDArray[np.int32], kind: int) -> None:
    before = values.copy()
    apply(values, kind)
    assert np.array_equal(values, before)


def test_the_codes_are_those_of_model_files() -> None:
    names = ["NONE", "RELU", "SIGMOID", "TANH", "SOFTMAX", "LEAKY_RELU"]
    assert [each.name for each in sorted(Activation)] == names
    assert sorted(Activation) == list(range(6))


def test_argmax_agrees_with_the_validator(golden: Golden) -> None:
    rows = zip(golden["argmax_x"], golden["argmax_len"], strict=True)
    assert [argmax(row[:length]) for row, length in rows] == golden["argmax_idx"].tolist()


@pytest.mark.parametrize(
    ("values", "index"),
    [([], 0), ([-5], 0), ([1, 3, 3], 1), ([-(2**31), 2**31 - 1], 1), ([0] * 16 + [9], 0)],
)
def test_argmax_takes_the_first_of_sixteen(values: list[int], index: int) -> None:
    assert argmax(np.array(values, np.int32)) == index


@given(VALUES)
def test_the_largest_is_among_the_first_sixteen(values: NDArray[np.int32]) -> None:
    assert largest(values) == max(values[:16].tolist(), default=0)
