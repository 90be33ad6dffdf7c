"""How much functions differ between two groups of captures, and how well that is known.

Captures are never pooled: samples within one capture share its memory layout, its neighbours on
the machine and its moment, so captures are the units that an interval may be built on.

Sampled weights are compared as shares of their capture's total, so neither its length nor its
sampling rate matters. A function that takes longer lowers everybody else's share; that is taken
off by the change of the typical function (``stats.moderated.typical_shifts``). Counts and bytes
are compared as they are.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.profiles.merging import MergedCaptures
from slonana_analysis.stats.moderated import moderated_differences, typical_shifts
from slonana_analysis.stats.paired import LEVEL, student_quantile

Scale: TypeAlias = Literal["typical", "share", "amount"]
"""What is compared: the share relative to the typical function's, the share, or the weight."""

LEAST_CAPTURES = 3
LEAST_SHARE = 0.001
# Fewer samples have no logarithm worth speaking of.
_LEAST_SAMPLES = 10.0
# With fewer functions the middle one is as likely as not one that changed.
_FEWEST_TYPICAL = 5

_Matrix: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Sides:
    """Which captures are compared, and how they are brought to one scale.

    Attributes
    ----------
    merged : MergedCaptures
        The first ``baseline`` columns are one side, the rest the other.
    baseline : int
        Captures of the baseline.
    scale : str
        As used; ``typical`` falls back to ``share`` where there are few functions.
    shifts : ndarray of float64, shape (n_captures,)
        Logarithm to be taken off each capture's log weights.
    least_share : float
        Mean share below which nothing sampled is judged.
    """

    merged: MergedCaptures
    baseline: int
    scale: Scale
    shifts: _Matrix
    least_share: float

    @property
    def replicates(self) -> int:
        """Captures of the side that has fewer."""
        return min(self.baseline, self.merged.totals.size - self.baseline)

    def means(self, weights: NDArray[np.int64]) -> tuple[_Matrix, _Matrix]:
        """Return the mean weight of each row on both sides."""
        return weights[:, : self.baseline].mean(axis=1), weights[:, self.baseline :].mean(axis=1)

    def shares(self, weights: NDArray[np.int64]) -> tuple[_Matrix, _Matrix]:
        """Return the mean share of each row on both sides: captures count equally."""
        shares = weights / np.maximum(self.merged.totals, 1)
        return shares[:, : self.baseline].mean(axis=1), shares[:, self.baseline :].mean(axis=1)


@dataclass(frozen=True)
class Effects:
    """Log ratios of the other side to the baseline, row by row.

    Attributes
    ----------
    estimate, low, high, standard_error, p_value : ndarray of float64, shape (n,)
        NaN where not known; infinite estimates where one side has nothing.
    tested, exact : ndarray of bool, shape (n,)
        Whether captures of both sides were held against each other; and whether they agree among
        themselves to the last count, so that there is no noise.
    degrees : int
        Of freedom of the intervals.
    """

    estimate: _Matrix
    low: _Matrix
    high: _Matrix
    standard_error: _Matrix
    p_value: _Matrix
    tested: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    degrees: int


def align_sides(
    merged: MergedCaptures,
    baseline: int,
    scale: Scale | None = None,
    least_share: float = LEAST_SHARE,
) -> Sides:
    """Bring captures to one scale.

    Parameters
    ----------
    merged : MergedCaptures
        Captures of both sides.
    baseline : int
        How many of the first columns are the baseline.
    scale : str, optional
        By default ``typical`` for samples and ``amount`` for counts and bytes.
    least_share : float
        Share below which nothing sampled is judged.

    Returns
    -------
    Sides
        Ready for ``effects``.
    """
    chosen: Scale = scale or ("typical" if merged.sampled else "amount")
    totals = np.log(np.maximum(merged.totals, 1).astype(np.float64))
    if chosen == "amount":
        return Sides(merged, baseline, chosen, np.zeros_like(totals), least_share)
    sides = Sides(merged, baseline, "share", totals, least_share)
    judged = _judged(sides, merged.own)
    if chosen == "share" or np.count_nonzero(judged) < _FEWEST_TYPICAL:
        return sides
    values = _logs(merged, merged.own[judged]) - totals
    counts = _counts(merged, merged.own[judged]).mean(axis=1)
    shifts = totals + typical_shifts(values, counts, baseline)
    return Sides(merged, baseline, "typical", shifts, least_share)


