import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats as scipy_stats

from slonana_analysis.stats import paired

FINITE = st.floats(-1e3, 1e3, allow_nan=False)


def test_launch_effect_is_the_median_of_the_paired_log_ratios():
    baseline = np.array([10.0, 20.0, 40.0])
    variant = np.array([11.0, 24.0, 40.0])
    assert paired.launch_effect(baseline, variant) == pytest.approx(math.log(1.1))


def test_launch_effect_sees_through_drift_that_both_arms_share():
    drift = np.exp(np.linspace(0, 3, 101))
    assert paired.launch_effect(drift, 1.03 * drift) == pytest.approx(math.log(1.03))


@pytest.mark.parametrize(
    ("baseline", "variant"),
    [([1.0], [1.0, 2.0]), ([], []), ([1.0], [0.0]), ([-1.0], [1.0])],
)
def test_launch_effect_refuses_what_has_no_log_ratio(baseline, variant):
    with pytest.raises(ValueError, match=r"equal|positive"):
        paired.launch_effect(np.array(baseline), np.array(variant))


def test_without_trimming_the_interval_is_students():
    values = np.array([0.1, 0.3, 0.2, 0.6])
    ours = paired.trimmed_mean_interval(values, level=0.05, trim=0.0)
    low, high = scipy_stats.t.interval(0.95, 3, loc=values.mean(), scale=scipy_stats.sem(values))
    assert (ours.estimate, ours.low, ours.high) == pytest.approx((values.mean(), low, high))


def test_ten_launches_by_hand():
    # Wilcox (2012), equation 4.3, worked on 1..10: g = 2, winsorised values 3,3,3,4,...,8,8,8.
    values = np.arange(1.0, 11.0)
    winsorised = np.array([3, 3, 3, 4, 5, 6, 7, 8, 8, 8.0])
    error = winsorised.std(ddof=1) / (0.6 * math.sqrt(10))
    ours = paired.trimmed_mean_interval(values, level=0.01)
    assert ours.estimate == 5.5
    assert ours.degrees == 5
    assert ours.standard_error == pytest.approx(error)
    assert ours.high - ours.estimate == pytest.approx(scipy_stats.t.ppf(0.995, 5) * error)


def test_two_wild_launches_in_ten_do_not_move_the_estimate():
    calm = np.linspace(-0.001, 0.001, 10)
    wild = calm.copy()
    wild[0], wild[-1] = -5.0, 7.0
    assert paired.trimmed_mean_interval(wild).estimate == pytest.approx(
        paired.trimmed_mean_interval(calm).estimate
    )


@given(arrays(np.float64, st.integers(2, 40), elements=FINITE), FINITE)
def test_the_interval_moves_with_its_values_and_holds_its_estimate(values, shift):
    interval = paired.trimmed_mean_interval(values)
    moved = paired.trimmed_mean_interval(values + shift)
    assert interval.low <= interval.estimate <= interval.high
    assert moved.estimate == pytest.approx(interval.estimate + shift, abs=1e-6)
    assert moved.high - moved.low == pytest.approx(interval.high - interval.low, abs=1e-6)


def test_no_error_is_believed_below_the_smallest():
    equal = np.full(5, 0.25)
    interval = paired.trimmed_mean_interval(equal, smallest_error=0.01)
    assert interval.standard_error == 0.01
    assert interval.low < 0.25 < interval.high
    wide = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert paired.trimmed_mean_interval(wide, smallest_error=0.01) == (
        paired.trimmed_mean_interval(wide)
    )


def test_one_launch_has_no_interval():
    with pytest.raises(ValueError, match="at least two launches"):
        paired.trimmed_mean_interval(np.array([1.0]))


def test_the_detectable_effect_is_what_simulated_launches_find():
    # 4,000 simulated experiments at the printed effect: found at close to the promised rate.
    random = np.random.default_rng(1)
    spread, launches = 0.01, 15
    errors = [paired.trimmed_mean_interval(random.normal(0, spread, launches)) for _ in range(400)]
    typical = sorted(errors, key=lambda interval: interval.standard_error)[200]
    effect = paired.minimum_detectable_effect(typical, floor=0.0)
    found = 0
    for _ in range(4000):
        interval = paired.trimmed_mean_interval(random.normal(effect, spread, launches))
        found += interval.low > 0
    assert 0.90 <= found / 4000 <= 0.99


def test_nothing_below_the_floor_is_promised():
    still = paired.Interval(0.0, 0.0, 0.0, standard_error=0.0, degrees=5)
    assert paired.minimum_detectable_effect(still, floor=0.01) == 0.01


def test_false_alarms_without_any_effect_stay_near_the_level():
    # Heavy-tailed launches (Student, 2 degrees): the very noise that breaks plain t intervals.
    random = np.random.default_rng(2)
    trials = 4000
    alarms = 0
    for _ in range(trials):
        interval = paired.trimmed_mean_interval(0.01 * random.standard_t(2, 15), level=0.01)
        alarms += interval.low > 0 or interval.high < 0
    assert alarms / trials <= 0.015
