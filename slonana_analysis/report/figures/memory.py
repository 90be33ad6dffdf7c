"""Memory by the place that asked for it: over time as stacked areas, and as bars."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.profiles.allocators import bare_name
from slonana_analysis.profiles.memory import site_label
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.figures.style import (
    SERIES,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    styled,
)
from slonana_analysis.report.palette import BLUE, INK, MUTED, PAPER, VERMILLION
from slonana_analysis.report.words import count_text, tick_text
from slonana_analysis.units import format_bytes, format_quantity

_HATCHES = ("", "///", "...", "\\\\\\", "xxx")
_BAR_HEIGHT = 0.34
_LABEL = 52
# What the horizontal axis counts, and how many of the file's units are in one of it.
_CLOCKS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "ns": ("seconds since the start", 1e9),
        "instructions": ("thousand million instructions since the start", 1e9),
        "bytes": ("MiB allocated so far", 2.0**20),
    }
)


def memory_plot(
    timeline: pd.DataFrame,
    snapshots: pd.DataFrame,
    time_unit: str = "ns",
    *,
    title: str = "",
    description: str = "",
) -> ReportFigure:
    """Draw the memory held over time, by place.

    Parameters
    ----------
    timeline : DataFrame
        Columns of ``schema.MEMORY_TIMELINE``: a row for every moment and place.
    snapshots : DataFrame
        Columns of ``schema.SNAPSHOTS``: the heap at all moments, drawn as a line.
    time_unit : str
        ``ns``, ``instructions`` or ``bytes``.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        One area per place, in order of first appearance, stacked from the bottom; the
        peak is marked as the tool gives it, else where most was held.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.MEMORY_TIMELINE.conform(timeline)
    if table.empty or snapshots.empty:
        raise UsageError("memory over time was asked for without any moment; record for longer")
    held = table.pivot_table(
        index="time", columns="site", values="weight", aggfunc="max", observed=True
    )
    sites = [str(name) for name in held.columns]
    words, scale = _CLOCKS.get(time_unit, (f"{time_unit} since the start", 1.0))
    peak = _peak(snapshots)
    shown = description or (
        f"Memory held over time by {', '.join(map(printable, sites))}; the most is "
        f"{format_bytes(peak['heap'])}"
    )
    with styled():
        figure = new_figure(4.2, shown)
        axes = figure.subplots()
        _draw_areas(axes, held, scale)
        axes.plot(snapshots["time"] / scale, snapshots["heap"], color=INK, linewidth=1.0)
        _mark_peak(axes, float(peak["time"]) / scale, float(peak["heap"]))
        axes.set_xlim(0.0, max(float(snapshots["time"].max()) / scale, 1e-9))
        axes.set_ylim(0.0, float(snapshots["heap"].max()) * 1.18 + 1)
        axes.set_xlabel(words)
        axes.set_ylabel("memory held")
        _byte_axis(axes, "y", float(snapshots["heap"].max()))
        figure.legend(
            loc="outside upper left",
            ncols=2,
            title=title or None,
            title_fontproperties={"size": 12.5, "weight": "bold"},
            alignment="left",
        )
    return figure


def _peak(snapshots: pd.DataFrame) -> "pd.Series[int]":
    marked = snapshots[snapshots["kind"] == "peak"]
    rows = marked if len(marked) else snapshots
    return rows.iloc[int(rows["heap"].argmax())]


def _draw_areas(axes: Axes, held: pd.DataFrame, scale: float) -> None:
    time = held.index.to_numpy(np.float64) / scale
    base = np.zeros(time.size)
    for place, name in enumerate(held.columns):
        top = base + held[name].to_numpy(np.float64)
        axes.fill_between(
            time,
            base,
            top,
            facecolor=SERIES[place % len(SERIES)][0],
            edgecolor=PAPER,
            linewidth=0.3,
            hatch=_HATCHES[(place // len(SERIES)) % len(_HATCHES)],
            label=_short(str(name)),
        )
        base = top


def _mark_peak(axes: Axes, time: float, heap: float) -> None:
    axes.plot(
        [time],
        [heap],
        marker="v",
        color=INK,
        markersize=7,
        linestyle="none",
        zorder=5,
        clip_on=False,
    )
    late = time > 0.7 * axes.get_xlim()[1]
    axes.annotate(
        f"peak {format_bytes(heap)}",
        (time, heap),
        xytext=(-8 if late else 8, 7),
        textcoords="offset points",
        ha="right" if late else "left",
        va="bottom",
        weight="bold",
    )


def _byte_axis(axes: Axes, which: str, largest: float) -> None:
    """Put round numbers of the fitting binary unit on an axis."""
    step = 1024.0 ** max(int(np.log2(max(largest, 1.0)) // 10), 0)
    axis = axes.yaxis if which == "y" else axes.xaxis
    ticks = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, largest / step)
    axis.set_ticks([tick * step for tick in ticks if 0 <= tick * step <= largest * 1.18])
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, "bytes")))


