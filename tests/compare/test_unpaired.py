"""The rule for unpaired sides, held against sessions of identical code that drift apart."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.compare.unpaired import Allowances, Side, judge_unpaired

FLOOR = 0.01
CHANGES = {"improved", "regressed"}


def session(random, processes, *, scale=1.0, drift=0.05, spread=0.05, slow=0.0, rounds=3):
    """One side: a level of the session's own, and processes around it, some in a slow mode."""
    level = 100 * scale * np.exp(random.normal(0, drift))
    modes = np.where(random.random(processes) < slow, 1.8, 1.0)
    levels = level * modes * np.exp(random.normal(0, spread, processes))
    observations = levels[:, None] * np.exp(random.normal(0, 0.003, (processes, rounds)))
    return Side(observations.ravel(), np.median(observations, axis=1))


def one_process(random, *, scale=1.0):
    """One process of 30 rounds, at a level as far off as single launches were seen to be."""
    level = 100 * scale * np.exp(random.uniform(math.log(0.62), math.log(1.23)))
    observations = level * np.exp(random.normal(0, 0.01, 30))
    return Side(observations, np.array([np.median(observations)]))


def calls(make, allowances):
    """How many of 400 comparisons of identical code are called a change."""
    random = np.random.default_rng(20261123)
    words = [judge_unpaired(make(random), make(random), FLOOR, allowances).word for _ in range(400)]
    return sum(word in CHANGES for word in words)


@pytest.mark.parametrize(
    ("drift", "spread", "called", "without"),
    [(0.05, 0.05, 0, 193), (0.05, 0.2, 0, 22), (0.08, 0.05, 7, 258), (0.08, 0.2, 0, 66)],
)
def test_drifting_sessions_of_identical_code(drift, spread, called, without):
    """Of 400 each: the allowance suffices for a drift of 5 %, and mostly for one of 8 %."""

    def make(random):
        return session(random, 20, drift=drift, spread=spread)

    assert calls(make, Allowances()) == called
    assert calls(make, Allowances(session=0.0)) == without


@pytest.mark.parametrize(
    ("processes", "called"), [(2, 0), (3, 0), (5, 0), (7, 0), (8, 1), (10, 3), (12, 1), (15, 0)]
)
def test_processes_may_by_chance_have_met_the_same_of_two_modes(processes, called):
    def make(random):
        return session(random, processes, slow=0.5, spread=0.01)

    assert calls(make, Allowances()) == called


def test_five_processes_are_too_few_for_the_allowance_of_sessions():
    def make(random):
        return session(random, 5, slow=0.5, spread=0.01)

    assert calls(make, Allowances(launch=0.25)) > 20


def test_single_processes_of_identical_code_are_not_called_changes():
    assert calls(one_process, Allowances()) == 0
    assert calls(one_process, Allowances(launch=0.25)) > 100


@pytest.mark.parametrize(("scale", "word"), [(2.0, "regressed"), (0.5, "improved")])
def test_twice_the_time_is_found(scale, word):
    random = np.random.default_rng(1)
    words = [
        judge_unpaired(
            session(random, 12), session(random, 12, scale=scale), FLOOR, Allowances()
        ).word
        for _ in range(200)
    ]
    assert words.count(word) >= 198
    assert not set(words) - {word, "inconclusive"}


@pytest.mark.parametrize(("scale", "word"), [(2.0, "inconclusive"), (2.2, "regressed")])
def test_of_a_single_process_little_more_than_twice_the_time_is_found(scale, word):
    side = one_process(np.random.default_rng(2))
    slower = Side(side.observations * scale, side.medians * scale)
    verdict = judge_unpaired(side, slower, FLOOR, Allowances())
    assert verdict.word == word
    assert verdict.launches == 1
    assert "only one process stands for each, so a factor of 2 is allowed" in verdict.reason


@pytest.mark.parametrize("processes", [1, 2, 12])
def test_the_reason_always_says_what_was_allowed_and_what_decides(processes):
    random = np.random.default_rng(3)
    for scale in (1.0, 9.0):
        sides = session(random, processes), session(random, processes, scale=scale)
        reason = judge_unpaired(*sides, FLOOR, Allowances()).reason
        assert "recorded one after the other, not in pairs" in reason
        assert "a factor of 1.25" in reason if processes == 12 else "a factor of 2" in reason
        assert reason.endswith("'slonana-analysis ab' decides smaller changes")


def test_the_interval_is_moved_out_by_the_allowance_and_no_further():
    sides = [session(np.random.default_rng(seed), 12) for seed in (4, 5)]
    bare = judge_unpaired(*sides, FLOOR, Allowances(session=0.0))
    widened = judge_unpaired(*sides, FLOOR, Allowances(session=0.25))
    assert widened.estimate == bare.estimate
    assert 1 + widened.high == pytest.approx((1 + bare.high) * 1.25)
    assert 1 + widened.low == pytest.approx((1 + bare.low) / 1.25)
    assert 1 + widened.mde == pytest.approx((1 + bare.mde) * 1.25)


def test_the_launch_allowance_is_never_below_that_of_sessions():
    sides = [session(np.random.default_rng(seed), 2) for seed in (6, 7)]
    verdict = judge_unpaired(*sides, FLOOR, Allowances(session=3.0, launch=0.0))
    assert "a factor of 4" in verdict.reason


def test_the_p_value_is_of_an_effect_within_the_allowance():
    random = np.random.default_rng(8)
    same = judge_unpaired(session(random, 12), session(random, 12), FLOOR, Allowances())
    twice = judge_unpaired(session(random, 12), session(random, 12, scale=3), FLOOR, Allowances())
    assert same.p_value == 1.0
    assert twice.p_value < 1e-6


def test_what_is_called_would_mostly_be_found_again_at_the_stated_effect():
    random = np.random.default_rng(9)
    stated = judge_unpaired(
        session(random, 12, drift=0), session(random, 12, drift=0), FLOOR, Allowances()
    ).mde
    found = sum(
        judge_unpaired(
            session(random, 12, drift=0),
            session(random, 12, drift=0, scale=1 + stated),
            FLOOR,
            Allowances(),
        ).word
        == "regressed"
        for _ in range(200)
    )
    assert found >= 170


def test_a_single_observation_has_an_estimate_and_no_interval():
    verdict = judge_unpaired(
        Side(np.array([2.0]), np.array([])),
        Side(np.array([9.0]), np.array([])),
        FLOOR,
        Allowances(),
    )
    assert verdict.word == "inconclusive"
    assert verdict.estimate == pytest.approx(3.5)
    assert math.isnan(verdict.low)
    assert math.isnan(verdict.p_value)
    assert verdict.mde == math.inf
    assert verdict.reason.startswith("a single observation cannot say")


def test_processes_count_only_where_both_sides_know_them():
    random = np.random.default_rng(10)
    known = session(random, 12)
    unknown = Side(known.observations, np.array([]))
    assert judge_unpaired(known, unknown, FLOOR, Allowances()).launches == 1


POSITIVE = st.floats(min_value=5e-324, max_value=1.7e308)


@given(st.lists(POSITIVE, min_size=1, max_size=12), st.lists(POSITIVE, min_size=1, max_size=12))
def test_any_positive_values_have_a_verdict(before, after):
    sides = [Side(np.array(values), np.array(values)) for values in (before, after)]
    verdict = judge_unpaired(*sides, FLOOR, Allowances())
    assert verdict.word in {"improved", "regressed", "inconclusive"}
    assert not verdict.low > verdict.estimate
    assert not verdict.high < verdict.estimate
