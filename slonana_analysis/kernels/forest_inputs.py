"""Seeded forests, for inputs as `slonana_analysis.kernels.inputs` draws them."""

import numpy as np

from slonana_analysis.kernels.forest import Forest


def random_forest(trees: int, depth: int, features: int, seed: int) -> Forest:
    """Return a random forest of perfect trees, for inputs that are uniform in [-10000, 10000].

    Parameters
    ----------
    trees : int
        How many.
    depth : int
        Comparisons from the root to a leaf, 1 to 8.
    features : int
        How many features a row has.
    seed : int
        The same seed gives the same forest.

    Returns
    -------
    Forest
        Of int32; features, thresholds in [-10000, 10000] and leaves in [-300, 300] are uniform.
    """
    random = np.random.default_rng(seed)
    inner = 2**depth - 1
    return Forest(
        features=random.integers(0, features, (trees, inner), dtype=np.int32),
        thresholds=random.integers(-10_000, 10_001, (trees, inner), dtype=np.int32),
        leaves=random.integers(-300, 301, (trees, inner + 1), dtype=np.int32),
        output=np.zeros(trees, np.int32),
        base=np.zeros(1, np.int64),
        feature_count=features,
    )
