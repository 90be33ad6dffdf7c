from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.inputs import benchmark_tree, complete_tree, moderate_inputs
from slonana_analysis.kernels.tree import NODE, decision_tree, decision_tree_rows
from tests.kernels import reference
from tests.kernels.conftest import Golden

UINT32_MAX = 2**32 - 1
LEAF = (-1, -1, -1, 0, 0, 42)


def tree_of(*nodes: tuple[int, ...]) -> NDArray[Any]:
    return np.array(list(nodes), NODE)


def test_agrees_with_the_validator(golden: Golden) -> None:
    nodes = golden["tree_nodes"].reshape(-1).view(NODE)
    cases = (golden[f"tree_{part}"] for part in ("meta", "features", "rc", "result"))
    for (stored, used, max_depth, length), features, code, result in zip(*cases, strict=True):
        visible = np.resize(features, length)
        value = result if code == 0 else 0
        assert decision_tree(visible, nodes[:used], max_depth) == (code, value)
        nodes = nodes[stored:]
    assert len(nodes) == 0


# Few nodes and small numbers, so that paths meet leaves, loops, and children that do not exist.
NODES = st.lists(
    st.builds(
        reference.Node,
        feature=st.integers(-2, 4) | st.just(-(2**15)) | st.just(2**15 - 1),
        left=st.integers(-9, 8) | st.just(-(2**15)) | st.just(2**15 - 1),
        right=st.integers(-9, 8) | st.just(-(2**15)) | st.just(2**15 - 1),
        padding=st.just(0),
        threshold=st.integers(-2, 2) | st.sampled_from((-(2**31), 2**31 - 1)),
        leaf_value=st.integers(-(2**31), 2**31 - 1),
    ),
    max_size=8,
)
FEATURES = st.lists(st.integers(-3, 3) | st.sampled_from((-(2**31), 2**31 - 1)), max_size=5)


@given(FEATURES, NODES, st.integers(0, 40) | st.just(UINT32_MAX))
def test_agrees_with_the_reference(
    features: list[int], nodes: list[reference.Node], max_depth: int
) -> None:
    found = decision_tree(np.array(features, np.int32), np.array(nodes, NODE), max_depth)
    assert found == reference.tree(features, nodes, max_depth)


@pytest.mark.parametrize(
    ("features", "nodes", "max_depth", "code"),
    [
        (0, 0, 0, ErrorCode.INVALID_INPUT_LENGTH),
        (65, 1, 5, ErrorCode.INVALID_INPUT_LENGTH),
        (1, 0, 0, ErrorCode.INVALID_MODEL),
        (1, 257, 5, ErrorCode.INVALID_MODEL),
        (1, 256, 0, ErrorCode.TREE_DEPTH_EXCEEDED),
        (64, 256, 1, ErrorCode.SUCCESS),
    ],
)
def test_the_order_of_checks(features: int, nodes: int, max_depth: int, code: ErrorCode) -> None:
    found, _ = decision_tree(np.zeros(features, np.int32), tree_of(*[LEAF] * nodes), max_depth)
    assert found == code


@pytest.mark.parametrize(
    ("child", "code", "value"),
    [
        (-1, ErrorCode.SUCCESS, 7),
        (-2, ErrorCode.SUCCESS, 42),
        (-3, ErrorCode.INVALID_MODEL, 0),
        (-(2**15), ErrorCode.INVALID_MODEL, 0),
        (1, ErrorCode.SUCCESS, 42),
        (2, ErrorCode.INVALID_MODEL, 0),
    ],
)
def test_children_by_sign(child: int, code: ErrorCode, value: int) -> None:
    # Inner node 0 carries a value, too: a child of -1 takes it.
    nodes = tree_of((0, child, child, 0, 0, 7), LEAF)
    assert decision_tree(np.zeros(1, np.int32), nodes, 5) == (code, value)


def test_a_missing_child_on_the_last_visit_is_a_matter_of_depth() -> None:
    nodes = tree_of((0, 9, 9, 0, 0, 0))
    features = np.zeros(1, np.int32)
    assert decision_tree(features, nodes, 1)[0] == ErrorCode.TREE_DEPTH_EXCEEDED
    assert decision_tree(features, nodes, 2)[0] == ErrorCode.INVALID_MODEL


def test_depth_counts_visited_nodes_and_ends_at_32() -> None:
    chain = tree_of(*[(0, i + 1, i + 1, 0, 0, 0) for i in range(32)], LEAF)
    features = np.zeros(1, np.int32)
    assert decision_tree(features, chain, UINT32_MAX)[0] == ErrorCode.TREE_DEPTH_EXCEEDED
    assert decision_tree(features, chain[1:], UINT32_MAX)[0] == ErrorCode.INVALID_MODEL
    shifted = tree_of(*[(0, i + 1, i + 1, 0, 0, 0) for i in range(31)], LEAF)
    assert decision_tree(features, shifted, 32) == (ErrorCode.SUCCESS, 42)
    assert decision_tree(features, shifted, 31)[0] == ErrorCode.TREE_DEPTH_EXCEEDED


def test_equality_goes_left() -> None:
    nodes = tree_of((0, 1, 2, 0, 5, 0), (-1, -1, -1, 0, 0, 10), (-1, -1, -1, 0, 0, 20))
    assert decision_tree(np.array([5], np.int32), nodes, 2) == (0, 10)
    assert decision_tree(np.array([6], np.int32), nodes, 2) == (0, 20)


def test_rows_leave_failed_values_untouched() -> None:
    nodes = benchmark_tree()
    inputs = moderate_inputs((64, 8), 3)
    codes, values = np.full(64, -77), np.full(64, -77, np.int32)
    decision_tree_rows(codes, values, inputs, nodes, 5)
    expected = [decision_tree(row, nodes, 5) for row in inputs]
    assert list(zip(codes.tolist(), values.tolist(), strict=True)) == expected
    assert set(codes.tolist()) == {0}
    decision_tree_rows(codes, np.full(64, -77, np.int32), inputs, nodes, 4)
    assert set(codes.tolist()) == {ErrorCode.TREE_DEPTH_EXCEEDED}
    values[:] = -77
    decision_tree_rows(codes, values, inputs, nodes, 4)
    assert set(values.tolist()) == {-77}


@pytest.mark.parametrize("levels", [1, 2, 5, 8])
def test_complete_trees_end_in_a_leaf_at_their_level(levels: int) -> None:
    nodes = complete_tree(levels, 8, seed=levels)
    inputs = moderate_inputs((50, 8), 5)
    assert all(decision_tree(row, nodes, levels)[0] == ErrorCode.SUCCESS for row in inputs)
    assert all(decision_tree(row, nodes, levels - 1)[0] == 6 for row in inputs)
