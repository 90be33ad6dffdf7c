"""From the rates of many timed batches to one rate that can be relied on."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

LEVEL = 0.01
SUSTAINED = 0.95


@dataclass(frozen=True)
class Rate:
    """Rate over many batches, in one unit.

    Attributes
    ----------
    sustained : float
        The rate that one batch in twenty reaches.
    median : float
        The rate of the batch in the middle.
    low, high : float
        Interval of the median; NaN below eight batches, which cannot give one.
    rounds : int
        Batches.
    """

    sustained: float
    median: float
    low: float
    high: float
    rounds: int


def summarise_rates(rates: NDArray[np.float64]) -> Rate:
    """Return what a series of rates amounts to.

    ``sustained`` is the 95th percentile. A disturbance only ever takes time away, so the middle of
    the rates says how busy the machine was, and the upper end what it can do; the very best batch
    would rest on two readings of the clock, the 95th percentile rests on one batch in twenty.

    Parameters
    ----------
    rates : ndarray of float64, shape (n,), any one unit
        At least one.

    Returns
    -------
    Rate
        In the unit of ``rates``.
    """
    low, high = median_interval(rates)
    return Rate(
        sustained=float(np.quantile(rates, SUSTAINED)),
        median=float(np.median(rates)),
        low=low,
        high=high,
        rounds=rates.size,
    )


def median_interval(values: NDArray[np.float64], level: float = LEVEL) -> tuple[float, float]:
    """Return the distribution-free interval of the median between two order statistics.

    The number of values below the true median is binomial with probability one half, whatever the
    distribution. Neighbouring batches share their disturbance, so the interval is somewhat too
    narrow for the machine on another day: it describes these rounds.

    Parameters
    ----------
    values : ndarray of float64, shape (n,), any one unit
        In any order.
    level : float
        Two-sided error level.

    Returns
    -------
    low, high : float, float
        NaN where even the whole range does not cover the median often enough.

    References
    ----------
    David, H. A. and Nagaraja, H. N. (2003), Order Statistics, 3rd ed., section 7.1.
    """
    below = np.arange(values.size)
    # bdtr(k, n, p): probability of at most k of n.
    outside = np.asarray(special.bdtr(below, values.size, 0.5))
    cut = int(np.searchsorted(outside, level / 2, side="right"))
    if cut == 0:
        return math.nan, math.nan
    ordered = np.sort(values)
    return float(ordered[cut - 1]), float(ordered[values.size - cut])
