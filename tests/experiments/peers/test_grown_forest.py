import numpy as np
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.peers.grown_forest import (
    DEPTH,
    FEATURES,
    SCALE,
    TREES,
    grown_forest,
    market_rows,
    market_target,
    rounded_model,
    trained_model,
)
from slonana_analysis.kernels.models.lightgbm_text import read_lightgbm

MODEL = """tree
version=v4
tree_sizes=1 2

Tree=0
num_leaves=2
threshold=146.50000000000003
leaf_value=0.25001 -0.5


Tree=1
num_leaves=3
threshold=-3.0000000000000004 7
leaf_value=0.1 0.2 0.3


end of trees

feature_importances:
"""


def test_thresholds_become_halves_and_leaves_fixed_point():
    lines = rounded_model(MODEL).splitlines()
    assert "threshold=146.5" in lines
    assert "threshold=-3.5 7.5" in lines
    assert f"leaf_value={4096 / SCALE} -0.5" in lines
    assert f"leaf_value={1638 / SCALE} {3277 / SCALE} {4915 / SCALE}" in lines
    assert lines[-3:] == ["end of trees", "", "feature_importances:"]


def test_a_half_decides_integers_as_the_threshold_did():
    integers = np.arange(-10, 10)
    for threshold in (-3.0000000000000004, -3.0, 0.0, 1e-35, 6.999999, 7.0):
        assert ((integers <= threshold) == (integers <= np.floor(threshold) + 0.5)).all()


def test_the_sizes_of_trees_are_those_of_the_rounded_text():
    text = rounded_model(MODEL)
    (sizes,) = (line for line in text.splitlines() if line.startswith("tree_sizes="))
    at = text.index("Tree=0")
    for number, size in enumerate(map(int, sizes.partition("=")[2].split())):
        assert text[at:].startswith(f"Tree={number}\n")
        at += size
    assert text[at:].startswith("end of trees")


def test_what_is_no_model_is_refused():
    with pytest.raises(FormatError, match="no trees"):
        rounded_model("version https://example.org\n")
    with pytest.raises(FormatError, match="does not fit int16"):
        rounded_model(MODEL.replace("0.3", "2.1"))


def test_generated_data_is_seeded_and_fits_int16():
    rows = market_rows(4096, seed=1)
    assert np.array_equal(rows, market_rows(4096, seed=1))
    assert not np.array_equal(rows, market_rows(4096, seed=2))
    assert rows.dtype == np.int32
    assert np.array_equal(rows.astype(np.int16), rows)
    assert np.array_equal(market_target(rows, seed=3), market_target(rows, seed=3))


def test_training_is_reproducible():
    pytest.importorskip("lightgbm")
    assert trained_model() == trained_model()


def test_the_forest_is_as_announced_and_its_sums_are_integers():
    pytest.importorskip("lightgbm")
    model = read_lightgbm(grown_forest().text)
    assert len(model.trees) == TREES
    assert model.feature_count == FEATURES
    assert max(tree.levels for tree in model.trees) == DEPTH + 1
    leaves = np.concatenate([tree.value for tree in model.trees]) * SCALE
    assert np.array_equal(leaves, leaves.round())
    # Whatever the order of the sum, float32 holds every part of it.
    assert sum(np.abs(tree.value).max() for tree in model.trees) * SCALE < 2**24


def test_rounding_changes_predictions_by_no_more_than_half_a_unit_a_tree():
    lightgbm = pytest.importorskip("lightgbm")
    rows = market_rows(512, seed=7).astype(np.float64)
    given = [lightgbm.Booster(model_str=text) for text in (trained_model(), grown_forest().text)]
    before, after = (each.predict(rows, num_threads=1) for each in given)
    assert np.abs(before - after).max() <= TREES * 0.5 / SCALE
