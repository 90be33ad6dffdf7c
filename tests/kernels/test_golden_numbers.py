"""What the validator's fixed-point numbers, its table and its maxima gave, from every path."""

from functools import partial

import numpy as np
import pytest

from slonana_analysis.kernels import activations, fixed_point
from slonana_analysis.kernels.sigmoid_table import TABLE, sigmoid_lut
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector import fixed_point as vector_fixed_point
from tests.kernels import oracle, reference
from tests.kernels.conftest import Golden


def one_by_one(function):
    def run(*columns, scale):
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return np.array([function(*row, scale) for row in rows])

    return run


def whole(kernel):
    def run(a, b, scale):
        out = np.full_like(a, -77)
        kernel(out, a, b, scale)
        return out

    return run


ARITHMETIC = {
    "multiply": {
        "integers": one_by_one(reference.multiply),
        "oracle": oracle.multiply,
        "portable": one_by_one(fixed_point.multiply),
        "vector": whole(vector_fixed_point.multiply_rows),
    },
    "divide": {
        "integers": one_by_one(reference.divide),
        "oracle": oracle.divide,
        "portable": one_by_one(fixed_point.divide),
        "vector": whole(vector_fixed_point.divide_rows),
    },
}


@pytest.mark.parametrize("scale", [100, 10_000, 1_000_000])
@pytest.mark.parametrize(
    ("operation", "path"), [(name, path) for name in ARITHMETIC for path in ARITHMETIC[name]]
)
def test_arithmetic(golden: Golden, operation: str, path: str, scale: int) -> None:
    found = ARITHMETIC[operation][path](golden["fx_a"], golden["fx_b"], scale=scale)
    assert np.array_equal(found, golden[f"fx_{operation[:3]}_scale{scale}"])


def test_conversions(golden: Golden) -> None:
    fixed = golden["fx_from_float"].tolist()
    assert [fixed_point.from_float(value) for value in golden["fx_float"]] == fixed
    assert oracle.from_float(golden["fx_float"]).tolist() == fixed
    floats = [fixed_point.to_float(value) for value in golden["elem_x"]]
    # Equal as float64: every result must have been rounded to float32 already.
    assert np.array_equal(np.array(floats), golden["fx_to_float"].astype(np.float64))
    assert np.array_equal(oracle.to_float(golden["elem_x"]), golden["fx_to_float"])


def test_the_table(golden: Golden) -> None:
    out = np.empty_like(golden["elem_x"])
    sigmoid_lut(out, golden["elem_x"])
    assert np.array_equal(out, golden["elem_sigmoid_lut"])
    by_oracle = oracle.sigmoid_lut(golden["elem_x"], golden["sigmoid_lut_table"])
    assert np.array_equal(by_oracle, golden["elem_sigmoid_lut"])
    assert np.array_equal(TABLE, golden["sigmoid_lut_table"])


def of_one(rule, row):
    return int(rule(row[np.newaxis])[0])


MAXIMA = {
    "oracle": (partial(of_one, oracle.argmax), partial(of_one, oracle.largest)),
    "portable": (activations.argmax, activations.largest),
    "vector": (vector.argmax, vector.largest),
}


@pytest.mark.parametrize("path", MAXIMA)
def test_maxima(golden: Golden, path: str) -> None:
    argmax, largest = MAXIMA[path]
    rows = [row[:n] for row, n in zip(golden["argmax_x"], golden["argmax_len"], strict=True)]
    assert [argmax(row) for row in rows] == golden["argmax_idx"].tolist()
    assert [largest(row) for row in rows] == golden["argmax_val"].tolist()