def effects(sides: Sides, weights: NDArray[np.int64], level: float = LEVEL) -> Effects:
    """Return how much rows of weights differ between the sides.

    Parameters
    ----------
    sides : Sides
        From ``align_sides``.
    weights : ndarray of int64, shape (n, n_captures)
        Own or inclusive weights of functions or nodes.
    level : float
        Two-sided error level of each interval.

    Returns
    -------
    Effects
        With fewer than three captures a side, intervals cover only the sampling within the
        captures, as if captures did not differ, and nothing is tested.
    """
    count = weights.shape[0]
    estimate = _raw_effects(sides, weights)
    exact = _agreeing(sides, weights)
    judged = (_judged(sides, weights) | exact) & (weights.any(axis=1))
    low, high, error, p_value = (np.full(count, math.nan) for _ in range(4))
    degrees = max(weights.shape[1] - 2, 1)
    noisy = np.flatnonzero(judged & ~exact)
    if sides.replicates >= LEAST_CAPTURES and noisy.size:
        split = sides.baseline
        counts = _counts(sides.merged, weights[noisy])
        logs = _logs(sides.merged, weights[noisy]) - sides.shifts
        found = moderated_differences(
            logs[:, :split],
            logs[:, split:],
            counts[:, :split].mean(axis=1),
            counts[:, split:].mean(axis=1),
            level,
        )
        finite = np.isfinite(estimate[noisy])
        estimate[noisy[finite]] = found.estimate[finite]
        low[noisy], high[noisy] = found.low, found.high
        error[noisy], p_value[noisy] = found.standard_error, found.p_value
        degrees = found.degrees
    elif noisy.size and sides.merged.sampled:
        error[noisy] = _sampling_errors(sides, weights[noisy])
        reach = student_quantile(1 - level / 2, 10**6) * error[noisy]
        low[noisy], high[noisy] = estimate[noisy] - reach, estimate[noisy] + reach
    low[exact] = high[exact] = estimate[exact]
    error[exact], p_value[exact] = 0.0, np.where(estimate[exact] == 0, 1.0, 0.0)
    return Effects(estimate, low, high, error, p_value, ~np.isnan(p_value), exact & judged, degrees)


def _logs(merged: MergedCaptures, weights: NDArray[np.int64]) -> _Matrix:
    """Return log weights; half a sample more, so that nothing is a number, too."""
    half = 0.5 * (merged.grains if merged.sampled else np.ones_like(merged.grains))
    return np.asarray(np.log(np.maximum(weights, 0) + half))


def _counts(merged: MergedCaptures, weights: NDArray[np.int64]) -> _Matrix:
    if not merged.sampled:
        return np.full(weights.shape, math.inf)
    return np.asarray(np.maximum(weights / merged.grains, 0.5))


def _judged(sides: Sides, weights: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows weigh enough, by the mean of all captures: blind to what changed."""
    merged = sides.merged
    share = (weights / np.maximum(merged.totals, 1)).mean(axis=1)
    enough = share >= sides.least_share
    if merged.sampled:
        enough &= (weights / merged.grains).mean(axis=1) >= _LEAST_SAMPLES
    return np.asarray(enough)


def _agreeing(sides: Sides, weights: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which counts are the same in all captures of a side, on both sides."""
    split = sides.baseline
    if sides.merged.sampled or sides.replicates < 2 or sides.scale != "amount":
        return np.zeros(weights.shape[0], np.bool_)
    before, after = weights[:, :split], weights[:, split:]
    return np.asarray((before == before[:, :1]).all(axis=1) & (after == after[:, :1]).all(axis=1))


def _raw_effects(sides: Sides, weights: NDArray[np.int64]) -> _Matrix:
    """Return the log ratio of mean weights, each capture on the common scale."""
    scaled = weights * np.exp(-(sides.shifts - sides.shifts.mean()))
    before = scaled[:, : sides.baseline].mean(axis=1)
    after = scaled[:, sides.baseline :].mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((before <= 0) & (after <= 0), 0.0, np.log(after / before)))


def _sampling_errors(sides: Sides, weights: NDArray[np.int64]) -> _Matrix:
    """Return the multinomial standard error of the log ratio: sampling alone."""
    counts = _counts(sides.merged, weights)
    shares = sides.shares(weights)
    parts = [
        (1 - np.minimum(share, 1)) / side.sum(axis=1)
        for share, side in zip(
            shares, (counts[:, : sides.baseline], counts[:, sides.baseline :]), strict=True
        )
    ]
    return np.asarray(np.sqrt(parts[0] + parts[1]))
