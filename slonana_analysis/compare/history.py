"""Many runs of one machine: where the level of a subject moved, and between which two of them.

Machines are never pooled, nor are ratios to the frozen kernel and ratios to a baseline. Levels that
rest on fewer than three launches, those of smoke runs, take no part: they show that everything
works, and are no measure.
"""

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd

from slonana_analysis.compare.reference_ratio import SUBJECT
from slonana_analysis.compare.trends import BASELINE_BASIS, REFERENCE_BASIS
from slonana_analysis.compare.verdicts import FLOOR
from slonana_analysis.model import schema
from slonana_analysis.stats.change_points import LEAST, LEVEL, ChangePoint, change_points
from slonana_analysis.stats.false_discovery import benjamini_hochberg

FEWEST_RUNS = 2 * LEAST
"""Runs without which no change can be placed."""

FEWEST_LAUNCHES = 3

_SERIES = ["machine", *SUBJECT]


def comparable_trends(trends: pd.DataFrame) -> pd.DataFrame:
    """Return the levels that a history may be made of, oldest first.

    Parameters
    ----------
    trends : DataFrame
        Columns of ``schema.TRENDS``, of any runs.

    Returns
    -------
    DataFrame
        The same columns. A series that has levels on both bases keeps those to the frozen kernel;
        of a run that is there twice the first is kept.
    """
    measured = trends[trends["launches"] >= FEWEST_LAUNCHES]
    framed = measured.groupby(_SERIES, sort=False)["basis"].transform(
        lambda bases: REFERENCE_BASIS if (bases == REFERENCE_BASIS).any() else BASELINE_BASIS
    )
    kept = measured[measured["basis"] == framed].drop_duplicates([*_SERIES, "run"])
    return schema.TRENDS.conform(kept.sort_values("run", kind="stable"))


def find_changes(trends: pd.DataFrame, floor: float = FLOOR) -> pd.DataFrame:
    """Return where levels moved, over all series together.

    Parameters
    ----------
    trends : DataFrame
        From ``comparable_trends``.
    floor : float
        Relative move below which nothing is called a change.

    Returns
    -------
    DataFrame
        Columns of ``schema.CHANGES``. False discoveries among all series looked at are controlled:
        ``p_value`` is adjusted for their number.
    """
    found: list[tuple[pd.DataFrame, tuple[ChangePoint, ...]]] = []
    for _, series in trends.groupby(_SERIES, sort=False):
        if len(series) >= FEWEST_RUNS:
            values = series["value"].to_numpy(np.float64)
            found.append((series, change_points(values, floor=math.log1p(floor))))
    clearest = [min((point.p_value for point in points), default=1.0) for _, points in found]
    adjusted = benjamini_hochberg(np.array(clearest, np.float64))
    rows = [
        _row(series, point, max(float(adjusted[place]), point.p_value))
        for place, (series, points) in enumerate(found)
        for point in points
        if adjusted[place] <= LEVEL
    ]
    return schema.CHANGES.conform(pd.DataFrame(rows)) if rows else schema.CHANGES.empty()


def _row(series: pd.DataFrame, point: ChangePoint, p_value: float) -> dict[Hashable, object]:
    runs = series["run"].to_list()
    identity = series.iloc[point.index][[*_SERIES, "name"]].to_dict()
    return identity | {
        "before": runs[point.index - 1],
        "after": runs[point.index],
        "estimate": math.expm1(point.change.estimate),
        "low": math.expm1(point.change.low),
        "high": math.expm1(point.change.high),
        "p_value": p_value,
        "runs_before": point.before,
        "runs_after": point.after,
    }
