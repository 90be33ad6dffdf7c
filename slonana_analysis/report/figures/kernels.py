"""Implementations of the same work side by side: time, interval, and the roof none can pass."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from slonana_analysis.errors import UsageError
from slonana_analysis.report.figures.style import (
    VERDICT_LOOK,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    shown_range,
    styled,
)
from slonana_analysis.report.palette import GRID, INK, PAPER
from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow, verdict_rows
from slonana_analysis.report.words import (
    distinguished,
    effect_text,
    experiment_text,
    quantity_interval_text,
    ratio_text,
    tick_text,
)
from slonana_analysis.units import format_quantity

_ROW_HEIGHT = 0.27


@dataclass(frozen=True)
class _Line:
    """One line of the figure; a heading has no value and no verdict."""

    label: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    unit: str = "ns"
    roof: float = math.nan
    verdict: str = ""
    remark: str = ""


def kernel_bars(
    verdicts: pd.DataFrame,
    *,
    roofs: Mapping[str, float] | None = None,
    title: str = "",
    description: str = "",
) -> ReportFigure:
    """Draw the time of every implementation, case by case, the baseline first.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``; at least one row; one unit throughout.
    roofs : mapping of str to float
        By a case's ``parameters`` text: what this machine cannot beat, in the table's unit.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Times on a logarithmic axis; a thick tick marks the roof.

    Raises
    ------
    UsageError
        If there is nothing to draw, or if the units differ.
    """
    rows = verdict_rows(verdicts)
    lines = _lines(rows, roofs or {})
    values = [number for line in lines for number in (line.value, line.roof) if number > 0]
    if not values:
        raise UsageError("kernel bars were asked for without any measured time; measure something")
    units = sorted({row.unit for row in rows})
    if len(units) > 1:
        raise UsageError(f"kernel bars need one unit, not {', '.join(units)}; draw each apart")
    with styled():
        figure = new_figure(_ROW_HEIGHT * len(lines) + 1.5, description or _describe(lines))
        axes = figure.subplots()
        axes.set_xscale("log")
        low, high = shown_range(values, [end for x in lines for end in (x.low, x.high)], 3.0)
        axes.set_xlim(low / 1.5, high * 1.5)
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        for place, line in enumerate(lines):
            _draw(axes, place, line)
        _label(axes, lines, units[0])
        _legend(figure, lines, title)
    return figure


def _lines(rows: Sequence[VerdictRow], roofs: Mapping[str, float]) -> list[_Line]:
    lines: list[_Line] = []
    words = distinguished(row.parameters for row in rows)
    several = len({row.experiment for row in rows}) > 1 or len(words) == 1
    for (experiment, parameters), group in groupby(rows, lambda r: (r.experiment, r.parameters)):
        case = list(group)
        roof = roofs.get(parameters, math.nan)
        heading = [experiment_text(experiment) if several else "", words[parameters]]
        lines.append(_Line(label=": ".join(filter(None, heading))))
        base = next((r for r in case if not math.isnan(r.baseline_value)), case[0])
        lines.append(
            _Line(
                label=base.baseline,
                value=base.baseline_value,
                unit=base.unit,
                roof=roof,
                verdict="baseline",
                remark="baseline",
            )
        )
        lines += [_variant(row, roof) for row in case]
    return lines


def _variant(row: VerdictRow, roof: float) -> _Line:
    remark = ratio_text(row.estimate) or effect_text(row.estimate)
    return _Line(
        label=row.variant,
        value=row.value,
        low=row.value_low,
        high=row.value_high,
        unit=row.unit,
        roof=roof,
        verdict=row.verdict,
        remark=row.verdict if row.verdict == "not measured" else remark,
    )


def _look(verdict: str) -> tuple[str, str, str]:
    return VERDICT_LOOK.get(verdict, (INK, "o", PAPER))


def _draw(axes: Axes, place: int, line: _Line) -> None:
    edge, marker, face = _look(line.verdict)
    if line.roof > 0:
        axes.plot(line.roof, place, marker="|", markersize=13, markeredgewidth=2.5, color=INK)
    if math.isnan(line.value):
        return
    axes.axhline(place, color=GRID, linewidth=0.7, zorder=0.5)
    if not math.isnan(line.low):
        axes.plot((line.low, line.high), (place, place), color=edge, linewidth=1.8, zorder=2)
    axes.plot(
        line.value,
        place,
        marker=marker,
        markersize=6.5,
        markeredgecolor=edge,
        markerfacecolor=face,
        zorder=3,
    )


def _label(axes: Axes, lines: Sequence[_Line], unit: str) -> None:
    texts = label_ticks(
        axes, "y", [float(place) for place in range(len(lines))], [clip(x.label, 48) for x in lines]
    )
    for text, line in zip(texts, lines, strict=True):
        text.set_fontweight("normal" if line.verdict else "bold")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, unit)))
    axes.set_xlabel("one repetition, shorter is better")
    right = axes.secondary_yaxis("right")
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    named = [(float(place), line) for place, line in enumerate(lines) if line.verdict]
    right.set_yticks(
        [place for place, _ in named], [_figures(line) for _, line in named], parse_math=False
    )


def _figures(line: _Line) -> str:
    if math.isnan(line.value):
        return line.remark
    span = quantity_interval_text(line.low, line.high, line.unit)
    value = format_quantity(line.value, line.unit) + (f" ({span})" if span else "")
    return f"{value}, {line.remark}"


def _legend(figure: ReportFigure, lines: Sequence[_Line], title: str) -> None:
    present = {line.verdict for line in lines}
    handles = [
        Line2D([], [], color=edge, marker=marker, markerfacecolor=face, markersize=6.5, label=word)
        for word in ("baseline", *VERDICT_WORDS)
        if word in present and word != "not measured"
        for edge, marker, face in [_look(word)]
    ]
    if any(line.roof > 0 for line in lines):
        handles.append(
            Line2D(
                [],
                [],
                color=INK,
                linestyle="none",
                marker="|",
                markersize=13,
                markeredgewidth=2.5,
                label="roof of this machine",
            )
        )
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=len(handles),
        title=title or None,
        title_fontproperties={"size": 12.5, "weight": "bold"},
        alignment="left",
    )


def _describe(lines: Sequence[_Line]) -> str:
    listed = [f"{line.label} {_figures(line)}" for line in lines if line.verdict]
    return f"Time of one repetition by implementation: {'; '.join(listed)}"
