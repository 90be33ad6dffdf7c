from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.kernels.models.fixed_thresholds import fixed_thresholds, for_fixed_point
from slonana_analysis.kernels.models.forests import ForestModel, ForestTree
from slonana_analysis.kernels.models.links import tree_from_links
from slonana_analysis.kernels.models.walk import forest_sums, transformed
from tests.kernels.models import plain

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def stump(feature: int = 0, threshold: float = 0.5) -> ForestTree:
    return tree_from_links([feature, -1, -1], [threshold, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 2])


def forest(*trees: ForestTree, **settings: Any) -> ForestModel:
    fields = {"output": np.zeros(len(trees), np.int32), "base": np.zeros(1), "feature_count": 3}
    return ForestModel(trees=trees, **{**fields, **settings})


@st.composite
def trees(draw: st.DrawFn) -> ForestTree:
    feature, threshold, left, right = [-1], [0.0], [0], [0]
    for _ in range(draw(st.integers(0, 8))):
        leaves = [node for node, name in enumerate(feature) if name < 0]
        node = draw(st.sampled_from(leaves))
        feature[node], threshold[node] = draw(st.integers(0, 2)), draw(st.floats(-4, 4))
        left[node], right[node] = len(feature), len(feature) + 1
        for column, blank in ((feature, -1), (threshold, 0.0), (left, 0), (right, 0)):
            column.extend([blank, blank])
    value = [draw(st.floats(-1e6, 1e6)) for _ in feature]
    return tree_from_links(feature, threshold, left, right, value)


@st.composite
def forests(draw: st.DrawFn) -> ForestModel:
    grown = draw(st.lists(trees(), min_size=2, max_size=5))
    return forest(
        *grown,
        output=np.arange(len(grown), dtype=np.int32) % 2,
        base=np.array([draw(st.floats(-10, 10)), 0.25]),
        comparison=draw(st.sampled_from(["<=", "<"])),
        feature_precision=draw(st.sampled_from(["float32", "float64"])),
        sum_precision=draw(st.sampled_from(["float32", "float64"])),
        average=draw(st.booleans()),
    )


def edges(model: ForestModel) -> Any:
    """Rows of the model's own thresholds, and of their neighbours."""
    own = [0.0, *(float(number) for tree in model.trees for number in tree.threshold)]
    near = [np.nextafter(number, side) for number in own for side in (-9.0, number, 9.0)]
    return np.random.default_rng(1).choice(near, (30, model.feature_count))


@given(forests())
def test_the_walk_agrees_with_plain_python(model: ForestModel) -> None:
    inputs = edges(model)
    assert forest_sums(model, inputs).tolist() == [
        plain.sums(model, row) for row in inputs.tolist()
    ]


@given(forests(), st.integers(0, 2**32))
def test_fixed_point_takes_the_same_decisions(model: ForestModel, seed: int) -> None:
    near = np.rint(edges(model) * 10_000).astype(np.int64)
    fixed = near + np.random.default_rng(seed).integers(-1, 2, near.shape)
    found = forest_sums(for_fixed_point(model), fixed.astype(np.float64))
    assert found.tolist() == forest_sums(model, fixed / 10_000).tolist()


@given(
    st.floats(-3e5, 3e5) | st.sampled_from([np.inf, -np.inf, INT32_MIN / 1e4, INT32_MAX / 1e4]),
    st.sampled_from([1, 100, 10_000, 1_000_000]),
    st.sampled_from(["<=", "<"]),
    st.sampled_from(["float32", "float64"]),
)
def test_a_fixed_threshold_is_the_last_that_goes_left(
    threshold: float, scale: int, comparison: Any, precision: Any
) -> None:
    def goes_left(fixed: int) -> bool:
        quotient = float(np.dtype(precision).type(fixed / scale))
        return quotient < threshold if comparison == "<" else quotient <= threshold

    (found,) = fixed_thresholds(
        np.array([threshold]), scale=scale, comparison=comparison, precision=precision
    ).tolist()
    assert INT32_MIN - 1 <= found <= INT32_MAX
    assert found < INT32_MIN or goes_left(found)
    assert found == INT32_MAX or not goes_left(found + 1)


