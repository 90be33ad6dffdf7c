import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.kernels.dense import dense_forward, dense_rows
from slonana_analysis.kernels.inputs import dense_layer, extreme_inputs
from tests.kernels import reference
from tests.kernels.conftest import Golden
from tests.kernels.reference import INT32_MAX, INT32_MIN


def test_agrees_with_the_validator(golden: Golden) -> None:
    values, weights, bias, outputs = (golden[f"dense_{part}"] for part in ("in", "w", "b", "out"))
    for rows, columns in golden["dense_dims"]:
        out = np.full(rows, -77, np.int32)
        matrix = weights[: rows * columns].reshape(rows, columns)
        dense_forward(out, values[:columns], matrix, bias[:rows])
        assert np.array_equal(out, outputs[:rows])
        values, weights = values[columns:], weights[rows * columns :]
        bias, outputs = bias[rows:], outputs[rows:]
    assert len(values) == len(weights) == len(bias) == len(outputs) == 0


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_agrees_with_unbounded_integers(rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = extreme_inputs((columns,), seed)
    bias = extreme_inputs((rows,), seed + 1)
    weights = random.choice(np.array([-32768, -32767, -1, 0, 1, 32767], np.int16), (rows, columns))
    out = np.full(rows, -77, np.int32)
    dense_forward(out, values, weights, bias)
    expected = reference.dense(values.tolist(), weights.tolist(), bias.tolist())
    assert out.tolist() == expected + [-77] * (rows - len(expected))


@pytest.mark.parametrize(
    ("value", "weight", "bias", "expected"),
    [
        (32768, 1, INT32_MAX, INT32_MAX),
        (-32768, 1, INT32_MIN, INT32_MIN),
        (32767, 1, INT32_MAX, INT32_MAX),
        (-1, 1, INT32_MAX, INT32_MAX - 1),
        (-1, 1, 0, -1),
        (-32769, 1, 0, -2),
        (INT32_MIN, -32768, 0, INT32_MAX),
        (INT32_MIN, -32768, -1, INT32_MAX),
        (INT32_MIN, -32768, -2, INT32_MAX - 1),
        (INT32_MIN, 32767, 0, INT32_MIN + 65536),
        (INT32_MAX, -32768, INT32_MIN, INT32_MIN),
    ],
)
def test_saturates_and_rounds_down(value: int, weight: int, bias: int, expected: int) -> None:
    out = np.zeros(1, np.int32)
    dense_forward(
        out,
        np.array([value], np.int32),
        np.array([[weight]], np.int16),
        np.array([bias], np.int32),
    )
    assert out[0] == expected


def test_the_largest_sums_are_exact() -> None:
    values = np.full(64, INT32_MIN, np.int32)
    weights = np.full((2, 64), -32768, np.int16)
    weights[1, 32:] = 32767
    out = np.zeros(2, np.int32)
    dense_forward(out, values, weights, np.zeros(2, np.int32))
    # 32 (2^31 - (2^31 - 2^16)) in the second row: every product matters to the last bit.
    assert out.tolist() == [INT32_MAX, 32 * 2**16]


def test_rows_are_independent_layers() -> None:
    weights, bias = dense_layer(16, 24, 1)
    inputs = extreme_inputs((8, 24), 2)
    out = np.zeros((8, 16), np.int32)
    dense_rows(out, inputs, weights, bias)
    for row, values in zip(out, inputs, strict=True):
        alone = np.zeros(16, np.int32)
        dense_forward(alone, values, weights, bias)
        assert np.array_equal(row, alone)
