import xml.etree.ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest

from slonana_analysis.compare.other_rules import STORED_RUNS
from slonana_analysis.compare.self_test import OUR_RULE, Outcome, tally
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.report.figures.self_test import self_test_plot
from slonana_analysis.report.self_test_view import (
    self_test_reading,
    self_test_table,
    share_text,
    work_text,
)

RULES = (OUR_RULE, "Welch's t, 5 %, one process each", "10 % $on$ the median", STORED_RUNS)


def outcomes(alarms: int, found: int) -> list[Outcome]:
    """Twenty comparisons of each size on two workloads; a slowdown not found is called faster."""
    alike = [
        Outcome(workload, 0.0, "improved" if number < alarms else "same", 9.5)
        for workload in ("relu 64", "dense 100 rows")
        for number in range(20)
    ]
    return alike + [
        Outcome(workload, size, "regressed" if number < found else "improved", 9.5)
        for workload in ("dense 100 rows", "sums, 10 ms")
        for size in (0.01, 0.03, 0.05)
        for number in range(20)
    ]


@pytest.fixture
def table() -> pd.DataFrame:
    counts = ((0, 20), (12, 11), (3, 2), (1, 9))
    return pd.concat(
        [tally(rule, outcomes(*count)) for rule, count in zip(RULES, counts, strict=True)]
    )


def test_the_figure_is_the_same_bytes_each_time_and_one_accessible_picture(
    table: pd.DataFrame,
) -> None:
    figure = self_test_plot(table, title="Self-test")
    assert figure.svg() == figure.svg() == self_test_plot(table, title="Self-test").svg()
    assert ET.fromstring(figure.svg()).attrib["width"] == "720pt"
    assert "<text" not in figure.svg()
    assert f"{OUR_RULE} 0 % of 40" in figure.description
    assert "+3 % on dense 100 rows 100 %" in figure.description


def test_nothing_is_drawn_outside_the_figure_and_text_is_readable(table: pd.DataFrame) -> None:
    figure = self_test_plot(table)
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert box is not None
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01
    sizes = [text.get_fontsize() for text in figure.findobj(mpl.text.Text) if text.get_text()]
    assert min(sizes) >= 9


def test_every_rule_is_drawn_with_its_interval_and_the_nominal_rate(table: pd.DataFrame) -> None:
    alarms = self_test_plot(table).axes[0]
    assert [label.get_text() for label in alarms.get_yticklabels()] == list(RULES)
    points = {line.get_xdata()[0] for line in alarms.lines if len(line.get_xdata()) == 1}  # type: ignore[arg-type,index]
    assert points == {0.0, 24 / 40, 6 / 40, 2 / 40}
    assert any(list(line.get_xdata()) == [0.01, 0.01] for line in alarms.lines)  # type: ignore[arg-type]


def test_without_slowdowns_there_is_no_power_to_draw(table: pd.DataFrame) -> None:
    figure = self_test_plot(table[table["slowdown"] == 0])
    assert len(figure.axes) == 2
    assert "Found by" not in figure.description


def test_nothing_to_draw_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="measure one first"):
        self_test_plot(schema.SELF_TEST.empty())


def test_the_table_has_every_row_in_words(table: pd.DataFrame) -> None:
    shown = self_test_table(table)
    assert len(shown.rows) == len(table)
    first = [cell.content for cell in shown.rows[0]]
    assert first[:5] == [OUR_RULE, "all workloads", "none", "0 of 40", "0 %"]
    assert first[6:] == ["0", "9.5 s"]
    # Eleven of twenty found on either workload, the others called faster.
    welch = next(
        row for row in shown.rows if row[0].content == RULES[1] and row[2].content == "+3 %"
    )
    assert [cell.content for cell in welch[3:5]] == ["22 of 40", "55 %"]
    assert welch[6].content == "18"
    assert "self-test" in str(shown.html())


def test_the_reading_says_what_our_rule_did_and_nothing_of_the_others(table: pd.DataFrame) -> None:
    text = self_test_reading(table)
    assert text.startswith("- Of 40 comparisons of two builds of the same source, **0 cried wolf**")
    assert "no more than 12 %" in text
    assert "- Real extra work on *sums, 10 ms* was found: +1 % " in text
    assert "+3 % 20 times out of 20" in text
    assert text.endswith("9.5 s per verdict.")
    assert "Welch" not in text
    assert self_test_reading(schema.SELF_TEST.empty()) == "No self-test was made."


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.00333, "0.33 %"), (0.031, "3.1 %"), (0.42, "42 %"), (1.0, "100 %")],
)
def test_shares_read_as_percentages(share: float, text: str) -> None:
    assert share_text(share) == text


def test_what_is_unknown_is_a_dash_and_no_work_is_none() -> None:
    assert share_text(float("nan")) == "—"
    assert (work_text(0.0), work_text(0.03), work_text(0.1)) == ("none", "+3 %", "+10 %")
