from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.forest import Forest, forest_sums
from slonana_analysis.kernels.forest_completion import fixed_forest, quantised, real_forest
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import moderate_inputs
from slonana_analysis.kernels.models import walk
from slonana_analysis.kernels.models.fixed_thresholds import for_fixed_point
from slonana_analysis.kernels.models.forests import ForestModel, ForestTree
from slonana_analysis.kernels.models.links import tree_from_links

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
THRESHOLDS = st.floats(-4, 4, width=32) | st.sampled_from([-np.inf, np.inf, -0.0, 0.0, 1e9, -1e9])


@st.composite
def trees(draw: st.DrawFn) -> ForestTree:
    feature, threshold, left, right = [-1], [0.0], [0], [0]
    for _ in range(draw(st.integers(0, 8))):
        node = draw(st.sampled_from([node for node, name in enumerate(feature) if name < 0]))
        feature[node], threshold[node] = draw(st.integers(0, 2)), draw(THRESHOLDS)
        left[node], right[node] = len(feature), len(feature) + 1
        for column, blank in ((feature, -1), (threshold, 0.0), (left, 0), (right, 0)):
            column.extend([blank, blank])
    value = [draw(st.floats(-1e6, 1e6, width=32)) for _ in feature]
    return tree_from_links(feature, threshold, left, right, value)


@st.composite
def models(draw: st.DrawFn) -> ForestModel:
    grown = draw(st.lists(trees(), min_size=2, max_size=5))
    return ForestModel(
        trees=tuple(grown),
        output=np.arange(len(grown), dtype=np.int32) % 2,
        base=np.array([draw(st.floats(-10, 10, width=32)), 0.25]),
        feature_count=3,
        comparison=draw(st.sampled_from(["<=", "<"])),
        feature_precision=draw(st.sampled_from(["float32", "float64"])),
        sum_precision=draw(st.sampled_from(["float32", "float64"])),
        average=draw(st.booleans()),
    )


def edges(model: ForestModel) -> Any:
    """Rows of the model's own thresholds, their neighbours, and infinities."""
    dtype = np.dtype(model.feature_precision)
    own = np.concatenate([[0.0, -0.0], *(tree.threshold for tree in model.trees)]).astype(dtype)
    both = [np.nextafter(own, dtype.type(side)) for side in (-np.inf, np.inf)]
    values = np.concatenate([own, *both, np.array([-np.inf, np.inf], dtype)])
    return np.random.default_rng(1).choice(values, (40, 3))


@given(models())
def test_completed_trees_decide_and_add_as_the_model(model: ForestModel) -> None:
    inputs = edges(model)
    found = forest_sums(real_forest(model), inputs)
    assert found.dtype == model.sum_precision
    assert np.array_equal(found, walk.forest_sums(model, inputs))


@given(models(), st.sampled_from([1, 100, 10_000]))
def test_fixed_point_features_decide_as_the_model(model: ForestModel, scale: int) -> None:
    fixed = for_fixed_point(model, scale)
    own = np.concatenate([[0.0], *(tree.threshold for tree in fixed.trees)])
    near = np.concatenate([own + step for step in (-1, 0, 1)]).clip(INT32_MIN, INT32_MAX)
    inputs = np.random.default_rng(2).choice(near, (40, 3)).astype(np.int32)
    found = forest_sums(fixed_forest(model, scale), inputs)
    assert np.array_equal(found, walk.forest_sums(fixed, inputs.astype(np.float64)))


def chain(levels: int) -> ForestTree:
    count = 2 * levels + 1
    inner = [node % 2 == 0 and node < count - 1 for node in range(count)]
    feature = [0 if each else -1 for each in inner]
    return tree_from_links(
        feature,
        [float(node) for node in range(count)],
        [node + 1 for node in range(count)],
        [node + 2 for node in range(count)],
        [float(node) for node in range(count)],
    )


def model_of(*grown: ForestTree) -> ForestModel:
    return ForestModel(
        trees=grown, output=np.zeros(len(grown), np.int32), base=np.zeros(1), feature_count=1
    )


