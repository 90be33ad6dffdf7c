"""Traffic drawn: rate over time, packet sizes, and how long nothing came."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.report.figures.style import (
    SERIES,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    styled,
)
from slonana_analysis.report.palette import INK, MUTED, PAPER
from slonana_analysis.units import format_rate, format_time

_HATCHES = ("", "///", "...", "\\\\\\", "xxx")
_LABEL = 40
_MEDIAN = 0.5


def traffic_rate_plot(timeline: pd.DataFrame, *, description: str = "") -> ReportFigure:
    """Draw bytes per second over time, one band for each group.

    Parameters
    ----------
    timeline : DataFrame
        Columns of ``schema.TRAFFIC_TIMELINE``.
    description : str
        Alternative text.

    Returns
    -------
    ReportFigure
        Bands stacked from the bottom in the order of the groups; the top is everything.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.TRAFFIC_TIMELINE.conform(timeline)
    if table.empty:
        raise UsageError("traffic over time was asked for without any bin; capture some packets")
    names = [str(name) for name in dict.fromkeys(table["group"])]
    start = table["start_ns"].to_numpy().reshape(-1, len(names))[:, 0]
    end = table["end_ns"].to_numpy().reshape(-1, len(names))[:, 0]
    size = table["bytes"].to_numpy(np.float64).reshape(-1, len(names))
    rates = 1e9 * size / np.maximum(end - start, 1)[:, None]
    with styled():
        text = description or f"Bytes per second over time by {', '.join(names)}"
        figure = new_figure(3.4, text)
        axes = figure.subplots()
        edges = (np.append(start, end[-1]) - start[0]) / 1e9
        _draw_bands(axes, edges, rates, names)
        axes.set_xlabel("seconds since the first packet")
        axes.set_ylabel("on the wire")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_rate(value, "bytes")))
        figure.legend(loc="outside upper left", ncols=min(len(names), 4), alignment="left")
    return figure


def _draw_bands(
    axes: Axes,
    edges: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    rates: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    names: list[str],
) -> None:
    base = np.zeros(rates.shape[0])
    for place, name in enumerate(names):
        top = base + rates[:, place]
        axes.stairs(
            top,
            edges,
            baseline=base,
            fill=True,
            facecolor=SERIES[place % len(SERIES)][0],
            edgecolor=PAPER,
            linewidth=0.3,
            hatch=_HATCHES[place % len(_HATCHES)],
            label=clip(name, _LABEL),
        )
        base = top
    axes.set_xlim(0.0, float(edges[-1]))
    axes.set_ylim(0.0, max(float(base.max()) * 1.08, 1.0))


def packet_size_plot(sizes: pd.DataFrame, *, description: str = "") -> ReportFigure:
    """Draw how many packets there are of which size, and how many bytes they carry.

    Parameters
    ----------
    sizes : DataFrame
        Columns of ``schema.PACKET_SIZES``.
    description : str
        Alternative text.

    Returns
    -------
    ReportFigure
        A pair of bars for every class of size: share of the packets, share of the bytes.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.PACKET_SIZES.conform(sizes)
    if table.empty:
        raise UsageError("packet sizes were asked for without any packet; capture some first")
    packets = 100 * table["share"].to_numpy()
    carried = 100 * table["bytes"].to_numpy(np.float64) / max(int(table["bytes"].sum()), 1)
    places = np.arange(len(table), dtype=np.float64)
    with styled():
        figure = new_figure(3.4, description or "Share of packets and of bytes by packet size")
        axes = figure.subplots()
        for offset, values, colour, hatch, label in (
            (-0.2, packets, SERIES[0][0], "", "share of packets"),
            (0.2, carried, SERIES[1][0], "///", "share of bytes"),
        ):
            bars = axes.bar(
                places + offset,
                values,
                0.38,
                color=colour,
                edgecolor=PAPER,
                hatch=hatch,
                label=label,
            )
            axes.bar_label(bars, [f"{value:.0f} %" for value in values], fontsize=9.0, color=INK)
        labels = [
            f"{low:,} to\n{high:,}"
            for low, high in zip(table["smallest"], table["largest"], strict=True)
        ]
        label_ticks(axes, "x", places.tolist(), labels)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("bytes of a packet on the wire")
        axes.set_ylabel("%")
        axes.set_ylim(0.0, 1.15 * max(float(packets.max()), float(carried.max())))
        figure.legend(loc="outside upper left", ncols=2)
    return figure


def gap_plot(shares: pd.DataFrame, *, description: str = "") -> ReportFigure:
    """Draw which share of the gaps between packets is at most how long.

    Parameters
    ----------
    shares : DataFrame
        Columns of ``schema.GAP_SHARES``.
    description : str
        Alternative text.

    Returns
    -------
    ReportFigure
        A step line for every group over a logarithmic axis of time; its end is the longest
        silence. Packets with the same time are drawn at the axis' lower end.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.GAP_SHARES.conform(shares)
    if table.empty:
        raise UsageError("gaps were asked for, and there are none; capture more than one packet")
    positive = table.loc[table["gap_ns"] > 0, "gap_ns"]
    least = float(positive.min()) if len(positive) else 1.0
    most = max(float(table["gap_ns"].max()), 10 * least)
    with styled():
        figure = new_figure(3.4, description or "Distribution of the gaps between packets")
        axes = figure.subplots()
        for place, (name, part) in enumerate(table.groupby("group", sort=False)):
            colour, marker, line = SERIES[place % len(SERIES)]
            gap = np.maximum(part["gap_ns"].to_numpy(), least)
            share = 100 * part["share"].to_numpy()
            axes.step(
                np.append(least, gap),
                np.append(0.0, share),
                where="post",
                color=colour,
                linestyle=line,
                label=clip(str(name), _LABEL),
            )
            axes.plot(gap[-1:], share[-1:], marker, color=colour)
        _finish_gap_axes(axes, least, most)
        figure.legend(loc="outside upper left", ncols=4)
    return figure


def _finish_gap_axes(axes: Axes, least: float, most: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(least / 1.3, most * 1.6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_time(value)))
    axes.axhline(100 * _MEDIAN, color=MUTED, linewidth=0.8, linestyle=":")
    axes.annotate(
        "median",
        (1.0, 100 * _MEDIAN),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=MUTED,
    )
    axes.set_xlabel("gap between one packet and the next; a mark is the longest silence")
    axes.set_ylabel("gaps at most as long, %")
    axes.set_ylim(0.0, 104.0)
    axes.yaxis.set_major_locator(MaxNLocator(5))
