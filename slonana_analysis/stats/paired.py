"""Effects of paired launches: median log ratio within a launch, trimmed mean across launches.

On a shared machine neighbouring batches share their disturbance, so the ratio of two batches of
one round is far steadier than either time; launches differ in memory layout and in what the
neighbours do, so the launch is the unit that an interval may be built on.

References
----------
Yuen, K. K. (1974), The two-sample trimmed t for unequal population variances, Biometrika 61.
Wilcox, R. R. (2012), Introduction to Robust Estimation and Hypothesis Testing, 3rd ed., ch. 4.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

LEVEL = 0.01
TRIM = 0.2
POWER = 0.95


@dataclass(frozen=True)
class Interval:
    """A trimmed mean with its two-sided interval, standard error and degrees of freedom."""

    estimate: float
    low: float
    high: float
    standard_error: float
    degrees: int


def launch_effect(baseline: NDArray[np.float64], variant: NDArray[np.float64]) -> float:
    """Return the median log ratio of paired batches of one launch.

    Parameters
    ----------
    baseline, variant : ndarray of float64, shape (n_rounds,), any one unit
        Batches of the same rounds, all positive.

    Returns
    -------
    float
        Median of ``log(variant / baseline)``; positive when the variant takes more.

    Raises
    ------
    ValueError
        If the shapes differ, there is no round, or a value is not positive.
    """
    if baseline.shape != variant.shape or baseline.size == 0:
        raise ValueError("paired batches need equal, non-zero counts")
    if np.any(baseline <= 0) or np.any(variant <= 0):
        raise ValueError("a log ratio needs positive values")
    return float(np.median(np.log(variant) - np.log(baseline)))


def student_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t distribution."""
    # scipy.special instead of scipy.stats: the same function without four seconds of cold import.
    return float(special.stdtrit(degrees, probability))


def trimmed_mean_interval(
    values: NDArray[np.float64],
    level: float = LEVEL,
    trim: float = TRIM,
    smallest_error: float = 0.0,
) -> Interval:
    """Return the trimmed mean of ``values`` with its Yuen (winsorised t) interval.

    Parameters
    ----------
    values : ndarray of float64, shape (n_launches,), any unit
        One value per launch; at least two.
    level : float
        Two-sided error level; 0.01 gives a 99 % interval.
    trim : float
        Share cut from each end before averaging.
    smallest_error : float
        Standard error below which none is believed: launches that agree to the last digit of a
        coarse clock have not been measured without error.

    Returns
    -------
    Interval
        In the unit of ``values``.

    Raises
    ------
    ValueError
        If there are fewer than two values.
    """
    count = values.size
    if count < 2:
        raise ValueError("an interval across launches needs at least two launches")
    cut = int(trim * count)
    ordered = np.sort(values)
    mean = float(ordered[cut : count - cut].mean())
    winsorised = np.clip(ordered, ordered[cut], ordered[count - cut - 1])
    kept = count - 2 * cut
    # Wilcox's form divides by the nominal 1 - 2 trim; with nothing cut this is the plain mean.
    share = 1 - 2 * trim if cut else 1.0
    error = max(float(winsorised.std(ddof=1)) / (share * math.sqrt(count)), smallest_error)
    reach = student_quantile(1 - level / 2, kept - 1) * error
    return Interval(mean, mean - reach, mean + reach, error, kept - 1)


def p_value(interval: Interval) -> float:
    """Return the two-sided probability of an estimate this far from 0 where there is no effect.

    Parameters
    ----------
    interval : Interval
        Of an effect; 0 means none.

    Returns
    -------
    float
        By the same t distribution as the interval: below the level where that excludes 0.
    """
    if interval.standard_error == 0:
        return 0.0 if interval.estimate else 1.0
    distance = abs(interval.estimate) / interval.standard_error
    return float(2 * special.stdtr(interval.degrees, -distance))


def minimum_detectable_effect(
    interval: Interval, floor: float, level: float = LEVEL, power: float = POWER
) -> float:
    """Return the smallest log effect that this spread would find with probability ``power``.

    Parameters
    ----------
    interval : Interval
        Of log ratios.
    floor : float
        Log effect below which nothing is called a change, so nothing smaller can be found.
    level, power : float
        Two-sided error level of the test, and the wanted share of real effects found.

    Returns
    -------
    float
        Log ratio, from the non-central t distribution with the interval's degrees of freedom.
    """
    reject = student_quantile(1 - level / 2, interval.degrees)
    distance = float(special.nctdtrinc(interval.degrees, 1 - power, reject))
    past_floor = floor + student_quantile(power, interval.degrees) * interval.standard_error
    return max(past_floor, distance * interval.standard_error)
