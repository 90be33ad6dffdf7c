"""What a self-test found, as a table and in a sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from slonana_analysis.compare.self_test import ALL_WORKLOADS, OUR_RULE
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.words import count_text, seconds_text

_HEADINGS = (
    Heading("Rule", note="re-implemented from its documentation where it is not this suite's own"),
    Heading("Workload"),
    Heading("Real extra work", number=True, note="0: two builds of the same source"),
    Heading("Called", number=True, note="of comparisons of launches that no other one used"),
    Heading("Rate", number=True, note="false alarms without extra work, else slowdowns found"),
    Heading("99 % interval", number=True, note="Clopper-Pearson"),
    Heading("Wrong way", number=True, note="called faster though there was more work"),
    Heading("Takes", number=True, note="launches and timing of one such comparison; median"),
)


@dataclass(frozen=True)
class RateRow:
    """One row of ``schema.SELF_TEST``; see there."""

    rule: str
    workload: str
    slowdown: float
    tried: int
    called: int
    wrong_way: int
    rate: float
    low: float
    high: float
    seconds: float

    @property
    def counted(self) -> int:
        """Calls that the rate counts: all without extra work, those the right way with it."""
        return self.called - self.wrong_way


def rate_rows(table: pd.DataFrame) -> list[RateRow]:
    """Return the rows of a table with the columns of ``schema.SELF_TEST``."""
    return [
        RateRow(
            rule=str(row["rule"]),
            workload=str(row["workload"]),
            slowdown=float(row["slowdown"]),
            tried=int(row["tried"]),
            called=int(row["called"]),
            wrong_way=int(row["wrong_way"]),
            rate=float(row["rate"]),
            low=float(row["low"]),
            high=float(row["high"]),
            seconds=float(row["seconds"]),
        )
        for row in table.to_dict(orient="records")
    ]


def self_test_table(table: pd.DataFrame, *, caption: str = "") -> HtmlTable:
    """Return a self-test as a table.

    Parameters
    ----------
    table : DataFrame
        Columns of ``schema.SELF_TEST``.
    caption : str
        What the table holds; a default when empty.

    Returns
    -------
    HtmlTable
        One row per rule, workload and slowdown; sortable and searchable on a report page.
    """
    return HtmlTable(
        caption=caption or "How often each rule called a change",
        headings=_HEADINGS,
        rows=tuple(_cells(row) for row in rate_rows(table)),
        kind="self-test",
        sortable=True,
        searchable=True,
    )


def _cells(row: RateRow) -> tuple[Cell, ...]:
    return (
        Cell(row.rule),
        Cell(row.workload),
        Cell(work_text(row.slowdown), sort=row.slowdown),
        Cell(f"{row.counted} of {row.tried}", sort=row.counted),
        Cell(share_text(row.rate), sort="" if math.isnan(row.rate) else row.rate),
        Cell(f"{share_text(row.low)} … {share_text(row.high)}", sort=row.high),
        Cell(str(row.wrong_way), sort=row.wrong_way),
        Cell(seconds_text(row.seconds), sort=row.seconds),
    )


def self_test_reading(table: pd.DataFrame) -> str:
    """Return what the production rule did in the self-test, as a list.

    Parameters
    ----------
    table : DataFrame
        Columns of ``schema.SELF_TEST``.

    Returns
    -------
    str
        Markdown; it holds no text that did not come from this package.
    """
    ours = [row for row in rate_rows(table) if row.rule == OUR_RULE]
    lines = [
        f"- Of {count_text(row.tried, 'comparison')} of two builds of the same source, "
        f"**{row.called} cried wolf**: {share_text(row.rate)}, and with 99 % confidence no more "
        f"than {share_text(row.high)}."
        for row in ours
        if row.workload == ALL_WORKLOADS and row.slowdown == 0 and row.tried
    ]
    slower = [row for row in ours if row.workload != ALL_WORKLOADS and row.slowdown > 0]
    lines += [
        _found([row for row in slower if row.workload == workload])
        for workload in dict.fromkeys(row.workload for row in slower)
    ]
    return "\n".join(lines) or "No self-test was made."


def _found(rows: Sequence[RateRow]) -> str:
    """Return a list item: what was found of one workload's slowdowns."""
    listed = ", ".join(
        f"{work_text(row.slowdown)} {row.counted} times out of {row.tried}" for row in rows
    )
    seconds = seconds_text(max(row.seconds for row in rows))
    return f"- Real extra work on *{rows[0].workload}* was found: {listed}; {seconds} per verdict."


def work_text(slowdown: float) -> str:
    """Return real extra work as text, for example ``"+3 %"``; ``"none"`` for none."""
    return f"+{100 * slowdown:g} %" if slowdown else "none"


def share_text(share: float) -> str:
    """Return a share as a percentage, for example ``"0.33 %"``, ``"3.1 %"`` or ``"42 %"``."""
    if math.isnan(share):
        return "—"
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"
