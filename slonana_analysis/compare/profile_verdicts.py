"""Words for the changes of functions and call paths between two groups of captures."""

import math

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.profiles.differences import LEAST_CAPTURES, Effects, Sides
from slonana_analysis.stats.false_discovery import benjamini_hochberg
from slonana_analysis.stats.paired import (
    POWER,
    Interval,
    minimum_detectable_effect,
    student_quantile,
)


def verdicts_on(
    sides: Sides, found: Effects, floor: float, level: float
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return a word and a reason for each row.

    Parameters
    ----------
    sides, found
        What was compared, and how the rows differ.
    floor : float
        Relative change below which nothing is called a change.
    level : float
        Share of false ones among the changes called.

    Returns
    -------
    words, reasons : ndarray of object, shape (n,)
        Words of ``model.verdict``; a reason is empty where figures speak for themselves.
    """
    words = np.full(found.estimate.size, "inconclusive", dtype=object)
    reasons = np.full(found.estimate.size, why_nothing(sides), dtype=object)
    words[found.tested] = _words(found, floor)[found.tested]
    reasons[found.tested] = ""
    adjusted = np.nan_to_num(benjamini_hochberg(found.p_value), nan=1.0)
    chance = np.isin(words, CHANGES) & (adjusted > level)
    words[chance] = "inconclusive"
    reasons[found.tested & (words == "inconclusive")] = (
        "the interval holds both a change and none; more captures decide"
    )
    reasons[chance] = (
        f"alone it would be called a change, but among {int(found.tested.sum())} functions one as "
        "clear as this is likely by chance; more captures decide"
    )
    reasons[found.exact] = "the counts of each side are the same in all its captures: no noise"
    if sides.replicates >= LEAST_CAPTURES:
        reasons[~found.tested] = "too little weight to tell a change from chance"
    return words, reasons


def _words(found: Effects, floor: float) -> NDArray[np.object_]:
    """Return the word for each interval, by the rule of ``compare.verdicts``."""
    edge = math.log1p(floor)
    choices = [
        (found.low > 0) & (found.estimate > edge),
        (found.high < 0) & (found.estimate < -edge),
        (found.low >= -edge) & (found.high <= edge),
        # Without noise an interval is a point: it holds a change only where it is one.
        found.exact,
    ]
    return np.select(choices, ["regressed", "improved", "same", "same"], "inconclusive").astype(
        object
    )


def why_nothing(sides: Sides) -> str:
    """Return why too few captures allow no verdict."""
    count = sides.replicates
    if sides.merged.sampled:
        shown = "the interval covers the sampling within them, not how far captures differ"
    else:
        shown = "whether the counts repeat is not known"
    captures = "one capture" if count == 1 else f"{count} captures"
    return (
        f"{captures} a side cannot tell a change from what captures of one program differ by: "
        f"{shown}; record {LEAST_CAPTURES} or more a side"
    )


def detectable(found: Effects, floor: float, level: float) -> NDArray[np.float64]:
    """Return the smallest relative change that each row's spread would find."""
    unit = Interval(0.0, 0.0, 0.0, 1.0, found.degrees)
    distance = minimum_detectable_effect(unit, 0.0, level)
    past_floor = math.log1p(floor) + student_quantile(POWER, found.degrees) * found.standard_error
    least = np.maximum(past_floor, distance * found.standard_error)
    return np.where(found.tested, relative(least), math.inf)


def relative(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return relative changes of log ratios; 0.05 is 5 % more."""
    # Two captures of three samples leave intervals beyond all numbers.
    with np.errstate(over="ignore"):
        return np.asarray(np.expm1(logs))
