"""What the validator's own code computed."""

from pathlib import Path

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from slonana_analysis.native.fingerprint import fingerprinted_directory

# numba keeps a cached function although one that it calls has changed in another file.
numba.config.CACHE_DIR = str(fingerprinted_directory("numba"))

Golden = dict[str, NDArray]


@pytest.fixture(scope="session")
def golden() -> Golden:
    path = Path(__file__).parents[1] / "data" / "golden-kernels.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
