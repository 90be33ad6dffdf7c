"""Two result files of one tool: matched by name, nothing dropped, nothing called too easily."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.benches import compare_benches
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.registry import read_benches

RESULTS = Path(__file__).parents[2] / "data" / "bench-results"
FLOOR = 0.01


def results(source, levels, *, seed=0, processes=12, unit="ns", unmeasured=None, host=None):
    """Made-up results: benchmark to level; the processes lie 1 % around it."""
    random = np.random.default_rng(seed)
    rows = [
        {"name": name, "value": level * np.exp(random.normal(0, 0.01)), "unit": unit}
        | {"process": process, "order": order}
        for name, level in levels.items()
        for process in range(processes)
        for order in range(3)
    ]
    values = schema.BENCHES.conform(pd.DataFrame(rows)) if rows else schema.BENCHES.empty()
    return BenchResults("pyperf", "2", source, host or {}, values, unmeasured or {})


def compared(old, new, **allowances):
    return compare_benches(old, new, floor=FLOOR, **allowances)


@pytest.mark.parametrize(
    ("tool", "verdicts"),
    [
        (
            "google-benchmark/{}.json",
            {"sum/256": "inconclusive", "sum/4096": "inconclusive", "fill": "inconclusive"}
            | {"ledger": "not measured"},
        ),
        ("pyperf/{}.json", {"total": "inconclusive", "ordered": "inconclusive"}),
        (
            "hyperfine/{}.json",
            {"pause": "regressed", "count": "inconclusive", "refuse": "inconclusive"},
        ),
        (
            "criterion/{}",
            {"words/fill/512": "inconclusive", "words/sum/256": "regressed"}
            | {"words/sum/4096": "regressed"},
        ),
    ],
    ids=["google-benchmark", "pyperf", "hyperfine", "criterion"],
)
def test_genuine_files_old_against_new(tool, verdicts):
    old, new = (read_benches(RESULTS / tool.format(side)) for side in ("old", "new"))
    found = compared(old, new)
    assert dict(zip(found["name"], found["verdict"], strict=True)) == verdicts
    assert found.equals(schema.VERDICTS.conform(found))
    assert (found["reason"] != "").all()
    assert set(found["experiment"]) == {old.tool}
    assert (found["variant"] == found["name"]).all()
    assert set(found["baseline"]) == {"old"}
    assert set(found["parameters"]) == {"{}"}


@pytest.mark.parametrize(
    "file",
    [
        "google-benchmark/old.json",
        "pyperf/new.json",
        "pytest-benchmark/old.json",
        "pytest-benchmark/summary.json",
        "hyperfine/old.json",
        "asv/bench",
        "criterion/new",
    ],
)
def test_a_file_against_itself_holds_no_change(file):
    found = read_benches(RESULTS / file)
    verdicts = compared(found, found)
    assert set(verdicts["verdict"]) <= {"inconclusive", "not measured"}
    assert (verdicts["estimate"].dropna() == 0).all()


def test_values_and_sizes_stand_beside_the_verdict():
    old = results("old.json", {"a": 100.0})
    new = results("new.json", {"a": 300.0}, seed=1, processes=10)
    row = compared(old, new).iloc[0]
    assert row["verdict"] == "regressed"
    assert row["estimate"] == pytest.approx(2.0, rel=0.02)
    assert row["low"] < row["estimate"] < row["high"]
    assert row["value_low"] < row["value"] < row["value_high"]
    assert row["value"] == pytest.approx(300, rel=0.02)
    assert row["baseline_value"] == pytest.approx(100, rel=0.02)
    assert (row["launches"], row["unit"], row["comparisons"]) == (10, "ns", 1)


def test_what_only_one_side_has_or_could_measure_is_a_row_with_its_reason():
    old = results("old.json", {"a": 1.0, "b": 1.0}, unmeasured={"d": "it failed: full"})
    new = results("new.json", {"c": 1.0, "a": 1.0, "d": 1.0}, unmeasured={"e": "it was skipped"})
    found = compared(old, new)
    assert found["name"].to_list() == ["a", "b", "d", "c", "e"]
    assert found["verdict"].to_list() == ["inconclusive"] + ["not measured"] * 4
    assert found["reason"].to_list()[1:] == [
        "new.json lacks it",
        "in old.json it has no value: it failed: full",
        "old.json lacks it",
        "old.json lacks it",
    ]
    assert found.loc[1:, ["estimate", "low", "value", "mde", "p_value"]].isna().all(axis=None)
    assert found["comparisons"].to_list() == [1, 0, 0, 0, 0]


def test_units_and_signs_that_make_no_ratio():
    old = results("old.json", {"a": 1.0})
    other = compared(old, results("new.json", {"a": 1.0}, unit="bytes")).iloc[0]
    assert other["verdict"] == "not measured"
    assert other["reason"] == "it is in ns on the old side and in bytes on the new one"
    zero = replace(old, values=old.values.assign(value=0.0))
    assert "there is no ratio" in compared(old, zero)["reason"].iloc[0]


def test_nothing_is_called_between_different_processors():
    old = results("old.json", {"a": 1.0}, host={"cpu_model_name": "EPYC", "hostname": "x"})
    other = results("new.json", {"a": 9.0}, host={"cpu_model_name": "Xeon", "hostname": "y"})
    same = results("new.json", {"a": 9.0}, host={"cpu_model_name": "EPYC", "hostname": "y"})
    row = compared(old, other).iloc[0]
    assert row["verdict"] == "inconclusive"
    assert row["estimate"] == pytest.approx(8.0, rel=0.05)
    assert row["reason"].startswith("the sides come from different machines (cpu_model_name EPYC")
    assert compared(old, same)["verdict"].to_list() == ["regressed"]


def test_a_change_taken_back_still_says_what_it_was_judged_on():
    steady = {f"steady {index}": 100.0 for index in range(300)}
    old = results("old.json", {"jumpy": 100.0} | steady)
    jumpy = old.values["name"] == "jumpy"
    levels = 185 * np.exp(np.linspace(-0.4, 0.4, 12))[old.values["process"]]
    new = replace(old, values=old.values.assign(value=old.values["value"].where(~jumpy, levels)))
    alone = compared(*(replace(side, values=side.values[jumpy]) for side in (old, new)))
    among = compared(old, new)
    assert 0.01 / 301 < alone["p_value"].iloc[0] < 0.01
    assert alone["verdict"].to_list() == ["regressed"]
    assert among["verdict"].iloc[0] == "inconclusive"
    assert "among 301 comparisons" in among["reason"].iloc[0]
    assert among["reason"].iloc[0].endswith("'slonana-analysis ab' decides smaller changes")
    assert among["comparisons"].eq(301).all()


def test_a_measured_allowance_of_sessions_takes_the_place_of_ours():
    old, new = results("o", {"a": 100.0}), results("n", {"a": 110.0}, seed=3)
    assert compared(old, new)["verdict"].to_list() == ["inconclusive"]
    assert compared(old, new, session=0.02)["verdict"].to_list() == ["regressed"]
    assert compared(old, old, session=0.0)["verdict"].iloc[0] in {"same", "inconclusive"}


def test_nothing_on_either_side_is_an_empty_table():
    nothing = results("old.json", {})
    assert compared(nothing, nothing).equals(schema.VERDICTS.empty())


def test_values_a_universe_apart_do_not_overflow():
    old = results("old.json", {"a": 1.0}, processes=2)
    ends = np.where(old.values["process"] == 0, 1e-300, 1e300)
    row = compared(old, replace(old, values=old.values.assign(value=ends))).iloc[0]
    assert row["verdict"] == "inconclusive"
    assert row["high"] == np.inf


def test_two_tools_and_negative_allowances_are_refused():
    old = results("old.json", {"a": 1.0})
    with pytest.raises(UsageError, match=r"old\.json is of pyperf and new\.json of asv"):
        compared(old, replace(old, tool="asv", source="new.json"))
    with pytest.raises(UsageError, match="may not be negative"):
        compared(old, old, session=-0.1)
    with pytest.raises(UsageError, match="may not be negative"):
        compared(old, old, session=float("nan"))
