"""Verdicts on two commands, from made-up pairs: all metrics, zeros, and how often noise is one."""

import json

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.commands import judge_commands
from slonana_analysis.model.schema import SAMPLES, VERDICTS

MIB = 1 << 20


def _samples(metrics):
    """Samples of metrics, each a pair of arrays for A and B."""
    rows = [
        {
            "run": "", "experiment": "commands", "variant": name, "round": 0, "order": 0,
            "parameters": json.dumps({"metric": metric}), "launch": pair, "value": float(value),
            "unit": "bytes" if metric == "peak memory" else "ns", "inner": 1,
            "harness_ns": float("nan"),
        }
        for metric, sides in metrics.items()
        for name, values in zip("AB", sides, strict=True)
        for pair, value in enumerate(values)
    ]  # fmt: skip
    return SAMPLES.conform(pd.DataFrame(rows)) if rows else SAMPLES.empty()


def _wall(seed, effect=0.0, pairs=20, noise=0.01):
    """200 ms on a machine that wanders by a fifth; what differs within a pair is `noise`."""
    random = np.random.default_rng(seed)
    machine = 2e8 * np.exp(random.normal(0, 0.2, pairs))
    own = np.exp(random.standard_t(4, (2, pairs)) * noise)
    return machine * own[0], machine * own[1] * (1 + effect)


def _judge(**metrics):
    named = {name.replace("_", " "): sides for name, sides in metrics.items()}
    table = judge_commands(_samples(named), least_peak_bytes=8 * MIB)
    return {row["name"]: row for row in table.to_dict(orient="records")}


def test_a_change_is_called_in_its_metric_only():
    rows = _judge(wall_time=_wall(1, 0.05), user_time=_wall(2))
    assert rows["wall time"]["verdict"] == "regressed"
    assert rows["wall time"]["baseline"] == "A"
    assert rows["wall time"]["comparisons"] == 2
    assert rows["user time"]["verdict"] in {"same", "inconclusive"}


def test_noise_is_seldom_called_and_five_percent_is_found():
    """400 comparisons of a command with itself, and 100 with 5 % more."""
    words = [_judge(wall_time=_wall(seed))["wall time"]["verdict"] for seed in range(400)]
    assert sum(word in {"improved", "regressed"} for word in words) <= 4
    found = [_judge(wall_time=_wall(seed, 0.05))["wall time"]["verdict"] for seed in range(100)]
    assert found.count("regressed") >= 99


def test_four_noisy_metrics_together_call_no_more_than_one():
    names = ("wall_time", "user_time", "system_time", "peak_memory")
    called = 0
    for seed in range(150):
        rows = _judge(**{name: _wall(4 * seed + k, noise=0.05) for k, name in enumerate(names)})
        called += any(row["verdict"] in {"improved", "regressed"} for row in rows.values())
    assert called <= 5


@pytest.mark.parametrize("zeros", [0, 1])
def test_processor_time_that_was_not_accounted_for_is_not_measured(zeros):
    times = np.full(5, 1e6)
    sides = [times, times.copy()]
    sides[zeros][2] = 0
    row = _judge(user_time=sides)["user time"]
    assert row["verdict"] == "not measured"
    assert "used none of it" in row["reason"]


def test_memory_below_what_can_be_told_is_not_measured():
    sides = (np.full(5, 8 * MIB), np.full(5, 8 * MIB + 8192))
    assert _judge(peak_memory=sides)["peak memory"]["verdict"] == "not measured"


def test_memory_that_never_varies_is_the_same_and_more_of_it_is_a_regression():
    same = (np.full(5, 64 * MIB), np.full(5, 64 * MIB))
    more = (np.full(5, 64 * MIB), np.full(5, 80 * MIB))
    assert _judge(peak_memory=same)["peak memory"]["verdict"] == "same"
    row = _judge(peak_memory=more)["peak memory"]
    assert (row["verdict"], row["unit"]) == ("regressed", "bytes")


def test_nothing_gives_an_empty_table():
    assert judge_commands(SAMPLES.empty()).columns.tolist() == VERDICTS.names
