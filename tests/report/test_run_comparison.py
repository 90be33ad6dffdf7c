"""Two stored runs held against each other, and how that is shown."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.schema import CHECKS, VERDICTS
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.records import verdict_rows
from slonana_analysis.report.run_comparison import (
    ComparedRuns,
    compare_runs,
    compare_with_baseline,
)
from slonana_analysis.report.site.since import write_comparison_page
from slonana_analysis.report.views.comparison import (
    change_sentence,
    comparison_sentences,
    comparison_table,
    environment_table,
    show_comparison,
)
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.writer import RunWriter
from tests.compare.test_reference_ratio import samples
from tests.report.made_verdicts import HOSTILE, verdict_row
from tests.runs.conftest import make_report, manifest, record

FIRST, SECOND = "20261121T032959Z-7f3a9c", "20261122T032959Z-7f3a9c"


@pytest.fixture
def runs(tmp_path):
    return RunsDirectory(tmp_path / "runs")


def _begin(runs, run_id, **parameters):
    plain = manifest(run_id)
    host = {**plain.host, "kernel": f"6.{run_id[7]}"}
    return RunWriter.begin(
        runs, replace(plain, parameters=parameters, host=host), ["21_sum", "80_compare_runs"]
    )


def _measure(writer, time):
    if time is None:
        writer.fresh_results("21_sum")
        writer.record(record("21_sum"))
        return
    table = samples({"a": time, "b": 20.0}, launches=6)
    wobble = np.exp(np.random.default_rng(5).normal(0, 0.001, 6))
    table["value"] *= np.where(table["variant"] == "a", wobble[table["launch"]], 1.0)
    save_results(writer.fresh_results("21_sum"), Measurement(table, CHECKS.empty()))
    writer.record(record("21_sum"))


def publish(runs, run_id, time, **parameters):
    """Publish a run whose subject `a` takes `time` ns; None: that measured nothing."""
    writer = _begin(runs, run_id, **parameters)
    _measure(writer, time)
    writer.fresh_results("80_compare_runs")
    writer.record(record("80_compare_runs"))
    return writer.finish(make_report)


def test_within_a_run_it_is_held_against_the_one_before(runs):
    publish(runs, FIRST, 10.0)
    writer = _begin(runs, SECOND)
    _measure(writer, 11.0)
    compared = compare_runs(output=str(writer.fresh_results("80_compare_runs")))
    assert (compared.before, compared.after) == (FIRST, SECOND)
    words = dict(zip(compared.verdicts["variant"], compared.verdicts["verdict"], strict=True))
    assert words == {"a": "regressed", "b": "same"}
    assert compared.environment == (("kernel", "6.1", "6.2"),)


def test_by_hand_the_latest_is_held_against_the_one_named(runs):
    publish(runs, FIRST, 10.0)
    publish(runs, SECOND, 9.0)
    compared = compare_runs(baseline=FIRST, runs=str(runs.root))
    assert (compared.before, compared.after) == (FIRST, SECOND)
    assert compared.gated
    assert compared.why_ungated == ""


def test_the_first_run_has_nothing_to_be_held_against(runs):
    publish(runs, FIRST, 10.0)
    compared = compare_runs(runs=str(runs.root))
    assert compared.before == ""
    shown = show_comparison(compared)
    assert isinstance(shown, NotMeasured)
    assert "no earlier run with the same preset" in str(shown)


def test_without_any_run_it_says_how_to_make_one(runs):
    assert "slonana-analysis run" in compare_runs(runs=str(runs.root)).reasons[0]


def test_a_run_made_with_a_baseline_is_held_against_it(runs):
    publish(runs, FIRST, 10.0)
    run = publish(runs, SECOND, 11.0, baseline=FIRST)
    assert compare_with_baseline(run, runs.root).before == FIRST
    assert compare_with_baseline(publish(runs, "20261123T032959Z-7f3a9c", 1.0), runs.root) is None


def test_a_baseline_that_is_gone_is_said_to_be(runs):
    run = publish(runs, SECOND, 11.0, baseline=FIRST)
    compared = compare_with_baseline(run, runs.root)
    assert f"there is no run '{FIRST}'" in compared.why_ungated


def _compared(*rows, **changes):
    table = VERDICTS.conform(pd.DataFrame(rows)) if rows else VERDICTS.empty()
    plain = ComparedRuns(
        FIRST, SECOND, table, VERDICTS.empty(), gated=True, reasons=(), environment=()
    )
    return replace(plain, **changes)


def test_regressions_come_first_and_are_said_in_words():
    compared = _compared(
        verdict_row("sum", "a", {}, "improved", -0.2),
        verdict_row("sum", "b", {}, "same", 0.001),
        verdict_row("sum", "c", {}, "regressed", 0.041, spread=0.009, launches=15),
        reasons=("the kernels differ (6.1 and 6.2)",),
    )
    assert comparison_sentences(compared) == [
        f"- Run {SECOND} against {FIRST}: 3 comparisons: 1 improved, 1 regressed, 1 same.",
        "- `sum, c ({})` is 4.1 % slower (3.2 % to 5.0 %), 15 launches",
        "- `sum, a ({})` is 20.0 % faster (19.7 % to 20.3 %), 7 launches",
        "- The kernels differ (6.1 and 6.2).",
    ]


def test_counts_are_said_without_an_interval():
    row = verdict_row("sum", "a", {}, "regressed", 0.03, spread=0.0)
    (made,) = verdict_rows(pd.DataFrame([row | {"unit": "instructions"}]))
    assert change_sentence(made) == "`sum, a ({})` executes 3.0 % more instructions"


def test_names_cannot_leave_their_place_on_the_page(tmp_path):
    hostile = verdict_row("sum", HOSTILE, {}, "regressed", 0.5) | {"name": f"`{HOSTILE}"}
    compared = _compared(hostile, environment=(("kernel", HOSTILE, "6.2"),))
    page = write_comparison_page(compared, tmp_path / "page").read_text()
    assert HOSTILE not in page
    assert "``" not in "".join(comparison_sentences(compared))


def test_the_page_says_what_was_compared(tmp_path):
    compared = _compared(
        verdict_row("sum", "c", {}, "regressed", 0.041),
        environment=(("kernel", "6.1", "6.2"),),
    )
    page = write_comparison_page(compared, tmp_path).read_text()
    assert f"<h1>{SECOND} against {FIRST}</h1>" in page
    assert "1 difference between the environments" in page


def test_without_a_baseline_the_page_says_why(tmp_path):
    nothing = _compared(before="", reasons=("there is no earlier run",))
    page = write_comparison_page(nothing, tmp_path).read_text()
    assert "There is no earlier run." in page


def test_tables_of_two_runs():
    compared = _compared(
        verdict_row("sum", "c", {}, "inconclusive", math.nan), environment=(("a", "1", "2"),)
    )
    assert len(comparison_table(compared).rows) == 1
    assert environment_table(compared).caption == "1 difference between the environments"
