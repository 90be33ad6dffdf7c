"""Change points: simulated series with fixed seeds, known answers, and what apache-otava says."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.stats.change_points import change_points

OTAVA = json.loads((Path(__file__).parent / "otava" / "answers.json").read_text())
FLOOR = math.log(1.01)
STEP = math.log(1.03)


def series(seed, step=0.0, runs=50):
    """Runs with a standard deviation of 0.5 %: heavy tails (t, 4) and a lag-1 correlation of 0.2.

    The step comes at a random place, at least 5 runs from either end; with it the place.
    """
    random = np.random.default_rng(seed)
    noise = random.standard_t(4, runs) * 0.005 / math.sqrt(2)
    values = np.empty(runs)
    values[0] = noise[0]
    for place in range(1, runs):
        values[place] = 0.2 * values[place - 1] + math.sqrt(1 - 0.2**2) * noise[place]
    place = int(random.integers(5, runs - 5))
    values[place:] += step
    return values, place


def test_a_step_of_3_percent_is_found_within_two_runs_for_95_of_100_seeds():
    found = 0
    for seed in range(200):
        values, place = series(seed, STEP)
        points = change_points(values, floor=FLOOR)
        found += any(abs(point.index - place) <= 2 for point in points)
    assert found >= 190


def test_flat_series_raise_a_point_for_at_most_5_of_100_seeds():
    raised = sum(bool(change_points(series(1000 + seed)[0], floor=FLOOR)) for seed in range(200))
    assert raised <= 10


def test_without_a_floor_flat_series_still_keep_near_the_level():
    """The correlation between runs breaks the permutation test's promise a little."""
    raised = sum(bool(change_points(series(2000 + seed)[0])) for seed in range(200))
    assert raised <= 20


@pytest.mark.parametrize("answer", OTAVA["series"], ids=lambda answer: answer["name"])
def test_apache_otava_finds_the_same(answer):
    ours = [point.index for point in change_points(np.array(answer["values"]), floor=0.01)]
    assert len(ours) == len(answer["otava"])
    for own, other in zip(ours, answer["otava"], strict=True):
        assert abs(own - other) <= 1


def test_size_levels_and_interval_of_a_step():
    random = np.random.default_rng(4)
    values = np.r_[random.normal(1.0, 0.01, 12), random.normal(1.2, 0.01, 9)]
    (point,) = change_points(values)
    assert (point.index, point.before, point.after) == (12, 12, 9)
    assert point.change.low < 0.2 < point.change.high
    assert point.change.estimate == pytest.approx(0.2, abs=0.01)
    assert point.p_value < 1e-6


def test_a_move_below_the_floor_is_none():
    values = np.r_[np.full(15, 1.0), np.full(15, 1.005)]
    values += np.random.default_rng(1).normal(0, 1e-4, 30)
    assert len(change_points(values)) == 1
    assert change_points(values, floor=0.01) == ()


def test_one_odd_run_is_no_change_of_level():
    values = np.random.default_rng(2).normal(0, 0.003, 40)
    values[20] += 0.5
    assert change_points(values, floor=FLOOR) == ()


def test_the_same_series_gives_the_same_answer():
    values, _ = series(3, STEP)
    assert change_points(values, floor=FLOOR) == change_points(values, floor=FLOOR)


def test_the_order_of_a_series_decides_not_its_values():
    values, _ = series(5, STEP)
    shuffled = np.random.default_rng(0).permutation(values)
    assert change_points(values, floor=FLOOR) != ()
    assert change_points(shuffled, floor=FLOOR) == ()


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 30])
def test_too_few_runs_or_no_variation_have_no_change_point(values):
    assert change_points(np.array(values)) == ()


def test_a_step_in_values_that_never_vary_is_found():
    (point,) = change_points(np.r_[np.full(10, 100.0), np.full(10, 103.0)], floor=1.0)
    assert point.index == 10


def test_the_least_values_at_a_level_are_kept():
    values = np.r_[np.zeros(20), np.ones(4)] + np.random.default_rng(8).normal(0, 0.01, 24)
    assert [point.index for point in change_points(values, least=4, floor=0.1)] == [20]
    assert all(point.after >= 5 for point in change_points(values, least=5))


@pytest.mark.parametrize("values", [[math.nan] * 10, [math.inf] + [0.0] * 9])
def test_what_is_no_number_is_refused(values):
    with pytest.raises(ValueError, match="finite"):
        change_points(np.array(values))
