"""Levels over runs, a panel per subject, with the places where they moved."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from slonana_analysis.model import schema
from slonana_analysis.report.figures.style import ReportFigure, clip, new_figure, styled
from slonana_analysis.report.palette import BLUE, INK, MUTED, VERMILLION

_MOST = 8
_PANEL_HEIGHT = 1.7
_SERIES = ["machine", "experiment", "variant", "parameters"]
# More labels than this on an axis of report width would run into each other.
_MOST_LABELS = 8


@dataclass(frozen=True)
class _Series:
    """One subject: its levels in percent against its first ones, and where they moved."""

    name: str
    runs: tuple[str, ...]
    values: np.ndarray[tuple[int], np.dtype[np.float64]]
    low: np.ndarray[tuple[int], np.dtype[np.float64]]
    high: np.ndarray[tuple[int], np.dtype[np.float64]]
    moves: tuple[int, ...]


def history_plot(
    trends: pd.DataFrame, changes: pd.DataFrame, *, title: str = "", description: str = ""
) -> ReportFigure | None:
    """Draw the history of the subjects that changed, and of others as far as there is room.

    Parameters
    ----------
    trends : DataFrame
        Columns of ``schema.TRENDS``, oldest first.
    changes : DataFrame
        Columns of ``schema.CHANGES``.
    title, description : str
        Heading and alternative text.

    Returns
    -------
    ReportFigure or None
        A panel per subject: each run's level with its interval, in percent of the first level; a
        line per level, and a mark where one ends. None where there is nothing to draw.
    """
    series = _chosen(schema.TRENDS.conform(trends), schema.CHANGES.conform(changes))
    if not series:
        return None
    with styled():
        figure = new_figure(
            0.6 + _PANEL_HEIGHT * len(series), description or _describe(series), title=title
        )
        panels = figure.subplots(len(series), squeeze=False)[:, 0]
        for axes, each in zip(panels, series, strict=True):
            _draw(axes, each)
        panels[-1].set_xlabel("run, oldest first")
    return figure


def _chosen(trends: pd.DataFrame, changes: pd.DataFrame) -> list[_Series]:
    """Return what there is room for: what changed most first, then the longest histories."""
    sizes = changes.groupby(_SERIES)["estimate"].agg(lambda moves: moves.abs().max())
    order = {key: float(size) for key, size in sizes.items()}
    grouped = [(key, rows) for key, rows in trends.groupby(_SERIES, sort=False)]
    grouped.sort(key=lambda pair: (-order.get(pair[0], 0.0), -len(pair[1])))
    return [
        _series(rows, changes[(changes[_SERIES] == list(key)).all(axis=1)])
        for key, rows in grouped[:_MOST]
    ]


def _series(rows: pd.DataFrame, changes: pd.DataFrame) -> _Series:
    runs = tuple(rows["run"])
    values = rows["value"].to_numpy(np.float64)
    moves = tuple(sorted(runs.index(after) for after in changes["after"] if after in runs))
    first = float(np.median(values[: moves[0]] if moves else values))

    def percent(column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return 100 * np.expm1(rows[column].to_numpy(np.float64) - first)

    return _Series(
        str(rows["name"].iloc[-1]), runs, percent("value"), percent("low"), percent("high"), moves
    )


def _draw(axes: Axes, series: _Series) -> None:
    places = np.arange(len(series.runs))
    # A run whose interval is absurd must not squeeze all others into a line.
    reach = 3 * float(np.ptp(series.values)) + 1.0
    below = np.clip(series.values - np.nan_to_num(series.low, nan=math.inf), 0, reach)
    above = np.clip(np.nan_to_num(series.high, nan=math.inf) - series.values, 0, reach)
    axes.errorbar(
        places, series.values, yerr=np.vstack([below, above]), fmt="o", color=BLUE,
        markersize=3.5, elinewidth=0.9, zorder=2,
    )  # fmt: skip
    bounds = [0, *series.moves, len(series.runs)]
    for start, end in pairwise(bounds):
        level = float(np.median(series.values[start:end]))
        axes.hlines(level, start - 0.5, end - 0.5, color=INK, linewidth=1.4, zorder=3)
    for move in series.moves:
        axes.axvline(move - 0.5, color=VERMILLION, linewidth=1.2, linestyle="--", zorder=1)
    axes.axhline(0.0, color=MUTED, linewidth=0.6, zorder=0.5)
    axes.set_title(clip(series.name, 90), parse_math=False)
    axes.set_ylabel("against first\nlevel, %")
    axes.set_xlim(-0.5, len(series.runs) - 0.5)
    shown = _labelled(len(series.runs), series.moves)
    axes.set_xticks(shown, [_moment(series.runs[place]) for place in shown])


def _labelled(count: int, moves: Sequence[int]) -> list[int]:
    """Return which runs have their date below them: where levels begin, and some between."""
    even = {int(place) for place in np.linspace(0, count - 1, min(_MOST_LABELS, count))}
    apart = count / _MOST_LABELS
    kept = [place for place in even if all(abs(place - move) >= apart for move in moves)]
    return sorted({*kept, *moves})


def _moment(run: str) -> str:
    """Return month, day and time of a run from its id, ``20261123T032959Z-7f3a9c``."""
    return f"{run[4:6]}-{run[6:8]} {run[9:11]}:{run[11:13]}"


def _describe(series: Sequence[_Series]) -> str:
    moved = [each.name for each in series if each.moves]
    what = f"Levels of {len(series)} subjects over runs"
    return f"{what}; moved: {', '.join(moved)}" if moved else f"{what}; none moved"
