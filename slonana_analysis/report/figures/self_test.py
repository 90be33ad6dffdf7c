"""The self-test as a picture: what each rule says of identical code, and what ours finds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from slonana_analysis.compare.other_rules import STORED_RUNS
from slonana_analysis.compare.self_test import ALL_WORKLOADS, OUR_RULE
from slonana_analysis.errors import UsageError
from slonana_analysis.report.figures.style import (
    SERIES,
    ReportFigure,
    clip,
    label_ticks,
    new_figure,
    styled,
)
from slonana_analysis.report.palette import BLUE, INK, MUTED, VERMILLION
from slonana_analysis.report.self_test_view import RateRow, rate_rows, share_text, work_text

NOMINAL = 0.01
"""The level that our intervals are built for; drawn as a line."""

WANTED = 0.95
_OWN = frozenset({OUR_RULE, STORED_RUNS})
_SHOWN = (0.03, 0.05)
_FOUND_LOOKS = SERIES[2:4]
_ROW_HEIGHT = 0.3
_POWER_HEIGHT = 3.2
# Rates up to this are drawn nearly to scale, larger ones are compressed: 0, 1 % and 80 % in one.
_ASINH_WIDTH = 0.01
_RATES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def self_test_plot(table: pd.DataFrame, *, title: str = "", description: str = "") -> ReportFigure:
    """Draw false alarms and slowdowns found by rule, and our power over the size of a slowdown.

    Parameters
    ----------
    table : DataFrame
        Columns of ``schema.SELF_TEST``.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure
        Rates with their 99 % intervals; the nominal rate and the wanted power as lines.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    rows = rate_rows(table)
    alike = [row for row in rows if row.workload == ALL_WORKLOADS and row.slowdown == 0]
    if not alike:
        raise UsageError("a self-test was to be drawn without any comparison; measure one first")
    slower = [row for row in rows if row.workload != ALL_WORKLOADS and row.slowdown > 0]
    ours = [row for row in slower if row.rule == OUR_RULE]
    heights = [_ROW_HEIGHT * len(alike) + 0.9, *([_POWER_HEIGHT] if ours else [])]
    with styled():
        figure = new_figure(sum(heights) + 1.2, description or _describe(alike, ours))
        parts = figure.add_gridspec(len(heights), 2, height_ratios=heights)
        left = figure.add_subplot(parts[0, 0])
        right = figure.add_subplot(parts[0, 1], sharey=left)
        _draw_alarms(left, alike)
        _draw_found(right, alike, [row for row in rows if row.workload == ALL_WORKLOADS])
        _legend(figure, title)
        if ours:
            _draw_power(figure.add_subplot(parts[1, :]), ours)
    return figure


