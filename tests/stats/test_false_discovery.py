"""Benjamini and Hochberg: against scipy, on the paper's own example, and its promise simulated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from slonana_analysis.stats.false_discovery import benjamini_hochberg

# Table of Benjamini and Hochberg (1995), section 3.2: at q = 0.05 the first four are rejected.
PAPER = np.array(
    [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0000,
    ]
)


def test_the_papers_example_rejects_four():
    assert (benjamini_hochberg(PAPER) <= 0.05).tolist() == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_it_agrees_with_scipy(values):
    p = np.array(values)
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)


def test_what_was_not_tested_does_not_count():
    with_gaps = benjamini_hochberg(np.array([0.01, np.nan, 0.04, np.nan]))
    assert with_gaps[[0, 2]].tolist() == [0.02, 0.04]
    assert np.isnan(with_gaps[[1, 3]]).all()


@pytest.mark.parametrize("empty", [np.array([]), np.array([np.nan])])
def test_nothing_tested_is_no_error(empty):
    assert len(benjamini_hochberg(empty)) == len(empty)


def test_a_probability_beyond_one_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg(np.array([0.5, 1.5]))


@pytest.mark.parametrize("real", [0, 20, 80])
def test_the_share_of_false_discoveries_is_kept(real):
    """2,000 reports of 100 comparisons, `real` of them with an effect of 4 standard errors."""
    random = np.random.default_rng(real)
    shares = []
    for _ in range(2000):
        z = random.standard_normal(100)
        z[:real] += 4
        called = benjamini_hochberg(2 * stats.norm.sf(np.abs(z))) <= 0.05
        shares.append(called[real:].sum() / max(called.sum(), 1))
    # Standard error of the mean below 0.005 for all three.
    assert np.mean(shares) <= 0.05 * (100 - real) / 100 + 0.015
