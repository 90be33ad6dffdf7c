"""How a notebook shows instruction counts, beside the times of the same variants."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.words import count_text, parameter_text
from slonana_analysis.units import format_quantity

_HEADINGS = (
    Heading("Variant"),
    Heading("Instructions", number=True, note="of one repetition, the loop around it included"),
    Heading("Time", number=True, note="of one repetition, as timed in this run"),
)
_SUBJECT = ["experiment", "variant", "parameters"]


def show_counts(counts: pd.DataFrame, summary: pd.DataFrame) -> HtmlTable | NotMeasured:
    """Return instructions beside times, as a table; a notice where nothing could be counted.

    Parameters
    ----------
    counts : DataFrame
        Columns of ``schema.COUNTS``.
    summary : DataFrame
        Columns of ``schema.SUMMARY``, of the same experiment.
    """
    counted = counts[counts["reason"] == ""]
    if counted.empty:
        reason = str(counts["reason"].iloc[0]) if len(counts) else "nothing was counted."
        return NotMeasured("instruction counts", f"{reason[:1].upper()}{reason[1:]}")
    rows = counts.merge(summary[[*_SUBJECT, "value", "unit"]], on=_SUBJECT, suffixes=("", "_time"))
    target = str(counted["target"].iloc[0])
    repeats = int(counted["repeats"].min())
    caption = (
        f"{count_text(len(counted), 'count')} of code compiled for {target}, each the same "
        f"{repeats} times over"
    )
    return HtmlTable(caption, _HEADINGS, tuple(map(_cells, rows.to_dict("records"))), kind="counts")


def _cells(row: Mapping[Any, object]) -> tuple[Cell, ...]:
    counted = not row["reason"]
    number = float(str(row["value"]))
    return (
        Cell(str(row["variant"]), detail=parameter_text(str(row["parameters"]))),
        Cell(f"{round(number, 1):,.10g}", sort=number)
        if counted
        else Cell("—", detail=str(row["reason"])),
        Cell(format_quantity(float(str(row["value_time"])), str(row["unit"]))),
    )
