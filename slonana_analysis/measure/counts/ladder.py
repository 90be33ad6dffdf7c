"""Which batches to count, so that what remains is the cost of one repetition and nothing else.

A batch of n and one of 2n differ by n repetitions, whatever the loop costs once. Both are counted
again, and must come out the same to the instruction. A loop whose inputs rotate repeats itself only
after all rows, so n is a multiple of their number, and grows where that is unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from slonana_analysis.measure.counts.counted import BatchCounts
from slonana_analysis.measure.loops import BoundLoop

Count = Callable[[Callable[[int], int], int], int]
"""``count(batch, inner)`` runs a batch and returns its instructions."""

_LEAST = 64
_LONG = 2_000_000
_BUDGET = 200_000_000
_GROWTH = 8
_MOST = 1 << 16
_FIRST = 4


@dataclass(frozen=True)
class Ladder:
    """Repetitions to begin with, and whether more may be needed before counts repeat."""

    period: int
    period_is_known: bool


def ladder_for(batch: object) -> Ladder:
    """Return the ladder of a batch function: its rotation's length where that can be seen."""
    if isinstance(batch, BoundLoop):
        return Ladder(batch.period, period_is_known=True)
    return Ladder(1, period_is_known=False)


def count_batches(count: Count, batch: Callable[[int], int], ladder: Ladder) -> BatchCounts:
    """Count batches of a loop until two countings agree.

    Parameters
    ----------
    count : callable
        Runs and counts one batch.
    batch : callable
        ``batch(inner)``; compiled already.
    ladder : Ladder
        From ``ladder_for``.

    Returns
    -------
    BatchCounts
        Not settled if the counts never repeated within some 200 million
        instructions, or 65,536 repetitions.
    """
    first = [(ladder.period, count(batch, ladder.period))]
    # Long repetitions are dear, and two of them show as well whether the first one was different.
    while len(first) < (_FIRST if first[0][1] < _LONG else 2):
        first.append((ladder.period, count(batch, ladder.period)))
    inner = _affordable(ladder.period, first[-1][1])
    pairs: list[tuple[int, int, int]] = []
    while True:
        pairs += [(inner, count(batch, inner), count(batch, 2 * inner)) for _ in range(2)]
        counts = BatchCounts(tuple(first), tuple(pairs))
        too_many = inner >= _MOST or _GROWTH * pairs[-1][2] > _BUDGET
        if counts.settled and pairs[-1][2] < _LONG:
            return replace(counts, fourfold=count(batch, 4 * inner))
        if counts.settled or ladder.period_is_known or too_many:
            return counts
        inner *= _GROWTH


def _affordable(period: int, instructions: int) -> int:
    """Return a multiple of the period, at least 64 repetitions unless these would take long."""
    inner = period
    while inner < _LEAST and instructions * (inner // period) < _LONG:
        inner *= 2
    return inner
