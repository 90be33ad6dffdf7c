import json

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.self_test import (
    ALL_WORKLOADS,
    OUR_RULE,
    Outcome,
    blocks,
    self_test,
    tally,
)
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement


def joined(*measurements):
    return Measurement(
        *(pd.concat(tables) for tables in zip(*(_tables(m) for m in measurements), strict=True))
    )


def _tables(measurement):
    return measurement.samples, measurement.checks, measurement.launches


@pytest.fixture
def case(synthetic):
    """Build a case of two variants: ``slowdown`` is what it claims, ``effect`` what it has."""

    def build(workload="relu", slowdown=0.0, effect=None, *, launches=20, start=0.5, **options):
        plain = synthetic(
            {"first": 0.0, "second": slowdown if effect is None else effect},
            launches=launches,
            **options,
        )
        parameters = json.dumps({"slowdown": slowdown, "workload": workload})
        rows = pd.DataFrame(
            {
                "run": "",
                "experiment": "sum",
                "parameters": parameters,
                "launch": range(launches),
                "cpu": 0,
                "start_s": start,
                "case_s": 0.1,
            }
        )
        return Measurement(
            plain.samples.assign(parameters=parameters),
            plain.checks.assign(parameters=parameters),
            schema.LAUNCHES.conform(rows),
        )

    return build


def row(table, workload, slowdown):
    chosen = table[(table["workload"] == workload) & (table["slowdown"] == slowdown)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_identical_builds_raise_no_alarm_and_real_slowdowns_are_found(case):
    table = self_test(
        joined(case("a"), case("b", seed=1), case("a", 0.03, seed=2), case("b", 0.05, seed=3)), 10
    )
    assert table.columns.to_list() == schema.SELF_TEST.names
    alike = row(table, ALL_WORKLOADS, 0.0)
    assert (alike["rule"], alike["tried"], alike["called"], alike["rate"]) == (OUR_RULE, 4, 0, 0)
    assert alike["low"] == 0
    assert alike["high"] == pytest.approx(1 - 0.005**0.25)
    for workload, slowdown in (("a", 0.03), ("b", 0.05)):
        found = row(table, workload, slowdown)
        assert (found["tried"], found["called"], found["wrong_way"]) == (2, 2, 0)
        assert (found["rate"], found["high"]) == (1, 1)


def test_a_false_alarm_counts_in_either_direction(case):
    table = self_test(joined(case("a", 0.0, 0.05), case("b", 0.0, -0.05)), 10)
    assert row(table, "a", 0.0)["called"] == row(table, "b", 0.0)["called"] == 2
    assert row(table, ALL_WORKLOADS, 0.0)["rate"] == 1
    assert not table["wrong_way"].any()


def test_a_slowdown_called_faster_is_not_found(case):
    found = row(self_test(case("a", 0.03, -0.05), 10), "a", 0.03)
    assert (found["called"], found["wrong_way"], found["rate"]) == (2, 2, 0)


def test_launches_are_used_once_and_a_rest_is_left_over(case):
    found = blocks(joined(case("a", launches=23), case("b", launches=23)), 5)
    assert [block.workload for block in found] == ["a"] * 4 + ["b"] * 4
    launches = [set(block.measurement.samples["launch"]) for block in found[:4]]
    assert launches == [set(range(start, start + 5)) for start in (0, 5, 10, 15)]
    assert [set(block.measurement.launches["launch"]) for block in found[:4]] == launches


def test_seconds_are_those_of_the_launches_with_this_case_alone(case):
    table = self_test(joined(case("a"), case("b", start=0.9)), 10)
    assert row(table, "a", 0.0)["seconds"] == pytest.approx(10 * (0.5 + 0.1))
    assert row(table, "b", 0.0)["seconds"] == pytest.approx(10 * (0.9 + 0.1))


def test_what_was_not_measured_makes_no_rate_look_better(case):
    wrong = {("second", "output")}
    table = self_test(joined(case("a"), case("b", failed=wrong), case("c", 0.1, failed=wrong)), 10)
    assert row(table, ALL_WORKLOADS, 0.0)["tried"] == 2
    nothing = row(table, "b", 0.0)
    assert (nothing["tried"], nothing["low"], nothing["high"]) == (0, 0, 1)
    assert np.isnan(nothing["rate"])
    missed = row(table, "c", 0.1)
    assert (missed["tried"], missed["rate"]) == (2, 0)


@pytest.mark.parametrize(("size", "sentence"), [(1, "at least 2"), (21, "no case has the 21")])
def test_too_few_launches_are_an_error_that_says_so(case, size, sentence):
    with pytest.raises(UsageError, match=sentence):
        self_test(case(), size)


def test_a_measurement_of_something_else_is_refused(synthetic):
    with pytest.raises(UsageError, match="parameters workload and slowdown"):
        self_test(synthetic({"old": 0.0, "new": 0.0}), 5)


def test_a_tally_of_nothing_is_an_empty_table():
    assert tally("rule", []).empty


def test_a_tally_adds_up_all_workloads_by_slowdown():
    words = ["regressed", "same", "improved", "inconclusive", "not measured"]
    outcomes = [Outcome(w, s, word, 2.0) for w in "ab" for s in (0.0, 0.03) for word in words]
    table = tally("rule", outcomes)
    assert table["workload"].to_list() == [ALL_WORKLOADS, ALL_WORKLOADS, "a", "b", "a", "b"]
    alike, slower = row(table, ALL_WORKLOADS, 0.0), row(table, ALL_WORKLOADS, 0.03)
    assert (alike["tried"], alike["called"], alike["rate"]) == (8, 4, 0.5)
    assert (slower["tried"], slower["called"], slower["wrong_way"]) == (10, 4, 2)
    assert slower["rate"] == pytest.approx(0.2)
