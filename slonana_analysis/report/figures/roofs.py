"""The machine's own limits: what it reads and writes per second, and what it computes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from slonana_analysis.errors import UsageError
from slonana_analysis.report.figures.style import (
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    shown_range,
    styled,
)
from slonana_analysis.report.palette import BLUE
from slonana_analysis.report.records import RoofRow, roof_rows
from slonana_analysis.report.words import tick_text
from slonana_analysis.units import format_bytes, format_quantity

_ROW_HEIGHT = 0.3
_AXES_HEIGHT = 0.75


def roofs_plot(roofs: pd.DataFrame, *, title: str = "", description: str = "") -> ReportFigure:
    """Draw the measured limits of a machine, one set of axes per unit.

    Parameters
    ----------
    roofs : DataFrame
        Columns of ``schema.ROOFS``; at least one row.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Rates on logarithmic axes with their intervals.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    rows = roof_rows(roofs)
    if not rows:
        raise UsageError("a plot of the roofs was asked for without any; measure them first")
    units = list(dict.fromkeys(row.unit for row in rows))
    groups = [(unit, [row for row in rows if row.unit == unit]) for unit in units]
    heights = [len(group) * _ROW_HEIGHT + _AXES_HEIGHT for _, group in groups]
    with styled():
        figure = new_figure(sum(heights) + 0.4, description or _describe(rows), title)
        panels = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
        for axes, (unit, group) in zip(panels, groups, strict=True):
            _draw(axes, unit, group)
    return figure


def _draw(axes: Axes, unit: str, group: Sequence[RoofRow]) -> None:
    places = np.arange(len(group), dtype=np.float64)
    value, low, high = np.array([(row.value, row.low, row.high) for row in group]).T
    below, above = (np.clip(np.nan_to_num(gap), 0.0, None) for gap in (value - low, high - value))
    axes.set_xscale("log")
    axes.errorbar(
        value, places, xerr=np.vstack([below, above]), color=BLUE, marker="o", linestyle="none"
    )
    lowest, highest = shown_range(value.tolist(), [*low.tolist(), *high.tolist()], 10.0)
    axes.set_xlim(lowest / 1.5, highest * 1.5)
    axes.set_ylim(len(group) - 0.5, -0.5)
    label_ticks(axes, "y", list(places), [_name(row) for row in group])
    axes.tick_params(axis="y", length=0)
    steps = (1.0,) if highest / lowest > 30 else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: tick_text(rate, unit)))
    axes.set_xlabel("higher is better")
    right = axes.secondary_yaxis("right")
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    right.set_yticks(list(places), [format_quantity(rate, unit) for rate in value])


def _name(row: RoofRow) -> str:
    size = f" ({format_bytes(row.working_set)})" if row.working_set else ""
    return clip(f"{row.name}{size}", 48)


def _describe(rows: Sequence[RoofRow]) -> str:
    listed = [f"{row.name} {format_quantity(row.value, row.unit)}" for row in rows]
    return f"Measured limits of this machine: {'; '.join(listed)}"
