"""The verdict on two sides that share no process and were recorded one after the other.

Nothing pairs such sides, so whatever the machine did differently in the second session looks like
a change. The rule allows for that before it calls anything:

- Where both sides know at least two processes, the process is the unit: the median of each, on a
  log scale, with a Yuen-Welch interval of the difference. From eight processes on, its ends are
  moved out by the session allowance.
- Otherwise a side is one unit, and the interval inside it says nothing of how processes differ.
  Its ends are moved out by the launch allowance, which is far larger; so are those of an interval
  on two to seven processes, which may by chance all have met the same of two modes.

A change is called only if the widened interval lies wholly beyond the floor.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.model.verdict import Verdict, VerdictWord
from slonana_analysis.stats.paired import Interval, minimum_detectable_effect, p_value
from slonana_analysis.stats.unpaired import trimmed_difference_interval
from slonana_analysis.units import format_relative

SESSION = 0.25
"""What two sessions of identical code may differ by where a side is many processes.

On a shared virtual machine the medians of single processes of identical code lay between -38 % and
+23 % of their centre (5th to 95th percentile of 425 launches). A trimmed mean over processes keeps
of that what a session's processes have in common. Of 24 comparisons of identical code under pyperf
(8 processes a side) none was called a change between neighbouring sessions, and one between
sessions some minutes apart. A self-test on the machine itself gives a better figure.
"""

LAUNCH = 1.0
"""What two single processes of identical code may differ by: a factor of two.

That is the distance of the same percentiles, 1.23 over 0.62. Of 180 comparisons of two single
processes of identical code (three loops under Google Benchmark, 120 launches on a shared virtual
machine), 48 would have been called a change with a factor of 1.25, and none with a factor of 2.
"""

# Simulated code that takes 1.8 times as long in half of its launches; sessions drift by 5 %:
# with a factor of 1.25, up to 7 % of comparisons of two to six processes a side are called changes,
# and below 1 % from eight on (3,000 comparisons each).
_ENOUGH = 8


@dataclass(frozen=True)
class Allowances:
    """What identical code may differ by; 0.25 stands for a factor of 1.25 either way.

    Attributes
    ----------
    session : float
        Between two sessions of several processes each.
    launch : float
        Between two single processes, or very few a side; never taken to be less than ``session``.
    """

    session: float = SESSION
    launch: float = LAUNCH


@dataclass(frozen=True)
class Side:
    """One subject as one session saw it.

    Attributes
    ----------
    observations : ndarray of float64, shape (n,), any unit
        All positive; at least one.
    medians : ndarray of float64, shape (n_processes,), in the same unit
        Median of each process, as far as processes are known.
    """

    observations: NDArray[np.float64]
    medians: NDArray[np.float64]


def judge_unpaired(before: Side, after: Side, floor: float, allowances: Allowances) -> Verdict:
    """Return the verdict on two sides recorded one after the other.

    Parameters
    ----------
    before, after : Side
        The same subject in two sessions, in the same unit; larger is worse.
    floor : float
        Relative effect below which nothing is called a change.
    allowances : Allowances
        What identical code may differ by.

    Returns
    -------
    Verdict
        With the widened interval; ``launches`` is the number of processes of the smaller side,
        ``p_value`` that of an effect within the allowance, and the reason is never empty.
    """
    sides, processes = (before.medians, after.medians), min(before.medians.size, after.medians.size)
    if processes < 2:
        sides, processes = (before.observations, after.observations), 1
    first, second = np.log(sides[0]), np.log(sides[1])
    if min(first.size, second.size) < 2:
        estimate = _relative(float(np.median(second) - np.median(first)))
        reason = f"a single observation cannot say how far observations differ; {_unpaired(1, 0)}"
        return Verdict(
            "inconclusive", estimate, math.nan, math.nan, processes, floor, math.inf, reason
        )
    interval = trimmed_difference_interval(first, second)
    enough = processes >= _ENOUGH
    allowance = allowances.session if enough else max(allowances.session, allowances.launch)
    return _verdict(interval, processes, allowance, floor)


def _verdict(interval: Interval, processes: int, allowance: float, floor: float) -> Verdict:
    margin, edge = math.log1p(allowance), math.log1p(floor)
    word = _word(interval.low - margin, interval.high + margin, edge)
    low, high = _relative(interval.low - margin), _relative(interval.high + margin)
    # What is left of the effect once the sessions have explained as much of it as they may.
    unexplained = replace(interval, estimate=max(abs(interval.estimate) - margin, 0.0))
    reason = _unpaired(processes, allowance)
    if word == "inconclusive":
        reason = (
            f"the interval {format_relative(low)} to {format_relative(high)} holds both a change "
            f"and none; {reason}"
        )
    return Verdict(
        word,
        _relative(interval.estimate),
        low,
        high,
        processes,
        floor,
        _relative(margin + edge + minimum_detectable_effect(interval, 0.0)),
        reason,
        p_value(unexplained),
    )


def _word(low: float, high: float, edge: float) -> VerdictWord:
    if low > edge:
        return "regressed"
    if high < -edge:
        return "improved"
    # Within reach only where the caller allows for less than the floor.
    return "same" if -edge <= low and high <= edge else "inconclusive"


def _relative(log_effect: float) -> float:
    """Return a relative effect; a file may hold values so far apart that it is infinite."""
    try:
        return math.expm1(log_effect)
    except OverflowError:
        return math.inf


def _unpaired(processes: int, allowance: float) -> str:
    recorded = "the sides were recorded one after the other, not in pairs"
    if processes < _ENOUGH:
        few = "only one process stands" if processes == 1 else f"only {processes} processes stand"
        recorded = f"{recorded}, and {few} for each"
    allowed = f", so a factor of {1 + allowance:.3g} is allowed for what identical code differs by"
    advice = "; 'slonana-analysis ab' decides smaller changes"
    return f"{recorded}{allowed if allowance else ''}{advice}"
