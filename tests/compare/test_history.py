"""Histories of made-up runs: what moved, between which two runs, and what is never mixed."""

import math

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.example import example, history_example
from slonana_analysis.compare.history import FEWEST_RUNS, comparable_trends, find_changes
from slonana_analysis.compare.trends import derived_tables, run_trends
from slonana_analysis.model import schema
from slonana_analysis.model.reserved import SELF_TEST_EXPERIMENT
from slonana_analysis.model.run import RunManifest
from tests.compare.test_reference_ratio import samples
from tests.report.made_verdicts import verdict_row

STEP = math.log(1.05)


def run_name(number):
    return f"202611{1 + number // 24:02d}T{number % 24:02d}0000Z-00000{number % 10}"


def trends(levels, *, variant="a", machine="ab12", basis="reference kernel", launches=10):
    """A series of runs with these levels."""
    rows = [
        {
            "run": run_name(number), "start": "2026-11-23T00:00:00+00:00", "machine": machine,
            "experiment": "sum", "variant": variant, "parameters": "{}", "name": f"sum, {variant}",
            "basis": basis, "value": float(level), "low": level - 0.01, "high": level + 0.01,
            "launches": launches,
        }
        for number, level in enumerate(levels)
    ]  # fmt: skip
    return schema.TRENDS.conform(pd.DataFrame(rows))


def noise(seed, runs=24, step_at=None):
    values = np.random.default_rng(seed).normal(0, 0.004, runs)
    if step_at is not None:
        values[step_at:] += STEP
    return values


def changes(*series):
    return find_changes(comparable_trends(pd.concat(series)))


def test_a_step_is_named_by_the_two_runs_around_it():
    (row,) = changes(trends(noise(1, step_at=15)), trends(noise(2), variant="b")).to_dict("records")
    assert (row["variant"], row["before"], row["after"]) == ("a", run_name(14), run_name(15))
    assert row["low"] < 0.05 < row["high"]
    assert (row["runs_before"], row["runs_after"]) == (15, 9)
    assert row["p_value"] < 1e-6


def test_many_flat_series_together_raise_nothing():
    flat = [trends(noise(seed), variant=f"v{seed}") for seed in range(100)]
    assert changes(*flat).empty


def test_machines_are_never_pooled():
    """Two machines on different levels, run alternately: one series of them would be nothing."""
    slow = trends(noise(3) + 1.0, machine="cd34")
    assert changes(trends(noise(4)), slow).empty


def test_bases_are_never_mixed():
    old = trends(np.full(10, 5.0), basis="baseline")
    new = trends(noise(5))
    kept = comparable_trends(pd.concat([old, new]))
    assert kept["basis"].unique().tolist() == ["reference kernel"]
    only_old = comparable_trends(old)
    assert len(only_old) == 10


def test_smoke_runs_take_no_part():
    assert comparable_trends(trends(noise(6), launches=2)).empty


@pytest.mark.parametrize("runs", [1, FEWEST_RUNS - 1])
def test_too_few_runs_place_no_change(runs):
    assert changes(trends(noise(7, runs=runs, step_at=runs // 2))).empty


def test_the_order_of_files_does_not_matter():
    table = trends(noise(8, step_at=12))
    shuffled = table.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(changes(table), changes(shuffled))


def test_no_runs_at_all():
    empty = comparable_trends(schema.TRENDS.empty())
    assert find_changes(empty).columns.tolist() == schema.CHANGES.names


HOST = {"machine": "ab12"}
MANIFEST = RunManifest(
    run_name(0), "2026-11-01", "2026-11-01T00:00:00+00:00", "quick", {}, HOST, (), {}
)


def test_the_level_of_a_run_is_its_ratio_to_the_frozen_kernel():
    table = samples({"a": 10.0, "b": 20.0}, launches=5)
    table.loc[table["variant"] == "b", "experiment"] = SELF_TEST_EXPERIMENT
    verdicts = schema.VERDICTS.conform(pd.DataFrame([verdict_row("sum", "a", {}, "same", 0.0)]))
    (row,) = run_trends(MANIFEST, table, schema.CHECKS.empty(), verdicts).to_dict("records")
    assert row["value"] == pytest.approx(math.log(0.25))
    assert (row["basis"], row["launches"], row["machine"]) == ("reference kernel", 5, "ab12")
    assert row["run"] == MANIFEST.run


def test_without_the_frozen_kernel_the_ratio_to_the_baseline_stands_in():
    verdicts = schema.VERDICTS.conform(
        pd.DataFrame([verdict_row("sum", "a", {}, "regressed", 0.10)])
    )
    table = samples({"a": 10.0}, reference=None)
    (row,) = run_trends(MANIFEST, table, schema.CHECKS.empty(), verdicts).to_dict("records")
    assert row["value"] == pytest.approx(math.log(1.1))
    assert row["basis"] == "baseline"


def test_a_doubtful_timing_has_no_level():
    check = {
        "run": "", "experiment": "sum", "variant": "a", "parameters": "{}", "baseline": "a",
        "launch": 0, "check": "linear", "passed": False, "observed": 1.0, "limit": 1.6,
    }  # fmt: skip
    gathered = {
        schema.SAMPLES: samples({"a": 10.0, "b": 5.0}),
        schema.CHECKS: schema.CHECKS.conform(pd.DataFrame([check])),
        schema.VERDICTS: schema.VERDICTS.empty(),
    }
    derived = derived_tables(MANIFEST, gathered)[schema.TRENDS]
    assert derived["variant"].tolist() == ["b"]


def test_a_single_launch_has_no_interval():
    table = samples({"a": 10.0}, launches=1)
    row = run_trends(MANIFEST, table, schema.CHECKS.empty(), schema.VERDICTS.empty()).iloc[0]
    assert math.isnan(row["low"])


def test_the_examples_of_the_notebooks():
    assert example() == {"slower": "regressed", "unchanged": "same"}
    assert history_example() == [("run 16", "run 17")]
