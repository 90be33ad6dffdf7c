import numpy as np
import pytest

from slonana_analysis.kernels.inputs import (
    benchmark_tree,
    complete_tree,
    dense_layer,
    extreme_inputs,
    moderate_inputs,
)
from slonana_analysis.kernels.tree import NODE
from tests.kernels.conftest import Golden


def test_the_benchmark_tree_is_the_validators(golden: Golden) -> None:
    stored = golden["tree_nodes"][:31].reshape(-1).view(NODE)
    assert np.array_equal(benchmark_tree(), stored)


def test_inputs_follow_their_seed() -> None:
    for draw in (moderate_inputs, extreme_inputs):
        assert np.array_equal(draw((8, 8), 1), draw((8, 8), 1))
        assert not np.array_equal(draw((8, 8), 1), draw((8, 8), 2))
        assert draw((3, 5), 1).dtype == np.int32
    assert np.array_equal(complete_tree(4, 8, 1), complete_tree(4, 8, 1))
    assert not np.array_equal(complete_tree(4, 8, 1), complete_tree(4, 8, 2))


def test_ranges() -> None:
    moderate = moderate_inputs((10_000,), 1)
    assert moderate.min() >= -10_000
    assert moderate.max() <= 10_000
    extreme = extreme_inputs((10_000,), 1)
    assert {-(2**31), -(2**30), -1, 0, 1, 2**30, 2**31 - 1} <= set(extreme.tolist())
    weights, bias = dense_layer(64, 64, 1)
    assert np.abs(weights.astype(int)).max() <= 16_384
    assert weights.shape == (64, 64)
    assert not bias.any()


@pytest.mark.parametrize(("levels", "features"), [(0, 8), (9, 8), (5, 0), (5, 65)])
def test_trees_that_the_validator_would_refuse(levels: int, features: int) -> None:
    with pytest.raises(ValueError, match="no tree has"):
        complete_tree(levels, features, seed=1)
