"""Small multiples: a value over a parameter, one panel per pair of two more, roofs drawn in."""

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.report.figures.style import (
    SERIES,
    ReportFigure,
    clip,
    new_figure,
    shown_range,
    styled,
)
from slonana_analysis.report.palette import HATCH, INK

_PANEL_HEIGHT = 2.35
_LONE_PANEL_HEIGHT = 4.2
# Characters: a report's width, and what a line and the gap beside it take of it.
_LEGEND_WIDTH = 130
_HANDLE_WIDTH = 8


@dataclass(frozen=True)
class PanelGrid:
    """Which columns of a frame become what in a grid of panels.

    Attributes
    ----------
    x, y : str
        Columns of the parameter and of the value.
    x_label, y_label : str
        Axis labels, with the unit.
    low, high : str
        Columns of the value's interval; drawn as whiskers where both are finite.
    series : str
        Column that tells the lines of a panel apart.
    rows, columns : str
        Columns whose values make the rows and columns of the grid; empty for a single one.
    roof : str
        Column with the value that this machine cannot beat; 0 and NaN mean unknown.
    roof_label : str
        What the hatched region below the roof is called in the legend.
    across : collection of str
        Series for which ``x`` means nothing; drawn as a level line through the panel.
    second_label : str
        Label of a second y axis on the right, for example ``"cycles per element"``.
    second_factor : float
        What ``y`` is multiplied by on the second axis; NaN leaves the axis out.
    log_x, log_y : bool
        Logarithmic axes; ``x`` to base 2.
    share_y : bool
        Whether the panels of a row share their y axis.
    """

    x: str
    y: str
    x_label: str
    y_label: str
    series: str
    low: str = "low"
    high: str = "high"
    rows: str = ""
    columns: str = ""
    roof: str = ""
    roof_label: str = "faster than the roof"
    across: Collection[str] = field(default_factory=frozenset)
    second_label: str = ""
    second_factor: float = math.nan
    log_x: bool = True
    log_y: bool = True
    share_y: bool = True


def panel_grid(
    frame: pd.DataFrame, grid: PanelGrid, *, title: str = "", description: str = ""
) -> ReportFigure:
    """Draw a value over a parameter in a grid of panels.

    Parameters
    ----------
    frame : DataFrame
        The columns that ``grid`` names; one row per point. Rows, columns and series appear in
        order of first appearance.
    grid : PanelGrid
        What each column becomes.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        With one legend for all panels.

    Raises
    ------
    UsageError
        If the frame is empty or lacks a column.
    """
    _require(frame, grid)
    rows, columns = _values(frame, grid.rows), _values(frame, grid.columns)
    series = [str(name) for name in frame[grid.series].unique()]
    height = _PANEL_HEIGHT * len(rows) if len(rows) > 1 else _LONE_PANEL_HEIGHT
    with styled():
        figure = new_figure(height + 0.6, description or _describe(grid, rows, columns))
        panels = figure.subplots(
            len(rows),
            len(columns),
            squeeze=False,
            sharex=True,
            sharey="row" if grid.share_y else False,
        )
        for row, axes_row in zip(rows, panels, strict=True):
            shared = _chosen(frame, {grid.rows: row}) if grid.share_y else None
            for column, axes in zip(columns, axes_row, strict=True):
                chosen = _chosen(frame, {grid.rows: row, grid.columns: column})
                _draw_panel(axes, chosen, grid, series)
                _limit_y(axes, chosen if shared is None else shared, grid)
                axes.set_title(_panel_title(row, column), fontsize=10)
        _second_axes(panels, grid)
        figure.supxlabel(grid.x_label, fontsize=10)
        figure.supylabel(grid.y_label, fontsize=10)
        _legend(figure, panels, [*(clip(name, 40) for name in series), grid.roof_label], title)
    return figure


def _require(frame: pd.DataFrame, grid: PanelGrid) -> None:
    named = (grid.x, grid.y, grid.low, grid.high, grid.series, grid.rows, grid.columns, grid.roof)
    missing = [name for name in named if name and name not in frame.columns]
    if missing:
        raise UsageError(f"a panel grid needs the columns {missing}, which the frame does not have")
    if frame.empty:
        raise UsageError("a panel grid was asked for with no rows to draw; measure something first")


def _values(frame: pd.DataFrame, column: str) -> list[Hashable]:
    return list(frame[column].unique()) if column else [""]


def _chosen(frame: pd.DataFrame, wanted: dict[str, Hashable]) -> pd.DataFrame:
    mask = np.ones(len(frame), dtype=np.bool_)
    for column, value in wanted.items():
        if column:
            mask &= (frame[column] == value).to_numpy()
    return frame[mask]


def _panel_title(row: Hashable, column: Hashable) -> str:
    return " · ".join(clip(str(part), 30) for part in (row, column) if part != "")


def _describe(grid: PanelGrid, rows: Sequence[Hashable], columns: Sequence[Hashable]) -> str:
    panels = [
        f"one {name} per {place}: {', '.join(map(str, values))}"
        for name, place, values in ((grid.rows, "row", rows), (grid.columns, "column", columns))
        if name
    ]
    return f"{grid.y_label} over {grid.x_label}, by {grid.series}" + (
        f"; panels with {'; '.join(panels)}" if panels else ""
    )