def _draw_alarms(axes: Axes, alike: Sequence[RateRow]) -> None:
    axes.set_title("Nothing changed: called a change")
    axes.set_xscale("asinh", linear_width=_ASINH_WIDTH)
    axes.axvline(NOMINAL, color=INK, linewidth=0.9, linestyle="--", zorder=1.2)
    for place, row in enumerate(alike):
        own = row.rule in _OWN
        colour = BLUE if own else VERMILLION
        _whisker(axes, place, row, colour, "o" if own else "s")
    axes.set_xlim(-0.001, 1.6)
    axes.set_ylim(len(alike) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    label_ticks(axes, "x", list(_RATES), [share_text(rate) for rate in _RATES])
    axes.minorticks_off()
    texts = label_ticks(
        axes, "y", [float(place) for place in range(len(alike))], [clip(r.rule, 50) for r in alike]
    )
    for text, row in zip(texts, alike, strict=True):
        text.set_fontweight("bold" if row.rule in _OWN else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"false alarms, 99 % interval; dashed: {share_text(NOMINAL)}")


def _draw_found(axes: Axes, alike: Sequence[RateRow], totals: Sequence[RateRow]) -> None:
    axes.set_title("Real extra work: found")
    known: Mapping[tuple[str, float], RateRow] = {(row.rule, row.slowdown): row for row in totals}
    for series, (slowdown, look) in enumerate(zip(_SHOWN, _FOUND_LOOKS, strict=True)):
        colour, marker, _ = look
        for place, line in enumerate(alike):
            row = known.get((line.rule, slowdown))
            if row is not None:
                _whisker(axes, place + 0.26 * series - 0.13, row, colour, marker)
    for place, line in enumerate(alike):
        row = known.get((line.rule, _SHOWN[0]))
        if row is not None and row.wrong_way:
            share = row.wrong_way / row.tried
            axes.plot(share, place - 0.13, color=MUTED, marker="x", markersize=6.5, zorder=4)
    axes.set_xlim(-0.03, 1.03)
    axes.grid(visible=False, axis="y")
    label_ticks(axes, "x", list(_SHARES), [share_text(share) for share in _SHARES])
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.set_xlabel("found, all workloads, 99 % interval")


def _legend(figure: ReportFigure, title: str) -> None:
    looks = [
        (BLUE, "o", "this suite"),
        (VERMILLION, "s", "re-implemented rules"),
        *(
            (colour, marker, f"found {work_text(slowdown)}")
            for slowdown, (colour, marker, _) in zip(_SHOWN, _FOUND_LOOKS, strict=True)
        ),
        (MUTED, "x", f"{work_text(_SHOWN[0])} called faster"),
    ]
    figure.legend(
        handles=[
            Line2D([], [], color=colour, marker=marker, linestyle="none", label=label)
            for colour, marker, label in looks
        ],
        loc="outside upper left",
        ncols=len(looks),
        title=title or None,
        title_fontproperties={"size": 12.5, "weight": "bold"},
        alignment="left",
    )


def _whisker(axes: Axes, place: float, row: RateRow, colour: str, marker: str) -> None:
    axes.plot((row.low, row.high), (place, place), color=colour, linewidth=1.8, zorder=2)
    axes.plot(row.rate, place, marker=marker, markersize=6.5, color=colour, zorder=3)


def _draw_power(axes: Axes, ours: Sequence[RateRow]) -> None:
    axes.set_title("This suite: slowdowns found, by real extra work")
    axes.set_xscale("log")
    workloads = list(dict.fromkeys(row.workload for row in ours))
    for place, workload in enumerate(workloads):
        points = sorted(
            (row for row in ours if row.workload == workload), key=lambda row: row.slowdown
        )
        colour, marker, line = SERIES[place % len(SERIES)]
        rate, low, high = np.array([(row.rate, row.low, row.high) for row in points]).T
        seconds = np.median([row.seconds for row in points])
        axes.errorbar(
            # A little apart, so that intervals of two workloads do not hide each other.
            np.array([row.slowdown for row in points]) * 1.02 ** (place - len(workloads) / 2),
            rate,
            yerr=np.clip([rate - low, high - rate], 0.0, None),
            color=colour,
            marker=marker,
            linestyle=line,
            elinewidth=1.0,
            label=f"{clip(workload, 40)} ({seconds:.1f} s per verdict)",
        )
    sizes = sorted({row.slowdown for row in ours})
    axes.axhline(WANTED, color=MUTED, linewidth=0.9, linestyle="--", zorder=1.2)
    label_ticks(axes, "x", sizes, [work_text(size) for size in sizes])
    axes.minorticks_off()
    label_ticks(axes, "y", list(_SHARES), [share_text(share) for share in _SHARES])
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("real extra work")
    axes.set_ylabel("found, 99 % interval")
    axes.legend(loc="lower right", title=f"dashed: {share_text(WANTED)}", alignment="left")


def _describe(alike: Sequence[RateRow], ours: Sequence[RateRow]) -> str:
    alarms = [f"{row.rule} {share_text(row.rate)} of {row.tried}" for row in alike]
    found = [f"{work_text(row.slowdown)} on {row.workload} {share_text(row.rate)}" for row in ours]
    text = f"False alarms on two builds of one source: {'; '.join(alarms)}"
    return f"{text}. Found by this suite: {'; '.join(found)}" if found else text
