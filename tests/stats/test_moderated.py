"""Moderated differences: against known truth, simulated with fixed seeds."""

import math

import numpy as np
import pytest
from scipy import special

from slonana_analysis.stats.false_discovery import benjamini_hochberg
from slonana_analysis.stats.moderated import (
    _inverse_trigamma,
    fit_prior,
    moderated_differences,
    typical_shifts,
)

LEVEL = 0.01


def _simulated(rng, rows, captures, *, planted=0.0, samples=20_000):
    """Counts of two groups: shares of any size, each varying by its own 1 % between captures."""
    shares = np.sort(rng.dirichlet(np.full(rows, 0.5)))[::-1]
    spread = 0.01 * np.sqrt(8 / rng.chisquare(8, rows))
    slower = int(np.argmin(np.abs(shares - 0.2)))

    def capture(of):
        varied = of * np.exp(spread * rng.standard_normal(rows))
        return rng.multinomial(samples, varied / varied.sum())

    changed = shares.copy()
    changed[slower] *= 1 + planted
    counts = np.array([capture(shares) for _ in range(captures)])
    others = np.array([capture(changed) for _ in range(captures)])
    both = np.concatenate([counts, others]).T
    judged = both.mean(axis=1) >= 20
    return both[judged], np.flatnonzero(judged) == slower


def _called(counts):
    captures = counts.shape[1] // 2
    values = np.log(counts + 0.5) - np.log(counts.sum(axis=0))
    values = values - typical_shifts(values, counts.mean(axis=1), captures)
    before, after = values[:, :captures], values[:, captures:]
    found = moderated_differences(
        before, after, counts[:, :captures].mean(axis=1), counts[:, captures:].mean(axis=1)
    )
    return benjamini_hochberg(found.p_value) <= LEVEL, found


@pytest.mark.parametrize("captures", [3, 5, 10])
@pytest.mark.parametrize("rows", [12, 60])
def test_false_alarms_stay_at_the_level(captures, rows):
    rng = np.random.default_rng(captures * 100 + rows)
    families, single, repeats = 0, [], 500
    for _ in range(repeats):
        called, found = _called(_simulated(rng, rows, captures)[0])
        families += called.any()
        single += (found.p_value <= LEVEL).tolist()
    # Any false call among all rows, and each row by itself: 1 %. More than 14 of 500 comparisons
    # with a false call would come about by chance once in 5000 times.
    assert families <= 14
    assert np.mean(single) == pytest.approx(LEVEL, abs=0.006)


def test_power_grows_with_captures():
    rates = {}
    for captures in (3, 5, 10):
        rng = np.random.default_rng(captures)
        found = [_simulated(rng, 60, captures, planted=0.1) for _ in range(150)]
        rates[captures] = np.mean([_called(counts)[0][planted].any() for counts, planted in found])
    assert rates[3] < rates[5] <= rates[10]
    assert rates[5] > 0.6
    assert rates[10] > 0.95


def test_a_planted_change_is_estimated_as_itself():
    rng = np.random.default_rng(1)
    estimates = []
    for _ in range(60):
        counts, planted = _simulated(rng, 60, 10, planted=0.2)
        estimates += _called(counts)[1].estimate[planted].tolist()
    assert math.expm1(np.mean(estimates)) == pytest.approx(0.2, abs=0.02)


def test_the_prior_is_recovered():
    rng = np.random.default_rng(2)
    degrees, prior, scale = 8, 10.0, 3.0
    true = prior * scale / rng.chisquare(prior, 20_000)
    sample = true * rng.chisquare(degrees, true.size) / degrees
    found = fit_prior(sample, degrees)
    assert found.degrees == pytest.approx(prior, rel=0.1)
    assert found.variance == pytest.approx(scale, rel=0.05)


def test_equal_variances_have_an_infinite_prior():
    found = fit_prior(np.full(50, 2.0), 4)
    assert math.isinf(found.degrees)


def test_a_single_row_is_a_plain_t_test():
    first, second = np.array([[1.0, 2.0, 4.0]]), np.array([[3.0, 5.0, 7.0]])
    found = moderated_differences(first, second, np.array([np.inf]), np.array([np.inf]))
    pooled = (first.var(ddof=1) + second.var(ddof=1)) / 2
    error = math.sqrt(pooled * 2 / 3)
    assert found.degrees == 4
    assert found.standard_error[0] == pytest.approx(error)
    distance = found.estimate[0] / error
    assert found.p_value[0] == pytest.approx(2 * special.stdtr(4, -distance))
    assert found.estimate[0] == pytest.approx(5 - 7 / 3)
    assert found.low[0] < found.estimate[0] < found.high[0]


def test_sides_of_different_sampling_rates_weigh_by_their_samples():
    rng = np.random.default_rng(3)
    rows = np.full(200, 0.005)
    often = np.log(rng.multinomial(100_000, rows, 5).T + 0.5) - math.log(100_000)
    seldom = np.log(rng.multinomial(5_000, rows, 5).T + 0.5) - math.log(5_000)
    found = moderated_differences(often, seldom, np.full(200, 500.0), np.full(200, 25.0))
    expected = math.sqrt((1 / 500 + 1 / 25) / 5)
    assert np.median(found.standard_error) == pytest.approx(expected, rel=0.15)


def test_what_a_hot_function_does_to_the_others_is_taken_off():
    before = np.array([200, 200, 200, 200, 100, 100], np.float64)
    after = before * [2, 1, 1, 1, 1, 1]
    counts = np.stack([before, before, after, after], axis=1)
    values = np.log(counts / counts.sum(axis=0))
    shifts = typical_shifts(values, counts.mean(axis=1), 2)
    moved = (values - shifts)[:, 2] - (values - shifts)[:, 0]
    assert np.expm1(moved) == pytest.approx([1, 0, 0, 0, 0, 0], abs=1e-9)


def test_one_capture_a_side_is_refused():
    one = np.zeros((3, 1))
    with pytest.raises(ValueError, match="two captures a side"):
        moderated_differences(one, one, np.ones(3), np.ones(3))


@pytest.mark.parametrize("x", [0.05, 0.5, 3.0, 400.0])
def test_inverse_trigamma(x):
    assert _inverse_trigamma(float(special.polygamma(1, x))) == pytest.approx(x, rel=1e-6)
    assert _inverse_trigamma(1e8) == pytest.approx(1e-4)
    assert _inverse_trigamma(1e-8) == pytest.approx(1e8)