def _draw_panel(axes: Axes, frame: pd.DataFrame, grid: PanelGrid, series: list[str]) -> None:
    if grid.log_x:
        axes.set_xscale("log", base=2)
    if grid.log_y:
        axes.set_yscale("log")
    for place, name in enumerate(series):
        points = frame[frame[grid.series] == name]
        if len(points):
            _draw_series(axes, points, grid, name, SERIES[place % len(SERIES)])
    ticks = sorted(set(frame.loc[~frame[grid.series].isin(grid.across), grid.x]))
    if ticks and len(ticks) <= 8:
        axes.xaxis.set_major_locator(FixedLocator([float(tick) for tick in ticks]))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    _draw_roof(axes, frame, grid)


def _draw_series(
    axes: Axes, points: pd.DataFrame, grid: PanelGrid, name: str, look: tuple[str, str, str]
) -> None:
    colour, marker, line = look
    label = clip(name, 40)
    if name in grid.across:
        axes.axhline(
            float(points[grid.y].iloc[0]), color=colour, linestyle=line, label=label, zorder=1.5
        )
        return
    points = points.sort_values(grid.x)
    x, y = points[grid.x].to_numpy(np.float64), points[grid.y].to_numpy(np.float64)
    below = np.clip(np.nan_to_num(y - points[grid.low].to_numpy(np.float64)), 0.0, None)
    above = np.clip(np.nan_to_num(points[grid.high].to_numpy(np.float64) - y), 0.0, None)
    axes.errorbar(
        x,
        y,
        yerr=np.vstack([below, above]),
        color=colour,
        marker=marker,
        linestyle=line,
        elinewidth=1.0,
        label=label,
    )


def _limit_y(axes: Axes, frame: pd.DataFrame, grid: PanelGrid) -> None:
    """Make room for all values and the roofs below them, with ticks that read as plain numbers."""
    values = frame[[grid.y, *([grid.roof] if grid.roof else [])]].to_numpy(np.float64).ravel()
    if not np.any(values > 0):
        return
    ends = frame[[grid.low, grid.high]].to_numpy(np.float64).ravel()
    low, high = shown_range(values.tolist(), ends.tolist(), 3.0)
    if not grid.log_y:
        axes.set_ylim(0.0, 1.08 * high)
        return
    axes.set_ylim(low / 1.7, high * 1.3)
    axes.yaxis.set_major_locator(LogLocator(subs=_steps(high / low)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))


def _steps(ratio: float) -> tuple[float, ...]:
    return (1.0,) if ratio > 300 else (1.0, 2.0, 5.0)


def _draw_roof(axes: Axes, frame: pd.DataFrame, grid: PanelGrid) -> None:
    """Hatch what lies below the roof, however far down the panel goes."""
    roofs = frame[grid.roof].dropna() if grid.roof else pd.Series(dtype=np.float64)
    roof = float(roofs.max()) if len(roofs) else 0.0
    if roof <= 0:
        return
    axes.axhline(roof, color=INK, linewidth=1.1)
    axes.axhspan(
        roof / 1e6,
        roof,
        facecolor="none",
        edgecolor=HATCH,
        hatch="///",
        linewidth=0.0,
        label=grid.roof_label,
    )


def _second_axes(panels: NDArray[Any], grid: PanelGrid) -> None:
    """Put the second unit on the right of the last panel of each row, or of all if y differs."""
    factor = grid.second_factor
    if not grid.second_label or not math.isfinite(factor) or factor <= 0:
        return
    for axes in panels[:, -1] if grid.share_y else panels.ravel():
        right = axes.secondary_yaxis(
            "right", functions=(lambda y: y * factor, lambda cycles: cycles / factor)
        )
        right.set_ylabel(grid.second_label)
        if grid.log_y:
            low, high = axes.get_ylim()
            right.yaxis.set_major_locator(LogLocator(subs=_steps(high / low)))
            right.yaxis.set_minor_locator(NullLocator())
            right.yaxis.set_major_formatter(FuncFormatter(_plain))


def _legend(figure: ReportFigure, panels: NDArray[Any], order: Sequence[str], title: str) -> None:
    """Head the figure with its title and one legend; a suptitle would lie over the legend."""
    handles: dict[str, Any] = {}
    for axes in panels.ravel():
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    labels = [label for label in order if label in handles]
    longest = max((len(label) for label in labels), default=1)
    figure.legend(
        [handles[label] for label in labels],
        labels,
        loc="outside upper left",
        ncols=min(len(labels), 4, max(1, _LEGEND_WIDTH // (longest + _HANDLE_WIDTH))),
        handlelength=3.2,
        title=title or None,
        title_fontproperties={"size": 12.5, "weight": "bold"},
        alignment="left",
    )


def _plain(value: float, _: int | None = None) -> str:
    """Tick text without exponents or formulas for the sizes that occur: 0.05, 2, 1000."""
    return f"{value:.10g}" if 1e-4 <= abs(value) < 1e7 or value == 0 else f"{value:.0e}"
