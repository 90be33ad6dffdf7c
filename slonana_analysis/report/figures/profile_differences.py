"""What changed between two profiles, function by function: changes in colour, noise in grey."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.compare.profiles import ProfileDifferences, as_verdicts
from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.effect_bar import effect_reach
from slonana_analysis.report.figures.style import (
    VERDICT_LOOK,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    styled,
)
from slonana_analysis.report.palette import BAND, HATCH, INK, MUTED, PAPER
from slonana_analysis.report.records import VerdictRow, verdict_rows
from slonana_analysis.report.words import count_text, effect_text
from slonana_analysis.units import format_quantity

_ROW_HEIGHT = 0.27
_NOISE = "no change shown"
_ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 0.9, 1.0, 2.0, 4.0, 9.0, 99.0)


def difference_plot(
    differences: ProfileDifferences, *, top: int = 25, title: str = "", description: str = ""
) -> ReportFigure:
    """Draw a line per function: how much it changed, with the interval.

    Parameters
    ----------
    differences : ProfileDifferences
        From ``compare_profiles``.
    top : int
        Functions shown, of those that could be judged: changes first, then the largest shares.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Changes in colour; what captures of one program differ by anyway is grey. On the right the
        share, or for counts and bytes the amount, on both sides. An interval of a single capture a
        side is dotted: it says nothing about other captures.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = as_verdicts(differences)
    # What weighs too little to be judged has no interval, and a point alone would mislead.
    known = table[table["low"].notna()]
    rows = verdict_rows((known if len(known) else table).head(top))
    if not rows:
        raise UsageError("a plot of differences was asked for without any function in the profiles")
    reach = effect_reach(rows)
    changed = sum(row.verdict in CHANGES for row in rows)
    with styled():
        figure = new_figure(
            _ROW_HEIGHT * len(rows) + 1.5,
            description
            or f"Change of {count_text(len(rows), 'function')}, {changed} of them beyond noise",
        )
        axes = figure.subplots()
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-1.15 * reach, 1.15 * reach)
        axes.grid(visible=False, axis="y")
        edge = math.log1p(rows[0].floor)
        axes.axvspan(-edge, edge, color=BAND, zorder=0.6)
        axes.axvline(0.0, color=INK, linewidth=0.9, zorder=1.2)
        for place, row in enumerate(rows):
            _draw(axes, place, row, reach)
        _label(axes, rows, differences, reach)
        _legend(figure, rows, title)
    return figure


def _draw(axes: Axes, place: int, row: VerdictRow, reach: float) -> None:
    colour, marker, face = _look(row)
    if not math.isnan(row.low):
        ends = [_position(row.low, reach), _position(row.high, reach)]
        style = "-" if not math.isnan(row.p_value) else ":"
        axes.plot(ends, (place, place), color=colour, linewidth=1.8, linestyle=style, zorder=2)
    axes.plot(
        _position(row.estimate, reach),
        place,
        marker=marker,
        markersize=6.5,
        markeredgecolor=colour,
        markerfacecolor=face,
        linestyle="none",
        zorder=3,
    )


def _look(row: VerdictRow) -> tuple[str, str, str]:
    if row.verdict in CHANGES:
        return VERDICT_LOOK[row.verdict]
    return HATCH, "o", PAPER if row.verdict == "inconclusive" else HATCH


def _position(effect: float, reach: float) -> float:
    """Return where an effect lies; what is new, or gone, at the edge."""
    log_ratio = math.log1p(max(effect, -1 + 1e-12))
    return min(max(log_ratio, -1.1 * reach), 1.1 * reach)


def _label(
    axes: Axes, rows: Sequence[VerdictRow], differences: ProfileDifferences, reach: float
) -> None:
    places = [float(place) for place in range(len(rows))]
    texts = label_ticks(axes, "y", places, [clip(printable(row.name), 44) for row in rows])
    for text, row in zip(texts, rows, strict=True):
        if row.verdict in CHANGES:
            text.set_fontweight("bold")
        else:
            text.set_color(MUTED)
    axes.tick_params(axis="y", length=0)
    right = axes.secondary_yaxis("right")
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    right.set_yticks(places, _amounts(differences, rows), parse_math=False)
    ticks = _ticks(reach)
    label_ticks(axes, "x", [math.log1p(effect) for effect in ticks], [_tick(e) for e in ticks])
    what = "inclusive" if differences.judged == "inclusive" else "own"
    axes.set_xlabel(f"← less        change of {what} weight        more →")


def _ticks(reach: float) -> list[float]:
    """Return round effects, about three on either side of none, well apart."""
    kept = [0.0]
    for side in (1, -1):
        last = 0.0
        for size in _ROUND:
            place = math.log1p(side * size) if side * size > -1 else -math.inf
            if abs(place - last) >= reach / 3.5 and abs(place) <= 1.1 * reach:
                kept.append(side * size)
                last = place
    return sorted(kept)


def _tick(effect: float) -> str:
    return effect_text(effect).replace(".0 %", " %") if effect else "0"


def _amounts(differences: ProfileDifferences, rows: Sequence[VerdictRow]) -> list[str]:
    if differences.scale == "amount":
        return [
            f"{format_quantity(row.baseline_value, row.unit)} → "
            f"{format_quantity(row.value, row.unit)}"
            for row in rows
        ]
    table = differences.functions
    judged = table[table["low"].notna()]
    shown = (judged if len(judged) else table).head(len(rows))
    shares = zip(shown["baseline_share"], shown["other_share"], strict=True)
    return [f"{100 * before:.2f} → {100 * after:.2f} %" for before, after in shares]


def _legend(figure: ReportFigure, rows: Sequence[VerdictRow], title: str) -> None:
    handles: list[Line2D | Patch] = []
    for word in CHANGES:
        if any(row.verdict == word for row in rows):
            edge, marker, face = VERDICT_LOOK[word]
            handles.append(
                Line2D([], [], color=edge, marker=marker, markerfacecolor=face, label=word)
            )
    if any(row.verdict not in CHANGES for row in rows):
        handles.append(Line2D([], [], color=HATCH, marker="o", markerfacecolor=PAPER, label=_NOISE))
    handles.append(Patch(color=BAND, label="too small to call a change"))
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=len(handles),
        title=title or None,
        title_fontproperties={"size": 12.5, "weight": "bold"},
        alignment="left",
    )
