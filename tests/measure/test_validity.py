import math

import numpy as np
import pytest

from slonana_analysis.measure.validity import (
    FLOOR_MARGIN_NS,
    LINEAR_HIGH,
    LINEAR_LOW,
    check_floor,
    check_linear,
    check_output,
    check_roof,
)


def test_equal_outputs_pass_and_say_that_they_differ_by_nothing():
    check = check_output(np.arange(5), np.arange(5), 0.0)
    assert (check.passed, check.observed, check.limit) == (True, 0.0, 0.0)


@pytest.mark.parametrize(
    ("candidate", "observed"),
    [([0, 1, 2, 3, 5], 0.25), ([0, 1, 2, 3, 4, 5], math.nan), ([4, 3, 2, 1, 0], 1.0)],
)
def test_a_different_output_fails_and_says_by_how_much(candidate, observed):
    check = check_output(np.arange(5), np.array(candidate), 0.0)
    assert not check.passed
    np.testing.assert_equal(check.observed, observed)


def test_unsigned_outputs_do_not_wrap_around():
    check = check_output(np.array([4], np.uint8), np.array([5], np.uint8), 0.0)
    assert check.observed == 0.25


def test_rounding_within_the_tolerance_passes():
    check = check_output(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]), 1e-6)
    assert check.passed
    assert 0 < check.observed < 1e-6


def test_proportional_work_is_linear(batch):
    check = check_linear(batch(10.0), 2000)
    assert check.passed
    assert check.observed == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("constant", [30, 20_000, 5_000_000])
def test_time_that_does_not_grow_with_the_work_is_caught(constant):
    check = check_linear(lambda _: constant, 1 << 20)
    assert not check.passed
    assert check.observed == 1
    assert check.limit == LINEAR_LOW


def test_work_hoisted_out_of_the_loop_is_caught():
    # One evaluation of 14 us before an empty loop of 0.5 ns: calibration stops at 4096.
    check = check_linear(lambda inner: round(14_000 + 0.5 * inner), 4096)
    assert not check.passed
    assert check.observed < LINEAR_LOW


def test_superlinear_work_is_caught():
    check = check_linear(lambda inner: inner**2, 100)
    assert not check.passed
    assert check.observed == 4
    assert check.limit == LINEAR_HIGH


def test_work_that_takes_no_time_at_all_is_caught():
    check = check_linear(lambda _: 0, 1 << 20)
    assert not check.passed
    assert math.isinf(check.observed)


def test_load_that_begins_between_two_timings_is_seen_through(batch):
    class LoadBeginsOnce(batch):
        def __call__(self, inner):
            return super().__call__(inner) * (1 if len(self.asked) <= 1 else 2)

    check = check_linear(LoadBeginsOnce(10.0), 2000)
    assert check.passed
    assert check.observed == pytest.approx(2, abs=0.01)


def test_load_that_comes_and_goes_is_seen_through(batch):
    class Contended(batch):
        # Three of five doubled batches are disturbed, no single one is: the median is off.
        def __call__(self, inner):
            disturbed = inner == 4000 and self.asked.count(4000) < 3
            return super().__call__(inner) * (3 if disturbed else 1)

    check = check_linear(Contended(10.0), 2000)
    assert check.passed
    assert check.observed == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_no_disturbance_brings_absent_work_back(batch, machine, seed):
    noisy = batch(0.0, fixed=20_000, machine=machine(seed, drift=0.05, stall=0.1))
    assert not check_linear(noisy, 1 << 20).passed


def test_the_floor_holds_the_fastest_repetition_against_the_empty_loop():
    slowed = np.array([0.6, 3.0, 3.0, 3.0])
    assert not check_floor(slowed, 0.5).passed
    assert check_floor(slowed + FLOOR_MARGIN_NS, 0.5).passed
    assert check_floor(slowed, 0.5).limit == 0.5 + FLOOR_MARGIN_NS


def test_an_unknown_floor_limits_nothing():
    check = check_floor(np.array([0.1]), math.nan)
    assert check.passed
    assert math.isnan(check.limit)


def test_a_median_below_the_roof_is_caught_beyond_a_tolerance():
    assert not check_roof(np.array([90.0, 94.0, 1e6]), 100.0).passed
    assert check_roof(np.array([90.0, 96.0, 1e6]), 100.0).passed


def test_no_roof_limits_nothing():
    check = check_roof(np.array([1.0]), 0.0)
    assert check.passed
    assert math.isnan(check.limit)