def site_bars(
    sites: pd.DataFrame,
    unit: str = "bytes",
    *,
    top: int = 12,
    title: str = "",
    description: str = "",
) -> ReportFigure:
    """Draw what falls to each place, for example leaks.

    Parameters
    ----------
    sites : DataFrame
        Columns of ``schema.MEMORY_SITES``, heaviest first.
    unit : str
        Unit of the weights.
    top : int
        Bars drawn; the rest is one bar of its own.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Horizontal bars with their amounts.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.MEMORY_SITES.conform(sites)
    if table.empty:
        raise UsageError("bars were asked for without any place; there is nothing to show")
    labels, weights = _shortened(table, table["weight"].to_numpy(), top)
    total = max(int(table["weight"].sum()), 1)
    remarks = [f"{format_quantity(weight, unit)}, {weight / total:.1%}" for weight in weights]
    shown = description or _describe(labels, remarks)
    with styled():
        figure = new_figure(_BAR_HEIGHT * len(labels) + 1.2, shown, title)
        axes = figure.subplots()
        places = np.arange(len(labels))
        axes.barh(places, weights, color=VERMILLION, height=0.7)
        _label_bars(axes, labels, remarks, weights)
        if unit == "bytes":
            _byte_axis(axes, "x", float(weights.max()))
        axes.set_xlabel(unit)
    return figure


def temporary_bars(
    temporaries: pd.DataFrame, *, top: int = 12, title: str = "", description: str = ""
) -> ReportFigure:
    """Draw the temporary allocations of each place, in front of all its allocations.

    Parameters
    ----------
    temporaries : DataFrame
        Columns of ``schema.TEMPORARY_SITES``, most temporary first.
    top : int
        Bars drawn; the rest is one bar of its own.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Horizontal bars: all allocations hatched, the temporary ones solid.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.TEMPORARY_SITES.conform(temporaries)
    if table.empty:
        raise UsageError("bars were asked for without temporary allocations; there are none")
    labels, temporary = _shortened(table, table["temporary"].to_numpy(), top)
    _, everything = _shortened(table, table["allocations"].to_numpy(), top)
    remarks = [
        f"{count_text(int(part), 'temporary', 'temporary')}, {part / max(whole, 1):.0%}"
        for part, whole in zip(temporary, everything, strict=True)
    ]
    shown = description or _describe(labels, remarks)
    with styled():
        figure = new_figure(_BAR_HEIGHT * len(labels) + 1.6, shown)
        axes = figure.subplots()
        places = np.arange(len(labels))
        axes.barh(
            places,
            everything,
            facecolor=PAPER,
            edgecolor=MUTED,
            hatch="///",
            height=0.7,
            label="all allocations",
        )
        axes.barh(
            places, temporary, color=BLUE, height=0.7, label="freed by the very next deallocation"
        )
        _label_bars(axes, labels, remarks, everything)
        axes.set_xlabel("allocations")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        figure.legend(
            loc="outside upper left",
            ncols=2,
            title=title or None,
            title_fontproperties={"size": 12.5, "weight": "bold"},
            alignment="left",
        )
    return figure


def _shortened(
    table: pd.DataFrame, weights: NDArray[np.int64], top: int
) -> tuple[list[str], NDArray[np.int64]]:
    """Return labels and weights of the first places, the rest as one."""
    labels = [
        _short(site_label(function, module))
        for function, module in zip(table["function"][:top], table["module"][:top], strict=True)
    ]
    if len(table) <= top:
        return labels, weights
    rest = f"({count_text(len(table) - top, 'other place')})"
    return [*labels, rest], np.append(weights[:top], weights[top:].sum())


def _short(label: str) -> str:
    """Return a label that fits: a long name without arguments and template arguments."""
    shown = printable(label)
    return clip(shown if len(shown) <= _LABEL else bare_name(shown) or shown, _LABEL)


def _label_bars(axes: Axes, labels: list[str], remarks: list[str], ends: NDArray[np.int64]) -> None:
    largest = max(float(ends.max()), 1.0)
    for place, (remark, end) in enumerate(zip(remarks, ends.tolist(), strict=True)):
        axes.text(end + largest * 0.01, place, remark, va="center", ha="left")
    label_ticks(axes, "y", [float(place) for place in range(len(labels))], labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0.0, largest * 1.45)
    axes.grid(visible=False, axis="y")


def _describe(labels: list[str], remarks: list[str]) -> str:
    return "; ".join(f"{label}: {remark}" for label, remark in zip(labels, remarks, strict=True))
