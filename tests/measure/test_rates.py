import math

import numpy as np
import pytest

from slonana_analysis.measure.rates import median_interval, summarise_rates


def test_disturbed_batches_lower_the_middle_and_not_the_sustained_rate():
    rates = np.concatenate([np.full(40, 100.0), np.full(60, 50.0)])
    rate = summarise_rates(rates)
    assert (rate.sustained, rate.median, rate.low, rate.high) == (100.0, 50.0, 50.0, 100.0)
    assert rate.rounds == 100


def test_one_lucky_batch_is_not_sustained():
    rates = np.full(100, 100.0)
    rates[17] = 1e6
    assert summarise_rates(rates).sustained == 100.0


def test_too_few_batches_give_no_interval():
    low, high = median_interval(np.arange(7.0))
    assert math.isnan(low)
    assert math.isnan(high)


def test_eight_batches_give_their_range():
    # 2 * 0.5 ** 8 is the first below one percent.
    assert median_interval(np.array([3.0, 1, 2, 5, 4, 8, 7, 6])) == (1.0, 8.0)


@pytest.mark.parametrize("count", [8, 20, 101])
def test_the_interval_covers_the_median_as_often_as_it_says(count):
    random = np.random.default_rng(1)
    draws = random.exponential(size=(4000, count))
    intervals = np.array([median_interval(values) for values in draws])
    covered = (intervals[:, 0] <= math.log(2)) & (math.log(2) <= intervals[:, 1])
    assert covered.mean() > 0.985
