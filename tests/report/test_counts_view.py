"""Instruction counts beside times, and the notice where nothing could be counted."""

import math

import pandas as pd

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.model.schema import COUNTS, SUMMARY
from slonana_analysis.report import session
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.views import show_counts

SUBJECT = {"experiment": "sum", "parameters": "{}"}
SUMMARY_ROWS = SUMMARY.conform(
    pd.DataFrame(
        [
            SUBJECT | {"variant": name, "value": 2.5, "low": 2.4, "high": 2.6, "launches": 7}
            for name in ("C", "NumPy")
        ]
    ).assign(unit="ns")
)


def _count(variant, value, reason=""):
    target = "" if reason else "x86-64-v3"
    return SUBJECT | {
        "run": "", "variant": variant, "event": "instructions", "value": value, "repeats": 2,
        "target": target, "reason": reason,
    }  # fmt: skip


def test_counts_stand_beside_times_and_what_was_not_counted_says_why():
    rows = [_count("C", 2608.0), _count("NumPy", math.nan, "it is a Python loop")]
    shown = show_counts(COUNTS.conform(pd.DataFrame(rows)), SUMMARY_ROWS)
    assert shown.caption == "1 count of code compiled for x86-64-v3, each the same 2 times over"
    text = shown._repr_html_()
    assert "2,608" in text
    assert "2.50 ns" in text
    assert "it is a Python loop" in text


def test_a_machine_that_counts_nothing_says_how_to_make_it(monkeypatch):
    def refuse(*_, **__):
        raise UnavailableError("valgrind is missing; apt install valgrind")

    monkeypatch.setattr(session.running, "count_experiment", refuse)
    counts = session.count_instructions("ml_inference", Machine({}), "smoke")
    shown = show_counts(counts, SUMMARY_ROWS)
    assert isinstance(shown, NotMeasured)
    assert "Valgrind is missing; apt install valgrind" in str(shown)
    assert isinstance(show_counts(COUNTS.empty(), SUMMARY_ROWS), NotMeasured)
