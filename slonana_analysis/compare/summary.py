"""Each variant on its own: the time it takes, with its interval across launches."""

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.stats.paired import trimmed_mean_interval

SUBJECT = ["experiment", "variant", "parameters"]


def launch_medians(samples: pd.DataFrame) -> NDArray[np.float64]:
    """Return the median value of each launch.

    Parameters
    ----------
    samples : DataFrame
        Rows of ``schema.SAMPLES`` of one variant.

    Returns
    -------
    ndarray of float64, shape (n_launches,), in the samples' unit
        In launch order.
    """
    return samples.groupby("launch", sort=True)["value"].median().to_numpy(np.float64)


def centre(medians: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return estimate, low and high across launches; NaN ends for a single launch.

    Times are positive and their disturbances multiply them, so the mean is taken of logarithms:
    an interval of plain times would reach below zero on a noisy machine.
    """
    if medians.size < 2:
        return float(medians[0]), math.nan, math.nan
    interval = trimmed_mean_interval(np.log(medians))
    return math.exp(interval.estimate), math.exp(interval.low), math.exp(interval.high)


def summarise(samples: pd.DataFrame) -> pd.DataFrame:
    """Return one row per variant: its own value with an interval across launches.

    Parameters
    ----------
    samples : DataFrame
        Columns of ``schema.SAMPLES``.

    Returns
    -------
    DataFrame
        Columns of ``schema.SUMMARY``, in order of first appearance; the frozen kernel is nobody's
        variant and has no row.
    """
    subjects = samples[samples["variant"] != REFERENCE]
    if subjects.empty:
        return schema.SUMMARY.empty()
    rows = [_row(subject, group) for subject, group in subjects.groupby(SUBJECT, sort=False)]
    return schema.SUMMARY.conform(pd.DataFrame(rows))


def _row(subject: Hashable, group: pd.DataFrame) -> dict[str, object]:
    medians = launch_medians(group)
    value, low, high = centre(medians)
    identity = subject if isinstance(subject, tuple) else (subject,)
    return dict(zip(SUBJECT, identity, strict=True)) | {
        "value": value,
        "low": low,
        "high": high,
        "launches": medians.size,
        "unit": group["unit"].iloc[0],
    }
