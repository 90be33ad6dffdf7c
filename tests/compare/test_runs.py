"""Two stored runs: what is called, what is not, and how often noise alone would be."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.runs import compare_counts, compare_runs
from slonana_analysis.model.reserved import REFERENCE, SELF_TEST_EXPERIMENT
from slonana_analysis.model.run import RunManifest
from slonana_analysis.model.schema import CHECKS, COUNTS, SAMPLES, VERDICTS
from tests.compare.test_reference_ratio import samples

HOST = {"machine": "ab12", "cpu": {"model": "Zen 4", "family": "25", "stepping": "1"}}
MANIFEST = RunManifest("first", "2026-11-23", "", "quick", {}, HOST, (), {})


@dataclass(frozen=True)
class Stored:
    """A run in memory."""

    table: pd.DataFrame
    manifest: RunManifest = MANIFEST
    check_rows: pd.DataFrame = field(default_factory=CHECKS.empty)
    count_rows: pd.DataFrame = field(default_factory=COUNTS.empty)

    def samples(self):
        return self.table

    def checks(self):
        return self.check_rows

    def counts(self):
        return self.count_rows


def noisy(seed, *, effect=0.0, launches=12, spread=0.004):
    """A run whose machine wanders by tens of percent and whose launches differ by `spread`."""
    random = np.random.default_rng(seed)
    layout = random.standard_t(4, launches) * spread
    wander = np.exp(random.normal(0, 0.2, (launches, 5)))
    table = samples(
        {"a": 10.0}, launches=launches, slowness=lambda launch, round_: wander[launch, round_]
    )
    factor = np.where(
        table["variant"] == REFERENCE, 1.0, np.exp(layout[table["launch"]]) * (1 + effect)
    )
    return Stored(table.assign(value=table["value"] * factor))


def count_rows(value, *, target="x86-64-v3", reason=""):
    row = {
        "run": "", "experiment": "sum", "variant": "a", "parameters": "{}",
        "event": "instructions", "value": value, "repeats": 2, "target": target, "reason": reason,
    }  # fmt: skip
    return COUNTS.conform(pd.DataFrame([row]))


def only(comparison):
    (row,) = comparison.verdicts.to_dict(orient="records")
    return row


def test_a_slowdown_is_found_through_a_machine_that_wanders_by_a_fifth():
    row = only(compare_runs(noisy(1), noisy(2, effect=0.04)))
    assert row["verdict"] == "regressed"
    assert row["low"] < 0.04 < row["high"]
    assert row["baseline"] == "run first"
    assert row["launches"] == 12
    assert row["comparisons"] == 1
    assert 5 < row["baseline_value"] < 20


def test_the_same_run_twice_is_the_same():
    run = noisy(3, spread=0.001)
    assert only(compare_runs(run, run))["verdict"] == "same"


def test_noise_is_seldom_called_and_slowdowns_are_found():
    """150 pairs of runs with nothing between them, and 50 with 3 %."""
    words = [only(compare_runs(noisy(2 * k), noisy(2 * k + 1)))["verdict"] for k in range(150)]
    assert sum(word in {"improved", "regressed"} for word in words) <= 2
    found = [
        only(compare_runs(noisy(1000 + k), noisy(2000 + k, effect=0.03)))["verdict"]
        for k in range(50)
    ]
    assert found.count("regressed") >= 48


def test_another_processor_is_shown_and_never_gated():
    other = replace(MANIFEST, run="second", host={**HOST, "cpu": {"model": "Xeon"}})
    comparison = compare_runs(noisy(1), replace(noisy(2, effect=0.5), manifest=other))
    row = only(comparison)
    assert row["estimate"] == pytest.approx(0.5, abs=0.02)
    assert row["verdict"] == "inconclusive"
    assert "different processors (Zen 4" in row["reason"]
    assert not comparison.comparability.gated


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_what_only_one_run_measured_is_not_measured(before, after):
    nothing = Stored(SAMPLES.empty())
    comparison = compare_runs(noisy(1) if before else nothing, noisy(1) if after else nothing)
    row = only(comparison)
    assert row["verdict"] == "not measured"
    assert f"the {'later' if before else 'earlier'} run did not measure it" in row["reason"]


def test_runs_without_the_frozen_kernel_say_so():
    old = Stored(samples({"a": 10.0}, reference=None))
    assert (
        "neither run measured it beside the frozen kernel" in only(compare_runs(old, old))["reason"]
    )


def test_a_single_launch_is_inconclusive():
    run = Stored(samples({"a": 10.0}, launches=1))
    row = only(compare_runs(run, run))
    assert (row["verdict"], row["launches"]) == ("inconclusive", 1)


def test_a_doubtful_timing_is_not_compared():
    check = {
        "run": "", "experiment": "sum", "variant": "a", "parameters": "{}", "baseline": "a",
        "launch": 0, "check": "linear", "passed": False, "observed": 1.0, "limit": 1.6,
    }  # fmt: skip
    doubtful = replace(noisy(2), check_rows=CHECKS.conform(pd.DataFrame([check])))
    assert "does not grow with the work" in only(compare_runs(noisy(1), doubtful))["reason"]


def test_the_self_tests_subjects_are_left_out():
    run = Stored(noisy(1).table.assign(experiment=SELF_TEST_EXPERIMENT))
    assert compare_runs(run, run).verdicts.empty


def test_two_empty_runs_give_an_empty_table():
    nothing = Stored(SAMPLES.empty())
    comparison = compare_runs(nothing, nothing)
    assert comparison.verdicts.columns.tolist() == VERDICTS.names
    assert comparison.verdicts.empty


@pytest.mark.parametrize(
    ("after", "word"), [(100.0, "same"), (100.9, "same"), (103.0, "regressed"), (90.0, "improved")]
)
def test_counts_are_exact(after, word):
    (row,) = compare_counts(count_rows(100.0), count_rows(after), "first").to_dict("records")
    assert row["verdict"] == word
    assert row["estimate"] == row["low"] == row["high"] == after / 100 - 1
    assert row["name"] == "sum, a, instructions"


@pytest.mark.parametrize("other", [count_rows(1.0, target="armv8"), count_rows(1.0, reason="no")])
def test_counts_for_other_instruction_sets_are_not_compared(other):
    assert compare_counts(count_rows(100.0), other, "first").empty
