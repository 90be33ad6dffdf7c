"""How a notebook shows the history of many runs."""

import pandas as pd
from IPython.display import Markdown

from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.run_history import RunHistory
from slonana_analysis.report.views.prose import prose
from slonana_analysis.report.words import count_text, effect_text, interval_text

_HEADINGS = (
    Heading("Subject"),
    Heading("Change", number=True, note="of the level; below zero is faster"),
    Heading("Between", note="last run of the old level, first run of the new one"),
    Heading("Runs", number=True, note="at the old and at the new level"),
    Heading("p", number=True, note="of no change, adjusted for the series looked at"),
)


def show_history(history: RunHistory) -> NotMeasured | Markdown:
    """Return what changed over the runs, in words, the largest slowdowns first."""
    if history.trends.empty:
        return NotMeasured(
            "a history",
            "There is no run of three launches and more yet.",
            "Make some: slonana-analysis run --preset quick.",
        )
    lines = [f"- {note[:1].upper()}{note[1:]}." for note in history.notes]
    lines += [f"- {sentence}." for sentence in change_sentences(history.changes)]
    if history.changes.empty:
        lines.append("- No level moved.")
    return prose("\n".join(lines))


def change_sentences(changes: pd.DataFrame) -> list[str]:
    """Return one sentence per change of level (rows of ``schema.CHANGES``), slowdowns first."""
    ordered = changes.sort_values("estimate", ascending=False)
    return [
        f"`{str(row['name']).replace('`', chr(39))}` moved by {effect_text(row['estimate'])} "
        f"({interval_text(row['low'], row['high'])}) between run {row['before']} and run "
        f"{row['after']}"
        for row in ordered.to_dict(orient="records")
    ]


def changes_table(history: RunHistory) -> HtmlTable:
    """Return the changes of level as a table."""
    rows = tuple(
        (
            Cell(str(row["name"]), detail=f"machine {row['machine']}"),
            Cell(
                effect_text(row["estimate"]),
                sort=float(row["estimate"]),
                detail=interval_text(row["low"], row["high"]),
            ),
            Cell(str(row["after"]), detail=f"after {row['before']}"),
            Cell(f"{row['runs_before']} → {row['runs_after']}", sort=int(row["runs_after"])),
            Cell(f"{row['p_value']:.1g}", sort=float(row["p_value"])),
        )
        for row in history.changes.to_dict(orient="records")
    )
    return HtmlTable(count_text(len(rows), "change"), _HEADINGS, rows, kind="changes")
