"""Verdicts on a terminal, and as the JSON object that scripts read."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from slonana_analysis.profiles.names import printable
from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow, verdict_rows
from slonana_analysis.report.words import count_text, detectable_text, effect_text

JSON_FIELDS = ("name", "verdict", "estimate", "low", "high", "launches", "floor", "mde")
"""What a verdict states in JSON, in this order; others script against these names."""

_WORD_WIDTH = max(len(word) for word in VERDICT_WORDS)
_EFFECT_WIDTH = 8
_INTERVAL_WIDTH = 21


def verdict_lines(verdicts: pd.DataFrame) -> list[str]:
    """Return one aligned line per verdict, and one that counts them.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``.

    Returns
    -------
    list of str
        Without colours; names cannot move the cursor.
    """
    rows = verdict_rows(verdicts)
    return [*(_line(row) for row in rows), _tally(rows)]


def _line(row: VerdictRow) -> str:
    name = printable(row.name)
    if row.verdict == "not measured":
        return f"{row.verdict:<{_WORD_WIDTH}}  {name}: {printable(row.reason)}"
    interval = "" if math.isnan(row.low) else f"({effect_text(row.low)} .. {effect_text(row.high)})"
    launches = count_text(row.launches, "launch", "launches")
    line = (
        f"{row.verdict:<{_WORD_WIDTH}}  {effect_text(row.estimate):>{_EFFECT_WIDTH}} "
        f"{interval:<{_INTERVAL_WIDTH}} {launches:>12}  finds {detectable_text(row.mde):<7}  {name}"
    )
    # With an interval the figures say themselves why nothing can be concluded.
    return f"{line}: {printable(row.reason)}" if row.reason and not interval else line


def _tally(rows: list[VerdictRow]) -> str:
    counts = [(word, sum(row.verdict == word for row in rows)) for word in VERDICT_WORDS]
    listed = ", ".join(f"{count} {word}" for word, count in counts if count)
    return f"{count_text(len(rows), 'comparison')}{f': {listed}' if listed else ''}"


def verdicts_json(verdicts: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return verdicts as JSON values.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``.

    Returns
    -------
    dict
        ``{"verdicts": [{"name", "verdict", "estimate", "low", "high", "launches", "floor",
        "mde"}]}``; what is not a number, or infinite, is null: JSON knows neither.
    """
    records = verdicts[list(JSON_FIELDS)].to_dict(orient="records")
    return {"verdicts": [_json_record(record) for record in records]}


def _json_record(record: Mapping[Any, object]) -> dict[str, Any]:
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in record.items()
    }