def test_within_exact_quotients_a_fixed_threshold_is_the_floor() -> None:
    thresholds = np.array([0.5, -0.5, 1.23456, -1.23456, 0.0])
    assert fixed_thresholds(thresholds).tolist() == [5000, -5000, 12345, -12346, 0]
    strict = fixed_thresholds(thresholds, comparison="<")
    assert strict.tolist() == [4999, -5001, 12345, -12346, -1]


def test_links_are_numbered_by_level_and_loose_nodes_left_out() -> None:
    tree = tree_from_links(
        feature=[1, 7, -1, 0, -1, -1],
        threshold=[0.5, 9.0, 9.0, -1.0, 9.0, 9.0],
        left=[3, 1, 0, 2, 0, 0],
        right=[5, 1, 0, 4, 0, 0],
        value=[9.0, 9.0, 1.0, 9.0, 2.0, 3.0],
    )
    assert tree.feature.tolist() == [1, 0, -1, -1, -1]
    assert tree.threshold.tolist() == [0.5, -1.0, 0.0, 0.0, 0.0]
    assert (tree.left.tolist(), tree.right.tolist()) == ([1, 3, -1, -1, -1], [2, 4, -1, -1, -1])
    assert tree.value.tolist() == [0.0, 0.0, 3.0, 1.0, 2.0]
    assert tree.levels == 3


@pytest.mark.parametrize(("left", "right"), [(1, 1), (0, 1), (1, 3), (-1, 2), (2**40, 1)], ids=str)
def test_links_that_are_no_tree_are_refused(left: int, right: int) -> None:
    with pytest.raises(ValueError, match=r"node 0 has the child|there is no node"):
        tree_from_links([0, -1, -1], [0.0] * 3, [left, 0, 0], [right, 0, 0], [0.0] * 3)


@pytest.mark.parametrize(
    "change",
    [
        {"feature": np.array([0, -1, -2], np.int32)},
        {"feature": np.array([0, -1, -1], np.int64)},
        {"threshold": np.array([np.nan, 0, 0])},
        {"threshold": np.zeros(2)},
        {"left": np.array([0, -1, -1], np.int32)},
        {"right": np.array([3, -1, -1], np.int32)},
        {"right": np.array([1, -1, -1], np.int32)},
        {"value": np.array([0, np.inf, 0])},
    ],
    ids=str,
)
def test_a_tree_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|without"):
        replace(stump(), **change)


@pytest.mark.parametrize(
    "change",
    [
        {"output": np.zeros(2, np.int32)},
        {"output": np.array([1], np.int32)},
        {"output": np.array([-1], np.int32)},
        {"base": np.zeros(0)},
        {"base": np.zeros(1, np.float32)},
        {"feature_count": 0},
    ],
    ids=str,
)
def test_a_forest_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|adds|compares"):
        forest(stump(), **change)


def test_the_walk_wants_numbers_of_the_right_shape() -> None:
    model = forest(stump())
    with pytest.raises(ValueError, match="NaN"):
        forest_sums(model, np.full((1, 3), np.nan))
    with pytest.raises(ValueError, match="3 columns"):
        forest_sums(model, np.zeros((1, 2)))
    assert forest_sums(model, np.array([[np.inf, 0, 0], [-np.inf, 0, 0]])).tolist() == [[2], [1]]


def test_transforms() -> None:
    sums = np.array([[0.0, np.log(3.0)], [-1000.0, 1000.0]])
    model = forest(stump(), base=np.zeros(2))
    expected = {
        "identity": sums,
        "sigmoid": [[0.5, 0.75], [0, 1]],
        "softmax": [[0.25, 0.75], [0, 1]],
    }
    for name, values in expected.items():
        found = transformed(replace(model, transform=name), sums)  # type: ignore[arg-type]
        assert found == pytest.approx(np.array(values))
    assert transformed(replace(model, transform="exp"), sums[:1]) == pytest.approx(
        np.array([[1, 3]])
    )
