"""Verdicts on a terminal and as JSON."""

import json
import math

import pandas as pd
import pytest

from slonana_analysis.model.schema import VERDICTS
from slonana_analysis.report.verdict_text import JSON_FIELDS, verdict_lines, verdicts_json
from tests.report.made_verdicts import not_measured_row, verdict_row


def _table(*rows):
    return VERDICTS.conform(pd.DataFrame(rows)) if rows else VERDICTS.empty()


def test_a_line_says_all_that_a_verdict_has_to():
    line, tally = verdict_lines(_table(verdict_row("sum", "a", {}, "regressed", 0.041)))
    for part in ("regressed ", "+4.1 %", "7 launches", "finds 1.6 %", "sum, a"):
        assert part in line
    assert tally == "1 comparison: 1 regressed"


def test_columns_stand_below_each_other():
    first, second, _ = verdict_lines(
        _table(
            verdict_row("sum", "a", {}, "inconclusive", 0.041),
            verdict_row("sum", "b", {}, "same", -0.001, launches=15),
        )
    )
    assert first.index("sum, a") == second.index("sum, b")


def test_what_was_not_measured_says_why():
    line, _ = verdict_lines(_table(not_measured_row("sum", "a", {}, "no compiler")))
    assert line.endswith("sum, a ({}): no compiler")


def test_a_name_cannot_move_the_cursor():
    row = verdict_row("sum", "a", {}, "same", 0.0) | {"name": "evil\x1b[2Jname\u202e"}
    assert "evil\\x1b[2Jname\\u202e" in verdict_lines(_table(row))[0]


def test_nothing_compared_is_said():
    assert verdict_lines(_table()) == ["0 comparisons"]


@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_json_has_the_contract_s_fields_and_no_strange_numbers(strange):
    row = verdict_row("sum", "a", {}, "inconclusive", 0.05) | {"mde": strange, "low": strange}
    document = json.loads(json.dumps(verdicts_json(_table(row)), allow_nan=False))
    (verdict,) = document["verdicts"]
    assert list(verdict) == list(JSON_FIELDS)
    assert verdict["mde"] is None
    assert verdict["low"] is None
    assert verdict["estimate"] == 0.05
