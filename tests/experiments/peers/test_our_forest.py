from dataclasses import replace

import numpy as np
import pytest

from slonana_analysis.experiments.peers.grown_forest import DEPTH, SCALE, TREES
from slonana_analysis.experiments.peers.our_forest import OurForest, our_variants
from slonana_analysis.experiments.peers.table import is_ours, is_ours_in_full
from slonana_analysis.kernels.forest import forest_sums
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import moderate_inputs

FEATURES = 16


@pytest.fixture(scope="module")
def forest():
    fixed = random_forest(TREES, DEPTH, FEATURES, seed=1)
    return OurForest(replace(fixed, thresholds=fixed.thresholds + 0.5), fixed, 2.0**-15)


# 4096 rows are two rounds of tiles; 8 rows do not fill one.
@pytest.mark.parametrize("batch", [1, 8, 64, 4096])
def test_every_variant_gives_the_sums_of_the_plain_kernel(forest, batch):
    rows = moderate_inputs((max(2 * batch, 64), FEATURES), seed=2)
    batches = rows.reshape(-1, batch, FEATURES)[:16]
    given = rows.reshape(-1, batch, FEATURES)
    expected = forest_sums(forest.fixed, batches.reshape(-1, FEATURES))[:, 0] * 2.0**-15 * SCALE
    for variant in our_variants(forest, given.astype(np.float64)):
        assert is_ours(variant.name)
        assert np.array_equal(variant.output(), expected), variant.name
        assert variant.batch(1) > 0


def test_the_first_takes_what_the_peers_take(forest):
    rows = moderate_inputs((64, FEATURES), seed=3).astype(np.float64)
    for batch in (1, 64):
        names = [each.name for each in our_variants(forest, rows.reshape(-1, batch, FEATURES))]
        assert [is_ours_in_full(name) for name in names] == [True, *([False] * 4), True]
