"""What the validator's own code answered."""

from pathlib import Path

import numba
import numpy as np
import pytest

from slonana_analysis.native.fingerprint import fingerprinted_directory

# numba keeps a cached function although one that it calls has changed in another file.
numba.config.CACHE_DIR = str(fingerprinted_directory("numba"))


@pytest.fixture(scope="session")
def recorded():
    path = Path(__file__).parents[2] / "data" / "golden-asynchronous.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
