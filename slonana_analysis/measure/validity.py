"""Whether a timing may be believed: right result, work that is really done, no faster than physics.

Each check leaves a row, passed or not; nothing is dropped for failing one except a variant whose
result is wrong, which is not worth timing.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.subject import Case, outputs_agree

CheckName: TypeAlias = Literal["output", "linear", "floor", "roof"]

LINEAR_LOW, LINEAR_HIGH = 1.6, 2.4
"""Bounds of t(2n)/t(n). Work that was hoisted or removed gives 1; noise stays far inside."""

FLOOR_MARGIN_NS = 0.2
"""One cycle at 5 GHz: less than that above the empty loop cannot be told from nothing."""

ROOF_TOLERANCE = 0.05
"""A roof is a measurement too, and repeats within a few percent."""

_PLAINLY_LOW, _PLAINLY_HIGH = 1.8, 2.2
_LINEAR_PAIRS = 5


@dataclass(frozen=True)
class CheckResult:
    """One check of one variant in one launch, as in ``schema.CHECKS``."""

    check: CheckName
    passed: bool
    observed: float
    limit: float


def check_output(reference: NDArray[Any], candidate: NDArray[Any], tolerance: float) -> CheckResult:
    """Compare a variant's output with the baseline's.

    Parameters
    ----------
    reference, candidate : ndarray
        Outputs of the baseline and of the variant.
    tolerance : float
        Largest relative difference allowed; 0 asks for identical values.

    Returns
    -------
    CheckResult
        Observed is the largest difference relative to the largest reference magnitude, NaN when
        the shapes differ.
    """
    passed = outputs_agree(reference, candidate, tolerance)
    return CheckResult("output", passed, _relative_difference(reference, candidate), tolerance)


def _relative_difference(reference: NDArray[Any], candidate: NDArray[Any]) -> float:
    if reference.shape != candidate.shape:
        return math.nan
    # Through float64, in which neither unsigned numbers nor booleans wrap around.
    wanted, found = reference.astype(np.float64), candidate.astype(np.float64)
    scale = float(np.max(np.abs(wanted), initial=0.0))
    worst = float(np.max(np.abs(wanted - found), initial=0.0))
    return worst / scale if scale else worst


def check_linear(batch: Callable[[int], int], inner: int) -> CheckResult:
    """Time twice as many repetitions as a batch has against the batch itself.

    Parameters
    ----------
    batch : callable
        ``batch(inner)`` returns nanoseconds.
    inner : int
        Repetitions of a calibrated batch.

    Returns
    -------
    CheckResult
        Observed is the ratio t(2n)/t(n) of neighbouring timings, limit the bound on its side of
        2. One plainly linear pair is enough; otherwise five decide. Their median sees through a
        load that begins between two timings, their minima through one that comes and goes; work
        that is not there gives 1 either way.
    """
    singles, doubles = [batch(inner)], [batch(2 * inner)]
    if not _PLAINLY_LOW <= _ratio(doubles[0], singles[0]) <= _PLAINLY_HIGH:
        for _ in range(_LINEAR_PAIRS - 1):
            singles.append(batch(inner))
            doubles.append(batch(2 * inner))
    paired = statistics.median(map(_ratio, doubles, singles))
    shortest = _ratio(min(doubles), min(singles))
    ratio = min(paired, shortest, key=lambda seen: abs(seen - 2))
    passed = LINEAR_LOW <= ratio <= LINEAR_HIGH
    return CheckResult("linear", passed, ratio, LINEAR_HIGH if ratio > 2 else LINEAR_LOW)


def _ratio(double: int, single: int) -> float:
    # A batch that took no time at all has no ratio: infinite is as far from 2 as can be said.
    return double / single if single > 0 else math.inf


def check_floor(values: NDArray[np.float64], harness_ns: float) -> CheckResult:
    """Hold a variant's shortest repetition against the empty loop.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rounds,), nanoseconds
        Times of one repetition.
    harness_ns : float
        Nanoseconds of one empty repetition; NaN where the batch offers no empty loop.

    Returns
    -------
    CheckResult
        Minimum against minimum, so that a neighbour's load cannot lift a dead loop over the bar.
    """
    observed = float(values.min())
    limit = harness_ns + FLOOR_MARGIN_NS
    return CheckResult("floor", math.isnan(limit) or observed > limit, observed, limit)


def check_roof(values: NDArray[np.float64], minimum_ns: float) -> CheckResult:
    """Hold a variant's median repetition against what the machine can do at best.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rounds,), nanoseconds
        Times of one repetition.
    minimum_ns : float
        From the machine's roofs; 0 where no roof applies.

    Returns
    -------
    CheckResult
        Limit is NaN where no roof applies.
    """
    observed = float(np.median(values))
    limit = minimum_ns if minimum_ns > 0 else math.nan
    passed = math.isnan(limit) or observed >= (1 - ROOF_TOLERANCE) * limit
    return CheckResult("roof", passed, observed, limit)


def check_outputs(case: Case) -> list[CheckResult]:
    """Return the output check of every variant of a case, the baseline's own first.

    Parameters
    ----------
    case : Case
        At least one variant.

    Returns
    -------
    list of CheckResult
        In the order of the variants.
    """
    baseline, *others = case.variants
    reference = np.asarray(baseline.output())
    own = CheckResult("output", passed=True, observed=0.0, limit=case.tolerance)
    return [
        own,
        *(
            check_output(reference, np.asarray(variant.output()), case.tolerance)
            for variant in others
        ),
    ]
