"""How a notebook and a page show what differs between two profiles: one call each."""

import math
from collections.abc import Mapping
from typing import Any

from IPython.display import Markdown
from markupsafe import Markup

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.compare.profiles import ProfileDifferences, as_verdicts
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.profiles.names import frame_label, printable
from slonana_analysis.profiles.timeline import heat_map
from slonana_analysis.report.effect_bar import effect_bar, effect_reach
from slonana_analysis.report.figures.profile_differences import difference_plot
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.figures.timelines import heat_map_plot
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.records import VerdictRow, verdict_rows
from slonana_analysis.report.tables import verdict_mark
from slonana_analysis.report.views.prose import prose
from slonana_analysis.report.words import count_text, effect_text, interval_text
from slonana_analysis.units import format_quantity

# Smaller frames cannot be seen, and a page should open at once.
_SMALLEST_SHARE = 0.0005
# A column is a second; a pattern needs some of them.
_SHORTEST_MAP = 5.0


def show_differences(differences: ProfileDifferences, rows: int = 25) -> ReportFigure:
    """Return the figure of what changed, noise in grey."""
    return difference_plot(differences, top=rows)


def show_difference_table(differences: ProfileDifferences, rows: int = 200) -> HtmlTable:
    """Return every function with its change, interval and verdict; changes first."""
    table = differences.functions
    shown = table.head(rows)
    records = verdict_rows(as_verdicts(differences).head(rows))
    reach = effect_reach(records) if records else 0.0
    rest = f", {len(shown)} of {len(table)}" if len(shown) < len(table) else ""
    names = zip(shown["function"], shown["module"], shown["originals"], strict=True)
    shares = zip(shown["baseline_share"], shown["other_share"], strict=True)
    return HtmlTable(
        caption=f"Functions by their change{rest}",
        headings=(
            Heading("Function"),
            Heading("Verdict"),
            Heading("Change", number=True, note="relative to the baseline; below zero is less"),
            Heading("Less or more", note="interval and estimate; marks show the floor"),
            Heading("Baseline", number=True, note="share of all weight, and weight a capture"),
            Heading("Other", number=True, note="share of all weight, and weight a capture"),
        ),
        rows=tuple(
            (
                _function_cell(*name),
                # Where there is an interval, it says itself why it is inconclusive.
                Cell(
                    verdict_mark(row.verdict),
                    sort=row.verdict,
                    detail=row.reason if math.isnan(row.low) or math.isnan(row.p_value) else "",
                ),
                Cell(
                    effect_text(row.estimate) if math.isfinite(row.estimate) else "new",
                    sort=row.estimate if math.isfinite(row.estimate) else 1e9,
                    detail=interval_text(row.low, row.high),
                ),
                Cell(_bar(row, reach)),
                _side_cell(share[0], row.baseline_value, row.unit),
                _side_cell(share[1], row.value, row.unit),
            )
            for row, name, share in zip(records, names, shares, strict=True)
        ),
        kind="verdicts",
        sortable=True,
        searchable=True,
    )


def _function_cell(function: str, module: str, originals: str) -> Cell:
    label = printable(frame_label(function, module))
    details = [printable(module)] if module else []
    if originals:
        details.append(f"was {printable(originals)}")
    return Cell(Markup("<code>{}</code>").format(label), detail=" · ".join(details))


def _bar(row: VerdictRow, reach: float) -> str | Markup:
    return effect_bar(row, reach) if math.isfinite(row.estimate) and row.estimate > -1 else ""


def _side_cell(share: float, weight: float, unit: str) -> Cell:
    return Cell(f"{100 * share:.2f} %", sort=share, detail=format_quantity(weight, unit))


def show_difference_flame_graph(
    differences: ProfileDifferences, title: str = "Differences"
) -> FlameGraphView:
    """Return the flame graph of the other side, coloured by what changed; noise is grey."""
    profile = differences.profile
    columns = differences.nodes[["baseline", "difference", "verdict"]]
    tree = flame_tree(profile, minimum_share=_SMALLEST_SHARE, differences=columns)
    return FlameGraphView(flame_graph(profile, _SMALLEST_SHARE), tree, title=title)


def show_heat_map(
    profile: Profile, parts: int = 50, event: str | None = None
) -> ReportFigure | Markdown:
    """Return the figure of a profile's weight by second and by place within the second.

    Parameters
    ----------
    profile, parts, event
        As for ``profiles.timeline.heat_map``.

    Returns
    -------
    ReportFigure or Markdown
        A sentence where the recording is too short for a pattern, or holds no times.
    """
    time = profile.samples["time_ns"]
    seconds = float(time.max() - time.min()) / 1e9 if len(time) and time.min() >= 0 else 0.0
    if seconds < _SHORTEST_MAP:
        return prose(
            f"The samples span {seconds:.1f} s; the map is drawn from {_SHORTEST_MAP:.0f} s on."
        )
    unit = profile.unit if event is None else profile.unit_of(event)
    return heat_map_plot(heat_map(profile, parts, event), unit)


def differences_reading(differences: ProfileDifferences, most: int = 5) -> str:
    """Return what changed between two profiles, in sentences."""
    table = differences.functions
    changed = table[table["verdict"].isin(CHANGES)]
    tested = int(table["p_value"].notna().sum())
    before, after = differences.captures
    captures = f"{count_text(before, 'capture')} against {count_text(after, 'capture')}"
    if not tested:
        why = str(table["reason"].iloc[0]) if len(table) else "the captures hold no samples"
        return f"{captures}: whether anything changed cannot be told. {_sentence(why)}"
    if changed.empty:
        return (
            f"{captures}: none of {count_text(tested, 'function')} changed by more than captures "
            "of one program differ by anyway."
        )
    rows = changed.head(most).to_dict(orient="records")
    listed = "; ".join(_change_words(row) for row in rows)
    more = len(changed) - most
    rest = f"; and {more} more" if more > 0 else ""
    return (
        f"{captures}: {len(changed)} of {count_text(tested, 'function')} changed: {listed}{rest}."
    )


def _change_words(row: Mapping[Any, object]) -> str:
    name = printable(frame_label(str(row["function"]), str(row["module"])))
    estimate, low, high = (float(str(row[key])) for key in ("estimate", "low", "high"))
    effect = effect_text(estimate) if math.isfinite(estimate) else "new"
    span = interval_text(low, high)
    return f"{name} {row['verdict']}, {effect}{f' ({span})' if span else ''}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
