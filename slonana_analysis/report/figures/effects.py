"""Effects of many comparisons below each other, with intervals, floors and absolute times."""

import math
from collections.abc import Sequence
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slonana_analysis.errors import UsageError
from slonana_analysis.report.effect_bar import effect_reach
from slonana_analysis.report.figures.style import (
    VERDICT_LOOK,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    styled,
)
from slonana_analysis.report.palette import BAND, INK
from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow, verdict_rows
from slonana_analysis.report.words import (
    count_text,
    effect_text,
    experiment_text,
    quantity_interval_text,
)
from slonana_analysis.units import format_quantity

_ROW_HEIGHT = 0.27
# Log ratios up to this are told apart well on a plain axis; beyond, an asinh axis keeps both a
# change of 1 % and one of 10-fold readable.
_PLAIN_REACH = math.log(1.35)
_ASINH_WIDTH = 0.02
# Ticks of the asinh axis, as times of the baseline's; the first ones are kept when they collide.
_TIMES = (1.0, 10.0, 2.0, 1.1, 1.02, 100.0, 1000.0, 4.0, 30.0)


def effect_plot(verdicts: pd.DataFrame, *, title: str = "", description: str = "") -> ReportFigure:
    """Draw a forest plot: one line per comparison, grouped by experiment.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``; at least one row.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Estimate and interval per comparison, the floor shaded, the absolute time on the right.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    rows = verdict_rows(verdicts)
    if not rows:
        raise UsageError("an effect plot was asked for without any verdict; measure something")
    lines = _lines(rows)
    with styled():
        figure = new_figure(
            _ROW_HEIGHT * len(lines) + 1.5, description or _describe(rows), title=""
        )
        axes = figure.subplots()
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        for place, line in enumerate(lines):
            if isinstance(line, VerdictRow):
                _draw(axes, place, line)
        _label(axes, lines)
        _scale(axes, rows)
        axes.axvline(0.0, color=INK, linewidth=0.9, zorder=1.2)
        _legend(figure, rows, title)
    return figure


def _lines(rows: Sequence[VerdictRow]) -> list[VerdictRow | str]:
    """Rows with a heading before each experiment, when there is more than one."""
    groups = [(name, list(group)) for name, group in groupby(rows, lambda row: row.experiment)]
    if len(groups) == 1:
        return list(rows)
    lines: list[VerdictRow | str] = []
    for name, group in groups:
        lines += [experiment_text(name), *group]
    return lines


def _draw(axes: Axes, place: int, row: VerdictRow) -> None:
    edge, marker, face = VERDICT_LOOK[row.verdict]
    band = math.log1p(row.floor)
    axes.barh(place, 2 * band, left=-band, height=1.0, color=BAND, zorder=0.6)
    if math.isnan(row.estimate):
        axes.plot(0.0, place, marker="x", color=edge, linestyle="none")
        return
    if not math.isnan(row.low):
        ends = (_log_ratio(row.low), _log_ratio(row.high))
        axes.plot(ends, (place, place), color=edge, linewidth=1.8, zorder=2)
    axes.plot(
        _log_ratio(row.estimate),
        place,
        marker=marker,
        markersize=6.5,
        markeredgecolor=edge,
        markerfacecolor=face,
        zorder=3,
    )


def _log_ratio(effect: float) -> float:
    # An interval so wide that its lower end rounds to "no time at all" still has to be drawn.
    return math.log1p(max(effect, -1.0 + 1e-12))


def _label(axes: Axes, lines: Sequence[VerdictRow | str]) -> None:
    names = [clip(line.subject if isinstance(line, VerdictRow) else line, 52) for line in lines]
    texts = label_ticks(axes, "y", [float(place) for place in range(len(lines))], names)
    for text, line in zip(texts, lines, strict=True):
        text.set_fontweight("normal" if isinstance(line, VerdictRow) else "bold")
    axes.tick_params(axis="y", length=0)
    right = axes.secondary_yaxis("right")
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    figures = [(place, line) for place, line in enumerate(lines) if isinstance(line, VerdictRow)]
    right.set_yticks(
        [float(place) for place, _ in figures],
        [_absolute(row) for _, row in figures],
        parse_math=False,
    )


def _absolute(row: VerdictRow) -> str:
    if math.isnan(row.value):
        return "not measured"
    span = quantity_interval_text(row.value_low, row.value_high, row.unit)
    return format_quantity(row.value, row.unit) + (f"  ({span})" if span else "")


def _scale(axes: Axes, rows: Sequence[VerdictRow]) -> None:
    reach = effect_reach(rows)
    axes.set_xlim(-1.15 * reach, 1.15 * reach)
    if reach <= _PLAIN_REACH:
        step = next(s for s in (0.01, 0.02, 0.05, 0.1) if reach / s <= 4 or s == 0.1)
        effects = [step * k for k in range(-5, 6) if abs(math.log1p(step * k)) <= 1.15 * reach]
    else:
        axes.set_xscale("asinh", linear_width=_ASINH_WIDTH)
        axes.set_xlim(-1.6 * reach, 1.6 * reach)
        effects = _spread_out(1.6 * reach)
    label_ticks(axes, "x", [math.log1p(e) for e in effects], [_tick(effect) for effect in effects])
    axes.minorticks_off()
    axes.set_xlabel("← faster than the baseline        slower than the baseline →")


def _spread_out(reach: float) -> list[float]:
    """Effects for ticks that lie at least a fourteenth of the asinh axis apart."""
    full = math.asinh(reach / _ASINH_WIDTH)
    kept: dict[float, float] = {}
    for time in _TIMES:
        place = math.asinh(math.log(time) / _ASINH_WIDTH) / full
        if place <= 1.0 and all(abs(place - other) >= 1 / 7 for other in kept.values()):
            kept[time] = place
    faster = [1 - time if time < 2 else 1 / time - 1 for time in kept if time > 1]
    return sorted([*faster, *(time - 1 for time in kept)])


def _tick(effect: float) -> str:
    if effect <= -0.5:
        return f"÷{1 / (1 + effect):.0f}"
    if effect >= 1:
        return f"\N{MULTIPLICATION SIGN}{1 + effect:.0f}"
    return effect_text(effect).replace(".0 %", " %") if effect else "0"


def _legend(figure: ReportFigure, rows: Sequence[VerdictRow], title: str) -> None:
    seen = [word for word in VERDICT_WORDS if any(row.verdict == word for row in rows)]
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=edge, marker=marker, markerfacecolor=face, markersize=6.5, label=word)
        for word in seen
        for edge, marker, face in [VERDICT_LOOK[word]]
    ]
    handles.append(Patch(color=BAND, label="too small to call a change"))
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=len(handles),
        title=title or None,
        title_fontproperties={"size": 12.5, "weight": "bold"},
        alignment="left",
    )


def _describe(rows: Sequence[VerdictRow]) -> str:
    counts = [
        f"{sum(row.verdict == word for row in rows)} {word}"
        for word in VERDICT_WORDS
        if any(row.verdict == word for row in rows)
    ]
    return f"Effects of {count_text(len(rows), 'comparison')}: {', '.join(counts)}"
