"""When a profile's weight fell: stacked by thread, and as a map of seconds and their parts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.report.figures.style import SERIES, ReportFigure, clip, new_figure, styled
from slonana_analysis.report.palette import BAND, BLUE, INK, PAPER

_HATCHES = ("", "///", "...", "\\\\\\", "xxx")
_HEAT = LinearSegmentedColormap.from_list("heat", [BAND, BLUE, INK])


def timeline_plot(
    timeline: pd.DataFrame, unit: str, *, title: str = "", description: str = ""
) -> ReportFigure:
    """Draw the weight over time.

    Parameters
    ----------
    timeline : DataFrame
        Columns of ``schema.TIMELINE``: a row for every bin and thread.
    unit : str
        Unit of the weights; for ``ns`` the axis counts busy processors.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        One band per thread, in order of first appearance, stacked from the bottom.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.TIMELINE.conform(timeline)
    if table.empty:
        raise UsageError("a timeline was asked for without any bin; record a profile with times")
    weights = table.pivot_table(
        index=["start_ns", "end_ns"],
        columns="thread",
        values="weight",
        aggfunc="sum",
        observed=True,
    )
    threads = [str(name) for name in weights.columns]
    with styled():
        figure = new_figure(3.4, description or f"Weight over time by thread: {', '.join(threads)}")
        axes = figure.subplots()
        # Weight over nanoseconds is processors when the weight is time; else events, per second.
        _draw(axes, weights, threads, 1.0 if unit == "ns" else 1e9)
        axes.set_xlabel("seconds since the first sample")
        axes.set_ylabel("processors busy" if unit == "ns" else f"{unit} per second")
        figure.legend(
            loc="outside upper left",
            ncols=min(len(threads), 5),
            title=title or None,
            title_fontproperties={"size": 12.5, "weight": "bold"},
            alignment="left",
        )
    return figure


def heat_map_plot(
    heat: pd.DataFrame, unit: str, *, title: str = "", description: str = ""
) -> ReportFigure:
    """Draw the weight by second (from left to right) and by part of the second (upwards).

    Parameters
    ----------
    heat : DataFrame
        Columns of ``schema.HEAT_MAP``.
    unit : str
        Unit of the weights; for ``ns`` the colour bar counts busy processors.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Darker is more.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    table = schema.HEAT_MAP.conform(heat)
    if table.empty:
        raise UsageError("a heat map was asked for without any second; record a profile with times")
    parts = int(table["part"].max()) + 1
    seconds = len(table) // parts
    length = (table["end_ns"] - table["start_ns"]).to_numpy(np.float64)
    scale = 1.0 if unit == "ns" else 1e9
    rates = scale * table["weight"].to_numpy(np.float64) / np.maximum(length, 1.0)
    # The recording ends with its last sample; what would follow is not idle, but unknown.
    rates[int(np.flatnonzero(rates)[-1]) + 1 if rates.any() else 0 :] = np.nan
    words = f"Weight over {seconds} seconds, {parts} parts each; darker is more"
    with styled():
        figure = new_figure(4.0, description or words, title)
        axes = figure.subplots()
        # An image: between cells drawn one by one, viewers leave hairlines.
        image = axes.imshow(
            rates.reshape(seconds, parts).T,
            cmap=_HEAT,
            vmin=0.0,
            origin="lower",
            extent=(0, seconds, 0, 1000),
            aspect="auto",
            interpolation="nearest",
        )
        axes.grid(visible=False)
        axes.set_xlabel("seconds since the first sample")
        axes.set_ylabel("milliseconds within the second")
        bar = figure.colorbar(image, ax=axes, pad=0.01)
        bar.set_label("processors busy" if unit == "ns" else f"{unit} per second")
        bar.outline.set_visible(False)
    return figure


def _draw(axes: Axes, weights: pd.DataFrame, threads: list[str], scale: float) -> None:
    start = weights.index.get_level_values("start_ns").to_numpy(np.float64)
    end = weights.index.get_level_values("end_ns").to_numpy(np.float64)
    edges = np.append(start, end[-1]) - start[0]
    rates = scale * weights.to_numpy(np.float64) / np.maximum(end - start, 1.0)[:, None]
    base = np.zeros(start.size)
    for place, name in enumerate(threads):
        top = base + rates[:, place]
        axes.stairs(
            top,
            edges / 1e9,
            baseline=base,
            fill=True,
            facecolor=SERIES[place % len(SERIES)][0],
            edgecolor=PAPER,
            linewidth=0.3,
            hatch=_HATCHES[(place // len(SERIES)) % len(_HATCHES)],
            label=clip(name, 24),
        )
        base = top
    axes.set_xlim(0.0, float(edges[-1]) / 1e9)
    axes.set_ylim(0.0, max(float(base.max()) * 1.08, 1e-12))
