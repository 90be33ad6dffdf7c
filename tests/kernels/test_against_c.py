from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from slonana_analysis.kernels import fixed_point
from slonana_analysis.kernels.activations import relu
from slonana_analysis.kernels.dense import dense_rows
from slonana_analysis.kernels.inputs import (
    benchmark_tree,
    complete_tree,
    dense_layer,
    extreme_inputs,
    moderate_inputs,
)
from slonana_analysis.kernels.tree import NODE, decision_tree_rows
from slonana_analysis.native import rows

pytestmark = pytest.mark.requires_cc

Draw = Callable[[tuple[int, ...], int], NDArray[np.int32]]

DRAWS = (moderate_inputs, extreme_inputs)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("operation", ["multiply", "divide"])
@pytest.mark.parametrize("scale", [1, 127, 10_000, 2**31 - 1])
def test_fixed_point(draw: Draw, operation: str, scale: int) -> None:
    a, b = draw((2000,), 1), draw((2000,), 2)
    ours = [getattr(fixed_point, operation)(x, y, scale) for x, y in zip(a, b, strict=True)]
    assert getattr(rows, f"{operation}_rows")(a, b, scale).tolist() == ours


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("width", [1, 7, 64, 100])
def test_relu(draw: Draw, width: int) -> None:
    inputs = draw((16, width), 3)
    ours = np.zeros_like(inputs)
    for out, values in zip(ours, inputs, strict=True):
        relu(out, values)
    assert np.array_equal(rows.relu_rows(inputs), ours)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 63), (32, 32), (64, 64), (65, 3), (3, 70)])
def test_dense(draw: Draw, shape: tuple[int, int]) -> None:
    weights, _ = dense_layer(*shape, seed=4)
    weights[0, 0] = -32768
    bias = draw((shape[0],), 5)
    inputs = draw((32, shape[1]), 6)
    ours = np.zeros((32, shape[0]), np.int32)
    dense_rows(ours, inputs, weights, bias)
    assert np.array_equal(rows.dense_rows(inputs, weights, bias), ours)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("max_depth", [0, 4, 5, 2**32 - 1])
@pytest.mark.parametrize("nodes", [benchmark_tree(), complete_tree(8, 8, 7), benchmark_tree()[:20]])
def test_tree(draw: Draw, max_depth: int, nodes: NDArray[Any]) -> None:
    inputs = draw((256, 8), 8)
    codes, values = np.zeros(256, np.int64), np.zeros(256, np.int32)
    decision_tree_rows(codes, values, inputs, nodes, max_depth)
    their_codes, their_values = rows.tree_rows(inputs, nodes, max_depth)
    assert np.array_equal(their_codes, codes)
    assert np.array_equal(their_values, values)


def test_broken_trees() -> None:
    random = np.random.default_rng(9)
    for _ in range(300):
        nodes = np.zeros(random.integers(0, 9), NODE)
        for column in ("feature", "left", "right"):
            nodes[column] = random.integers(-10, 10, len(nodes))
        nodes["leaf_value"] = extreme_inputs((len(nodes),), 1)
        inputs = random.integers(-1, 2, (8, random.integers(1, 10)), dtype=np.int32)
        codes, values = np.zeros(8, np.int64), np.zeros(8, np.int32)
        decision_tree_rows(codes, values, inputs, nodes, 6)
        their_codes, their_values = rows.tree_rows(inputs, nodes, 6)
        assert np.array_equal(their_codes, codes)
        assert np.array_equal(their_values, values)
