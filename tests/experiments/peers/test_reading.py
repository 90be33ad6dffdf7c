import json
import math

import pandas as pd
import pytest

from slonana_analysis.experiments.peers import reading as reading_module
from slonana_analysis.experiments.peers.reading import reading
from slonana_analysis.experiments.peers.table import COMPILED, PYTHON, peer_table
from slonana_analysis.model import schema


def row(variant, value, *, batch=64, work="equal", model="forest", experiment="peers"):
    return {
        "experiment": experiment,
        "variant": variant,
        "parameters": json.dumps({"batch": batch, "kernel": model, "work": work}, sort_keys=True),
        "value": value,
        "low": 0.9 * value,
        "high": 1.1 * value,
        "launches": 3,
        "unit": "ns",
    }


def summary(*rows):
    return schema.SUMMARY.conform(pd.DataFrame(list(rows)))


SUMMARY = summary(
    row("ours, int32", 64 * 500.0),
    row("ours, int16", 64 * 250.0),
    row("ours, int16, rows already encoded", 64 * 200.0),
    row("ours, int16, called from Python", 64 * 260.0),
    row("lleaves, machine code called directly", 64 * 1000.0),
    row("LightGBM, C interface, called from Python", 64 * 5200.0),
    row("ours, int16", 64 * 250.0, work="another model"),
    row("scikit-learn random forest, called from Python", 64 * 100.0, work="another model"),
    row("numba", 1.0, experiment="loop_unrolling"),
)


@pytest.fixture
def nothing_missing(monkeypatch):
    monkeypatch.setattr(reading_module, "missing_peers", dict)


def test_the_table_gives_times_per_row_and_compares_like_with_like():
    table = peer_table(SUMMARY).set_index(["name", "work", "called_from"])
    lleaves = table.loc[("lleaves, machine code called directly", "equal", COMPILED)]
    assert (lleaves["row_ns"], lleaves["batch"]) == (1000.0, 64)
    assert (lleaves["low"], lleaves["high"]) == pytest.approx((900.0, 1100.0))
    # Against our fastest that encodes its rows itself, called from the same side.
    assert lleaves["times_ours"] == pytest.approx(4.0)
    lightgbm = table.loc[("LightGBM, C interface", "equal", PYTHON)]
    assert lightgbm["times_ours"] == pytest.approx(20.0)
    other = table.loc[("scikit-learn random forest", "another model", PYTHON)]
    assert math.isnan(other["times_ours"])
    assert len(table) == 8


def test_the_reading_compares_equal_work_only(nothing_missing):
    text = reading(SUMMARY)
    assert "- **forest**, 64 rows a call" in text
    assert (
        "  - from compiled code: ours, int16 250 ns; ours, int32 500 ns; "
        "ours, int16, rows already encoded 200 ns; "
        "lleaves, machine code called directly 1.00 µs, 4.00 times as long." in text
    )
    assert "LightGBM, C interface 5.20 µs, 20.00 times as long" in text
    assert "random forest" not in text


def test_a_peer_that_is_faster_is_said_to_be(nothing_missing):
    text = reading(summary(row("ours", 640.0), row("lleaves", 320.0)))
    assert "lleaves 5.00 ns, which is faster: 0.50 of ours" in text


def test_missing_peers_are_listed_with_the_reason(monkeypatch):
    monkeypatch.setattr(
        reading_module, "missing_peers", lambda: {"LightGBM": "lightgbm is not installed; get it"}
    )
    text = reading(summary(row("ours", 640.0), row("numpy", 320.0)))
    assert "- LightGBM: not measured, for lightgbm is not installed; get it." in text
    assert "- treelite: not measured, though it is installed" in text


def test_nothing_measured_reads_as_nothing(nothing_missing):
    assert peer_table(schema.SUMMARY.empty()).empty
    assert "**" not in reading(schema.SUMMARY.empty())
