import json
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from slonana_analysis.compare.other_rules import (
    RULES,
    STORED_RUNS,
    all_rules,
    criterion,
    mann_whitney,
    other_rules,
    threshold,
    welch,
)
from slonana_analysis.compare.self_test import ALL_WORKLOADS, OUR_RULE, self_test
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.reserved import REFERENCE

# The p-value of each pair of samples lies on one side of 5 % or the other, by many seeds.
PAIRS = [(seed, shift) for seed in range(20) for shift in (0.0, 0.15, 0.3)]


def pair(seed, shift, digits=3):
    random = np.random.default_rng(seed)
    baseline = np.round(random.lognormal(3, 0.4, 90), digits)
    return baseline, np.round(random.lognormal(3 + shift, 0.4, 70), digits)


@pytest.mark.parametrize(("seed", "shift"), PAIRS)
def test_welch_is_scipys(seed, shift):
    baseline, variant = pair(seed, shift)
    p = stats.ttest_ind(variant, baseline, equal_var=False).pvalue
    assert (welch(baseline, variant) != "same") == (p < 0.05)


@pytest.mark.parametrize("digits", [3, 0])
@pytest.mark.parametrize(("seed", "shift"), PAIRS)
def test_mann_whitney_is_scipys_with_and_without_ties(seed, shift, digits):
    baseline, variant = pair(seed, shift, digits)
    p = stats.mannwhitneyu(variant, baseline, method="asymptotic").pvalue
    assert (mann_whitney(baseline, variant) != "same") == (p < 0.05)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_clear_change_is_called_in_its_direction(rule):
    random = np.random.default_rng(0)
    fast, slow = 100 + random.normal(0, 1, 50), 120 + random.normal(0, 1, 60)
    assert rule(fast, slow) == "regressed"
    assert rule(slow, fast) == "improved"
    assert rule(fast, fast.copy()) == "same"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_samples_without_any_spread_are_judged_by_their_difference_alone(rule):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rule(np.full(20, 5.0), np.full(20, 5.0)) == "same"
        assert rule(np.full(20, 5.0), np.full(20, 6.0)) == "regressed"


def test_criterion_asks_for_more_than_its_noise_threshold():
    random = np.random.default_rng(1)
    baseline = 100 + random.normal(0, 0.1, 200)
    assert criterion(baseline, baseline * 1.008) == "same"
    assert welch(baseline, baseline * 1.008) == "regressed"
    assert criterion(baseline, baseline * 1.015) == "regressed"


def test_criterions_test_has_its_nominal_level_on_samples_that_share_a_distribution():
    random = np.random.default_rng(2)
    words = [criterion(*random.normal(100, 20, (2, 40))) for _ in range(300)]
    # 5 % of 300 is 15; the noise threshold takes none away at this spread.
    assert 3 <= 300 - words.count("same") <= 30


def test_the_threshold_looks_at_nothing_but_medians():
    baseline = np.array([90.0, 100.0, 5000.0])
    assert threshold(baseline, baseline * 1.09) == "same"
    assert threshold(baseline, baseline * 1.11) == "regressed"


def measured(slowdown, *, launches, level, seed):
    """A case whose launches differ by ``level``, which the frozen kernel shares."""
    random = np.random.default_rng(seed)
    parameters = json.dumps({"slowdown": slowdown, "workload": "a"})
    identity = {"run": "", "experiment": "e", "parameters": parameters}
    samples, checks, started = [], [], []
    for launch in range(launches):
        moment = np.exp(random.normal(0, level))
        for variant, base in (("x", 100.0), ("y", 100 * (1 + slowdown)), (REFERENCE, 30.0)):
            key = identity | {"variant": variant, "launch": launch}
            times = base * moment * np.exp(random.normal(0, 0.002, 30))
            samples += [
                key
                | {"round": n, "order": 0, "value": time}
                | {"unit": "ns", "inner": 10, "harness_ns": 0.5}
                for n, time in enumerate(times)
            ]
            if variant != REFERENCE:
                checks.append(
                    key
                    | {"baseline": "x", "check": "output", "passed": True}
                    | {"observed": 0.0, "limit": 0.0}
                )
        started.append(
            {"run": "", "experiment": "e", "parameters": parameters, "launch": launch}
            | {"cpu": 0, "start_s": 0.5, "case_s": 0.1}
        )
    return Measurement(
        schema.SAMPLES.conform(pd.DataFrame(samples)),
        schema.CHECKS.conform(pd.DataFrame(checks)),
        schema.LAUNCHES.conform(pd.DataFrame(started)),
    )


@pytest.fixture(scope="module")
def shared_machine():
    """Two builds alike, and one 5 % slower, on a machine whose launches differ by 20 %."""
    parts = [measured(slowdown, launches=80, level=0.2, seed=3) for slowdown in (0.0, 0.05)]
    return Measurement(
        *(
            pd.concat([getattr(part, name) for part in parts])
            for name in ("samples", "checks", "launches")
        )
    )


@pytest.fixture(scope="module")
def judged(shared_machine):
    table = other_rules(shared_machine, 10)
    return table[table["workload"] == ALL_WORKLOADS].set_index(["rule", "slowdown"])


def test_one_process_each_calls_the_processes_different_instead_of_the_builds(judged):
    for name in ("Welch's t, 5 %", "Mann-Whitney, 5 %", "Criterion's rule"):
        assert judged.loc[f"{name}, one process each", 0.0]["rate"] == 1
        assert judged.loc[f"{name}, one process each", 0.05]["wrong_way"] > 0


def test_interleaved_they_are_quiet_because_both_sides_share_what_disturbs(judged):
    for name in RULES:
        assert judged.loc[f"{name}, interleaved", 0.0]["called"] <= 1
    assert judged.loc["Welch's t, 5 %, interleaved", 0.05]["rate"] == 1


def test_the_reference_kernel_saves_the_comparison_of_two_stored_runs(judged):
    alike, slower = judged.loc[STORED_RUNS, 0.0], judged.loc[STORED_RUNS, 0.05]
    assert (alike["tried"], alike["called"]) == (4, 0)
    assert (slower["tried"], slower["rate"], slower["wrong_way"]) == (4, 1, 0)


def test_every_rule_judges_every_block_once_and_says_what_that_takes(judged):
    others = judged[judged.index.get_level_values("rule") != STORED_RUNS]
    assert set(others["tried"]) == {8}
    seconds = judged["seconds"]
    assert seconds["Criterion's rule, one process each", 0.0] == pytest.approx(2 * 0.6)
    assert seconds["Criterion's rule, interleaved", 0.0] == pytest.approx(0.6)
    assert seconds[STORED_RUNS, 0.0] == pytest.approx(20 * 0.6)


def test_all_rules_are_the_production_rule_and_then_the_others(shared_machine):
    table = all_rules(shared_machine, 10)
    assert next(iter(dict.fromkeys(table["rule"]))) == OUR_RULE
    ours = self_test(shared_machine, 10)
    pd.testing.assert_frame_equal(table.iloc[: len(ours)], ours)
    assert set(table["rule"]) == {OUR_RULE, *other_rules(shared_machine, 10)["rule"]}


def test_without_a_frozen_kernel_stored_runs_are_not_measured(shared_machine):
    samples = shared_machine.samples
    without = Measurement(
        samples[samples["variant"] != REFERENCE], shared_machine.checks, shared_machine.launches
    )
    table = other_rules(without, 10).set_index(["rule", "workload", "slowdown"])
    assert table.loc[STORED_RUNS, ALL_WORKLOADS, 0.0]["tried"] == 0
