"""Clopper and Pearson's interval against scipy, at its ends, and its coverage in full."""

import numpy as np
import pytest
from scipy import stats

from slonana_analysis.stats.binomial import clopper_pearson


@pytest.mark.parametrize(("found", "tried"), [(0, 300), (3, 300), (150, 300), (300, 300), (1, 1)])
def test_it_agrees_with_scipy(found, tried):
    expected = stats.binomtest(found, tried).proportion_ci(0.99, "exact")
    assert clopper_pearson(found, tried) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_no_trial_says_nothing():
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("found", "tried"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(found, tried):
    with pytest.raises(ValueError, match="cannot be"):
        clopper_pearson(found, tried)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.3, 0.95])
def test_it_covers_the_rate_at_least_as_often_as_it_says(rate):
    found = np.arange(101)
    intervals = np.array([clopper_pearson(int(k), 100) for k in found])
    inside = (intervals[:, 0] <= rate) & (rate <= intervals[:, 1])
    assert stats.binom.pmf(found, 100, rate)[inside].sum() >= 0.99
