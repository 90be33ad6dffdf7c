import math

import pandas as pd
import pytest

from slonana_analysis.errors import SchemaError
from slonana_analysis.report.effect_bar import effect_bar, effect_reach
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import MEDIA_KEY, NotMeasured
from slonana_analysis.report.records import roof_rows, verdict_rows
from slonana_analysis.report.tables import (
    facts_table,
    function_table,
    roofs_table,
    verdict_table,
)

HOSTILE = "<script>alert(1)</script>"
HOSTILE_ATTRIBUTE = '"><img src=x onerror=alert(1)>'


def test_a_verdict_is_a_sentence(verdicts: pd.DataFrame) -> None:
    rows = verdict_rows(verdicts)
    same = next(row for row in rows if row.verdict == "same")
    assert same.subject == "2-fold, one accumulator (16.0 KiB, int32, L1)"
    assert same.outcome == "same, +0.2 % (\N{MINUS SIGN}0.1 … +0.5 %), 7 launches"
    missing = next(row for row in rows if row.verdict == "not measured")
    assert missing.outcome.startswith("not measured: it would be faster")


def test_a_single_launch_has_no_interval(verdicts: pd.DataFrame) -> None:
    lone = verdicts.iloc[:1].assign(low=math.nan, high=math.nan, launches=1, estimate=0.2)
    assert verdict_rows(lone)[0].effect_details == ", 1 launch"


def test_a_sixth_verdict_word_is_refused(verdicts: pd.DataFrame) -> None:
    with pytest.raises(SchemaError, match="holds the verdicts \\['better'\\]"):
        verdict_rows(verdicts.assign(verdict="better"))


def test_the_verdict_table_shows_every_figure(verdicts: pd.DataFrame) -> None:
    html = str(verdict_table(verdicts.iloc[:1]).html())
    for shown in ("2-fold, guide form", "improved", "finds 1.5 %", "7", "1-fold", "µs", "<svg"):
        assert shown in html
    assert html.count("<th") - html.count("<thead") == 8
    assert html.count("<td") == 8


def test_what_was_not_measured_sorts_last_and_says_why(verdicts: pd.DataFrame) -> None:
    row = verdicts[verdicts["verdict"] == "not measured"]
    table = verdict_table(row)
    assert table.rows[0][1].detail == "it would be faster than this machine's roof allows"
    assert [cell.sort for cell in table.rows[0][2:4]] == ["", ""]


def test_names_are_escaped_everywhere(verdicts: pd.DataFrame, functions: pd.DataFrame) -> None:
    for table in (verdict_table(verdicts, with_experiment=True), function_table(functions, "ns")):
        html = table._repr_html_()
        assert HOSTILE not in html
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_function_table_says_what_it_leaves_out(functions: pd.DataFrame) -> None:
    assert function_table(functions, "ns", top=3).caption == (
        f"Functions by their own share, 3 of {len(functions)}"
    )
    assert len(function_table(functions, "ns", top=3).rows) == 3


def test_roofs_with_and_without_a_working_set(roofs: pd.DataFrame) -> None:
    rows = {row[0].content: row for row in roofs_table(roofs).rows}
    assert [cell.content for cell in rows["read L1"]] == [
        "read L1", "210 Gbytes/s", "204 … 212 Gbytes/s", "16.0 KiB", "200",
    ]  # fmt: skip
    assert rows["multiply-add float64"][3].content == "—"
    assert roof_rows(roofs)[0].working_set == 16384


def test_a_table_is_readable_as_text() -> None:
    table = HtmlTable(
        "Times",
        (Heading("Name"), Heading("Time", number=True)),
        ((Cell("a"), Cell("9 ns")), (Cell("long", detail="twice"), Cell("12 ns"))),
    )
    assert repr(table) == "Times\nName         Time\na            9 ns\nlong twice  12 ns"


def test_facts_keep_their_order_and_the_word_unknown() -> None:
    table = facts_table([("Turbo", "unknown"), ("Kernel", "6.12")], caption="Facts")
    assert [row[0].content for row in table.rows] == ["Turbo", "Kernel"]
    assert "unknown" in table._repr_html_()


def test_bars_point_the_way_time_moved(verdicts: pd.DataFrame) -> None:
    rows = verdict_rows(verdicts)
    reach = effect_reach(rows)
    improved = next(row for row in rows if row.verdict == "improved")
    regressed = next(row for row in rows if row.verdict == "regressed")
    assert _mark(effect_bar(improved, reach)) < 60 < _mark(effect_bar(regressed, reach))


def test_a_bar_without_an_estimate_is_only_its_scale(verdicts: pd.DataFrame) -> None:
    missing = verdict_rows(verdicts[verdicts["verdict"] == "not measured"])[0]
    bar = effect_bar(missing, 1.0)
    assert "mark" not in bar
    assert "zero" in bar


def test_a_bar_of_an_effect_beyond_reach_stays_inside(verdicts: pd.DataFrame) -> None:
    wild = verdicts.iloc[:1].assign(estimate=1e6, low=-2.0, high=1e9, verdict="regressed")
    assert _mark(effect_bar(verdict_rows(wild)[0], 0.1)) <= 120


def _mark(bar: str) -> float:
    return float(bar.partition('class="mark" d="M')[2].partition(" ")[0])


def test_a_notice_carries_its_facts_for_the_index() -> None:
    notice = NotMeasured(HOSTILE, "No counters.", "Use bare metal.")
    data, metadata = notice._repr_mimebundle_()
    assert metadata[MEDIA_KEY]["what"] == HOSTILE
    assert HOSTILE not in data["text/html"]
    assert data["text/plain"] == f"Not measured: {HOSTILE}. No counters. Use bare metal."
