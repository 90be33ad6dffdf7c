"""Many differences between two small groups: variances estimated with each other's help.

Five captures a side say little about how far a single function's share varies between captures.
All functions together say how variances go with the number of samples, and how far single ones
stray from that; each function's own variance is then drawn towards the trend as far as that is
believed, and the t test gains the degrees of freedom of the trend.

References
----------
Smyth, G. K. (2004), Linear models and empirical Bayes methods for assessing differential expression
in microarray experiments, Stat. Appl. Genet. Mol. Biol. 3: the moderated t statistic.
Anders, S. and Huber, W. (2010), Differential expression analysis for sequence count data, Genome
Biol. 11: variance as sampling noise plus a common part that does not vanish with more samples, and
the median ratio that tells a real change from what it does to everything else's share.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from slonana_analysis.stats.paired import LEVEL

Matrix = NDArray[np.float64]

_NEWTON_ROUNDS = 50
# A variance of nought would have no logarithm; limma lifts such ones to this part of the median.
_LEAST_VARIANCE = 1e-5
_FEWEST_FOR_PRIOR = 3
# Rows of more samples tell the typical change no better once captures differ by this anyway.
_TYPICAL_SPREAD = 0.03
_STEADIEST = 0.005
_TYPICAL_ROUNDS = 4
# Three of the steadiest rows would have to change alike before the middle one does.
_LARGEST_PART = 0.2


@dataclass(frozen=True)
class Differences:
    """Differences between the means of two groups, with moderated intervals.

    Attributes
    ----------
    estimate, low, high, standard_error, p_value : ndarray of float64, shape (n,)
        Difference of the second group's mean from the first's, in the unit of the values.
    degrees : int
        Of freedom of the t distribution: own ones and those of the prior.
    prior_degrees : float
        Worth of the common trend, in degrees of freedom; infinite where all variances follow it.
    """

    estimate: Matrix
    low: Matrix
    high: Matrix
    standard_error: Matrix
    p_value: Matrix
    degrees: int
    prior_degrees: float


@dataclass(frozen=True)
class Prior:
    """Where variances lie before they are seen: scaled inverse chi-square.

    Attributes
    ----------
    degrees : float
        Its degrees of freedom; 0 where nothing is known.
    variance : float
        Its scale, in the unit of the variances.
    """

    degrees: float
    variance: float


def moderated_differences(
    first: Matrix,
    second: Matrix,
    first_counts: Matrix,
    second_counts: Matrix,
    level: float = LEVEL,
) -> Differences:
    """Return the differences of many rows between two groups of captures.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n, n_first) and (n, n_second)
        Log shares, one column per capture; at least two columns a side.
    first_counts, second_counts : ndarray of float64, shape (n,)
        Samples that a capture of each side has on average for each row; infinite where values are
        not sampled. They set how variances are expected to differ between rows and sides.
    level : float
        Two-sided error level of each interval.

    Returns
    -------
    Differences
        One entry per row.

    Raises
    ------
    ValueError
        If a side has fewer than two columns or the shapes disagree.
    """
    sizes = first.shape[1], second.shape[1]
    if min(sizes) < 2 or first.shape[0] != second.shape[0]:
        raise ValueError("two captures a side are the least that a spread can be told from")
    trend = _variance_trend(first, second, first_counts, second_counts)
    scales = trend(first_counts), trend(second_counts)
    own = sum(sizes) - 2
    spread = (_squares(first) / scales[0] + _squares(second) / scales[1]) / own
    prior = fit_prior(spread, own)
    if math.isinf(prior.degrees):
        variance = np.full_like(spread, prior.variance)
    else:
        variance = (prior.degrees * prior.variance + own * spread) / (prior.degrees + own)
    error = np.sqrt(variance * (scales[0] / sizes[0] + scales[1] / sizes[1]))
    # No more than all rows together have: the prior was learnt from them.
    degrees = max(math.floor(min(prior.degrees + own, own * spread.size)), own)
    estimate = second.mean(axis=1) - first.mean(axis=1)
    reach = special.stdtrit(degrees, 1 - level / 2) * error
    distance = np.abs(estimate) / np.where(error > 0, error, np.inf)
    p_value = np.where(error > 0, 2 * special.stdtr(degrees, -distance), estimate == 0)
    return Differences(
        estimate, estimate - reach, estimate + reach, error, p_value, degrees, prior.degrees
    )


def fit_prior(variances: Matrix, degrees: int) -> Prior:
    """Return the distribution that true variances come from, by Smyth's moments of logarithms.

    Parameters
    ----------
    variances : ndarray of float64, shape (n,)
        Sample variances, not negative.
    degrees : int
        Degrees of freedom of each.

    Returns
    -------
    Prior
        Degrees 0 where there are too few variances to learn from; infinite where they differ no
        more than sample variances of one true variance do.
    """
    middle = float(np.median(variances)) if variances.size else 0.0
    if variances.size < _FEWEST_FOR_PRIOR or middle <= 0:
        return Prior(0.0, middle)
    logs = np.log(np.maximum(variances, _LEAST_VARIANCE * middle))
    logs -= special.digamma(degrees / 2) - math.log(degrees / 2)
    excess = float(logs.var(ddof=1)) - float(special.polygamma(1, degrees / 2))
    if excess <= 0:
        return Prior(math.inf, math.exp(float(logs.mean())))
    prior = 2 * _inverse_trigamma(excess)
    shift = float(special.digamma(prior / 2)) - math.log(prior / 2)
    return Prior(prior, math.exp(float(logs.mean()) + shift))


def typical_shifts(values: Matrix, counts: Matrix, first: int) -> Matrix:
    """Return how far each capture as a whole is shifted: the weighted median over its rows.

    Where one function takes longer, everything else has a smaller share of the whole. Most
    functions do not change, so what the middle one does is what changes do to the rest.

    Parameters
    ----------
    values : ndarray of float64, shape (n, n_captures)
        Log shares.
    counts : ndarray of float64, shape (n,)
        Samples of a capture for each row, on average.
    first : int
        How many of the first captures are one side; the rest is the other.

    Returns
    -------
    ndarray of float64, shape (n_captures,)
        To be taken off the values of each capture. Rows that vary less between captures of a side
        weigh more, up to a limit, so that no few rows declare themselves typical.
    """
    away = values - values.mean(axis=1, keepdims=True)
    order = np.argsort(away, axis=0, kind="stable")
    columns = np.arange(values.shape[1])
    weights = 1 / (1 / np.maximum(counts, 1) + _TYPICAL_SPREAD**2)
    for _ in range(_TYPICAL_ROUNDS):
        filled = np.cumsum(_limited(weights)[order], axis=0)
        place = np.argmax(filled >= filled[-1] / 2, axis=0)
        shifts = away[order[place, columns], columns]
        steady = values - shifts
        own = max(values.shape[1] - 2, 1)
        spread = (_squares(steady[:, :first]) + _squares(steady[:, first:])) / own
        weights = 1 / (np.maximum(spread, 1 / np.maximum(counts, 1)) + _STEADIEST**2)
    return np.asarray(shifts)


def _limited(weights: Matrix) -> Matrix:
    """Return weights of which none is more than a part of all."""
    limited = weights / weights.sum()
    for _ in range(_TYPICAL_ROUNDS):
        limited = np.minimum(limited, _LARGEST_PART * limited.sum())
    return np.asarray(limited)


def _squares(values: Matrix) -> Matrix:
    return np.asarray(((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))


class _Trend:
    """Variance of a row by its samples: ``sampling / count + common``."""

    def __init__(self, sampling: float, common: float) -> None:
        self.sampling = sampling
        self.common = common

    def __call__(self, counts: Matrix) -> Matrix:
        return np.asarray(self.sampling / counts + self.common)


def _variance_trend(
    first: Matrix, second: Matrix, first_counts: Matrix, second_counts: Matrix
) -> _Trend:
    sides = [(first, first_counts), (second, second_counts)]
    inverse = 1 / np.concatenate([counts for _, counts in sides])
    variances = np.concatenate([_squares(values) / (values.shape[1] - 1) for values, _ in sides])
    if not inverse.all() or not (variances > 0).any():
        return _Trend(0.0, 1.0)
    return _fit_trend(inverse[variances > 0], np.log(variances[variances > 0]))


def _fit_trend(inverse: Matrix, logs: Matrix) -> _Trend:
    """Fit log variances by least absolute deviations: a few unsteady rows do not bend it."""
    ratios = np.concatenate([[0.0], np.geomspace(inverse.min() / 10, 100 * inverse.max(), 60)])
    shapes = np.log(inverse + ratios[:, None])
    heights = np.median(logs - shapes, axis=1)
    best = int(np.argmin(np.abs(logs - shapes - heights[:, None]).sum(axis=1)))
    sampling = math.exp(float(heights[best]))
    return _Trend(sampling, sampling * float(ratios[best]))


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value, by Newton on the reciprocal (Smyth 2004, appendix)."""
    if value > 1e7:
        return 1 / math.sqrt(value)
    if value < 1e-6:
        return 1 / value
    x = 0.5 + 1 / value
    for _ in range(_NEWTON_ROUNDS):
        trigamma = float(special.polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, x))
        x += step
        if -step / x < 1e-9:
            break
    return x
