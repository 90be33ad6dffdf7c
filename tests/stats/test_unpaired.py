"""Yuen and Welch's interval of two independent sides: against scipy, and its level simulated."""

import numpy as np
import pytest
from scipy import stats

from slonana_analysis.stats.unpaired import trimmed_difference_interval


def _sides(seed, sizes=(12, 15), scales=(1.0, 3.0)):
    random = np.random.default_rng(seed)
    return tuple(
        random.standard_t(3, size) * scale for size, scale in zip(sizes, scales, strict=True)
    )


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_scipys_trimmed_t(seed):
    first, second = _sides(seed)
    interval = trimmed_difference_interval(first, second)
    expected = stats.ttest_ind(second, first, equal_var=False, trim=0.2)
    assert interval.estimate / interval.standard_error == pytest.approx(expected.statistic)
    assert interval.degrees == int(expected.df)


def test_turning_the_sides_round_turns_the_sign():
    first, second = _sides(7)
    there, back = (
        trimmed_difference_interval(first, second),
        trimmed_difference_interval(second, first),
    )
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_equal_values_have_no_spread_but_no_certainty_below_the_given_error():
    same = np.full(5, 2.0)
    assert trimmed_difference_interval(same, same + 1).standard_error == 0
    assert trimmed_difference_interval(same, same + 1, smallest_error=0.1).low < 1


def test_one_launch_a_side_is_too_few():
    with pytest.raises(ValueError, match="at least two launches a side"):
        trimmed_difference_interval(np.array([1.0]), np.array([1.0, 2.0]))


@pytest.mark.parametrize(("sizes", "scales"), [((10, 10), (1, 1)), ((7, 20), (1, 3))])
def test_equal_sides_are_told_apart_no_more_often_than_the_level(sizes, scales):
    """4,000 pairs of heavy-tailed sides with the same centre; 1 % would be 40, plus 4 sigma 65."""
    random = np.random.default_rng(3)
    called = 0
    for _ in range(4000):
        first = random.standard_t(4, sizes[0]) * scales[0]
        second = random.standard_t(4, sizes[1]) * scales[1]
        interval = trimmed_difference_interval(first, second)
        called += not interval.low <= 0 <= interval.high
    assert called <= 65