def test_a_lopsided_tree_is_completed_up_to_eight_levels() -> None:
    model = model_of(chain(8), chain(1))
    inputs = np.arange(-1, 20, 0.5)[:, np.newaxis]
    assert real_forest(model).depth == 8
    assert np.array_equal(forest_sums(real_forest(model), inputs), walk.forest_sums(model, inputs))
    with pytest.raises(UnavailableError, match="compares on 9 levels"):
        real_forest(model_of(chain(9)))
    with pytest.raises(UnavailableError, match="without trees"):
        real_forest(model_of())


def test_nan_goes_right_everywhere() -> None:
    model = model_of(chain(3))
    for each in (model, replace(model, comparison="<")):
        assert forest_sums(real_forest(each), np.array([[np.nan]])).item() == 6.0


def test_random_forests_agree_with_a_plain_walk() -> None:
    forest = random_forest(7, 4, 5, seed=3)
    inputs = moderate_inputs((50, 5), 4)
    sums = forest_sums(forest, inputs)
    assert sums.dtype == np.int64
    for row, total in zip(inputs.tolist(), sums[:, 0].tolist(), strict=True):
        wanted = 0
        for tree in range(7):
            node = 0
            while node < 15:
                right = row[forest.features[tree, node]] > forest.thresholds[tree, node]
                node = 2 * node + 1 + right
            wanted += int(forest.leaves[tree, node - 15])
        assert total == wanted


def test_the_same_seed_gives_the_same_forest() -> None:
    first, second = (random_forest(3, 2, 4, seed=9) for _ in range(2))
    assert np.array_equal(first.thresholds, second.thresholds)
    assert not np.array_equal(first.thresholds, random_forest(3, 2, 4, seed=8).thresholds)


@given(models(), st.sampled_from([100, 2**15 - 1]))
def test_quantised_sums_are_within_the_error_that_is_stated(model: ForestModel, most: int) -> None:
    exact = real_forest(replace(model, average=False, sum_precision="float64"))
    found = quantised(exact, most)
    assert np.abs(found.forest.leaves).max() <= most
    inputs = edges(model)
    sums = forest_sums(found.forest, inputs) * found.step
    # The float64 sums that it is compared with are rounded, too.
    slack = 1e-12 * np.abs(exact.leaves).sum()
    assert (np.abs(sums - forest_sums(exact, inputs)) <= found.error + slack).all()


def test_only_sums_of_floats_are_quantised() -> None:
    with pytest.raises(ValueError, match="floats"):
        quantised(random_forest(2, 2, 2, seed=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"leaves": np.zeros((2, 3), np.int32)}, "3 leaves"),
        ({"leaves": np.zeros((2, 512), np.int32)}, "512 leaves"),
        ({"features": np.zeros((2, 2), np.int32)}, "features and thresholds"),
        ({"features": np.zeros((2, 3), np.int64)}, "int32"),
        ({"features": np.full((2, 3), 9, np.int32)}, "past the 4"),
        ({"features": np.full((2, 3), -1, np.int32)}, "negative"),
        ({"thresholds": np.zeros((2, 3), np.int16)}, "thresholds and leaves"),
        ({"base": np.zeros(1)}, "int64"),
        ({"base": np.zeros(0, np.int64)}, "int64"),
        ({"output": np.array([1, 0], np.int32)}, "ascend"),
        ({"output": np.array([0, 1], np.int32)}, "outside 0 to 0"),
        ({"average": True}, "averaged"),
    ],
)
def test_a_forest_that_does_not_fit_together_is_refused(
    change: dict[str, Any], message: str
) -> None:
    forest = random_forest(2, 2, 4, seed=1)
    with pytest.raises(ValueError, match=message):
        replace(forest, **change)


def test_rows_must_be_of_the_forest() -> None:
    forest: Forest = random_forest(2, 2, 4, seed=1)
    with pytest.raises(ValueError, match="int32"):
        forest_sums(forest, np.zeros((1, 4)))
    with pytest.raises(ValueError, match="4 features"):
        forest_sums(forest, np.zeros((1, 5), np.int32))
