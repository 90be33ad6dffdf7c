"""Change points of a series: where its level moved, and by how much.

The series is divided where the energy distance between the two sides is largest, then each side
again, as long as a permutation test calls the division real. What is left must also differ by more
than a floor, and by a t test of its two neighbouring levels that is corrected for the number of
places looked at: with many runs a difference that nobody cares about becomes significant, and the
places of the division were chosen to look as different as possible.

References
----------
Matteson, D. S. and James, N. A. (2014), A nonparametric approach for multiple change point analysis
of multivariate data, J. Am. Stat. Assoc. 109 (E-divisive; energy distance with exponent 1).
Fleming, M., Kolaczkowski, P. et al. (2023), Hunter: using change point detection to hunt for
performance regressions, ICPE '23 (the t test after the division, and removing the weakest).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.stats.paired import Interval, p_value
from slonana_analysis.stats.unpaired import trimmed_difference_interval

LEAST = 3
"""Fewest values a level may rest on: of two, one may be anything."""

LEVEL = 0.05
_PERMUTATIONS = 199


@dataclass(frozen=True)
class ChangePoint:
    """One move of the level.

    Attributes
    ----------
    index : int
        First value of the new level.
    change : Interval
        New level less old level, in the series' unit.
    p_value : float
        Of no change, corrected for the number of places looked at.
    before, after : int
        Values at the old and at the new level.
    """

    index: int
    change: Interval
    p_value: float
    before: int
    after: int


def change_points(
    values: NDArray[np.float64],
    *,
    floor: float = 0.0,
    level: float = LEVEL,
    least: int = LEAST,
    seed: int = 0,
) -> tuple[ChangePoint, ...]:
    """Return where the level of a series moved.

    Parameters
    ----------
    values : ndarray of float64, shape (n,), any unit
        In order; finite.
    floor : float
        Move below which nothing is called one, in the values' unit.
    level : float
        Error level, of the permutation test and of the t test.
    least : int
        Fewest values on each side.
    seed : int
        Seeds the permutations.

    Returns
    -------
    tuple of ChangePoint
        In order; empty for a series of fewer than ``2 * least`` values.

    Raises
    ------
    ValueError
        If a value is not finite, or ``least`` is below 2.
    """
    if not np.all(np.isfinite(values)) or least < 2:
        raise ValueError("change points need finite values, and at least two of them at a level")
    divider = _Divider(values, level, least, np.random.default_rng(seed))
    divisions = sorted(divider.divide(0, values.size))
    places = max(values.size - 2 * least + 1, 1)
    return _strongest(values, divisions, places, floor, level)


@dataclass(frozen=True)
class _Divider:
    """Divides a series, and its parts again, as long as the divisions are real."""

    values: NDArray[np.float64]
    level: float
    least: int
    random: np.random.Generator

    def divide(self, start: int, end: int) -> list[int]:
        """Return where a stretch divides, and its parts divide, unordered."""
        if end - start < 2 * self.least:
            return []
        stretch = self.values[start:end]
        distances = np.abs(np.subtract.outer(stretch, stretch))
        statistics = _divergence(distances, self.least)
        if not self._is_real(distances, float(statistics.max())):
            return []
        division = start + self.least + int(statistics.argmax())
        return [division, *self.divide(start, division), *self.divide(division, end)]

    def _is_real(self, distances: NDArray[np.float64], seen: float) -> bool:
        """Whether a division this clear is rare among the same values in another order."""
        if seen <= 0:
            return False
        clearer = 0
        allowed = math.floor(self.level * (_PERMUTATIONS + 1)) - 1
        for _ in range(_PERMUTATIONS):
            order = self.random.permutation(len(distances))
            shuffled = _divergence(distances[np.ix_(order, order)], self.least)
            clearer += float(shuffled.max()) >= seen
            if clearer > allowed:
                return False
        return True


def _divergence(distances: NDArray[np.float64], least: int) -> NDArray[np.float64]:
    """Return the scaled energy distance of both sides for every place a stretch may divide at.

    Parameters
    ----------
    distances : ndarray of float64, shape (..., n, n)
        Absolute differences of the stretch's values.
    least : int
        Fewest values on each side.

    Returns
    -------
    ndarray of float64, shape (..., n - 2 * least + 1)
    """
    count = distances.shape[-1]
    left = np.arange(least, count - least + 1)
    right = count - left
    # Sums over the leading square and the leading rows; what else is needed follows from these.
    square = np.diagonal(distances.cumsum(-1).cumsum(-2), axis1=-2, axis2=-1)[..., left - 1]
    rows = distances.sum(-1).cumsum(-1)
    leading, total = rows[..., left - 1], rows[..., -1:]
    across = leading - square
    trailing = total - leading - across
    means = across / (left * right)
    within_left = square / np.maximum(left * (left - 1), 1)
    within_right = trailing / np.maximum(right * (right - 1), 1)
    scaled: NDArray[np.float64] = left * right / count * (2 * means - within_left - within_right)
    return scaled


def _strongest(
    values: NDArray[np.float64],
    divisions: Sequence[int],
    places: int,
    floor: float,
    level: float,
) -> tuple[ChangePoint, ...]:
    """Return the divisions that stand, the weakest taken out until all do."""
    left = list(divisions)
    while left:
        bounds = [0, *left, values.size]
        stretches = zip(bounds, bounds[1:], bounds[2:], strict=False)
        found = [_moved(values, *stretch, places) for stretch in stretches]
        weakest = max(range(len(found)), key=lambda place: found[place].p_value)
        small = min(range(len(found)), key=lambda place: abs(found[place].change.estimate))
        if found[weakest].p_value > level:
            del left[weakest]
        elif abs(found[small].change.estimate) < floor:
            del left[small]
        else:
            return tuple(found)
    return ()


def _moved(
    values: NDArray[np.float64], start: int, division: int, end: int, places: int
) -> ChangePoint:
    before, after = values[start:division], values[division:end]
    change = trimmed_difference_interval(before, after)
    corrected = min(1.0, places * p_value(change))
    return ChangePoint(division, change, corrected, before.size, after.size)
