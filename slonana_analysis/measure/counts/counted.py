"""What counting a variant's batches gave, and what a repetition costs by it."""

import math
from dataclasses import dataclass

CANNOT_SETTLE = "its counts differ from repeat to repeat"


@dataclass(frozen=True)
class BatchCounts:
    """Instructions of some batches of one loop, in the order in which they ran.

    Attributes
    ----------
    first : tuple of (int, int)
        Repetitions and instructions of the first batches: equal numbers of repetitions.
    pairs : tuple of (int, int, int)
        Repetitions ``n``, instructions of ``n`` and of ``2 n`` repetitions.
    fourfold : int
        Instructions of ``4 n`` repetitions, ``n`` from the last pair; 0 where that was too much.
    """

    first: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[int, int, int], ...]
    fourfold: int = 0

    @property
    def settled(self) -> bool:
        """Whether the last counting repeated the one before to the instruction."""
        return len(self.pairs) > 1 and self.pairs[-1] == self.pairs[-2]

    @property
    def repeats(self) -> int:
        """How many countings at the end gave the same."""
        same = 0
        for pair in reversed(self.pairs):
            if pair != self.pairs[-1]:
                break
            same += 1
        return same

    @property
    def per_repetition(self) -> float:
        """Instructions of one repetition, without what a batch costs once; NaN if not settled."""
        if not self.settled:
            return math.nan
        inner, single, double = self.pairs[-1]
        return (double - single) / inner

    @property
    def once(self) -> float:
        """Instructions of a batch that do not depend on its length; NaN if not settled."""
        if not self.settled:
            return math.nan
        _, single, double = self.pairs[-1]
        return float(2 * single - double)


@dataclass(frozen=True)
class CountedVariant:
    """One variant of a case, counted or not.

    Attributes
    ----------
    experiment, parameters, variant : str
        Which; parameters as JSON with sorted keys.
    work : BatchCounts or None
        Of the variant's batch; None when it was not counted.
    empty : float
        Instructions of one repetition of the loop around nothing; NaN where there is none.
    reason : str
        Why it could not be counted; empty when it was.
    elsewhere : float
        Instructions of one repetition on other data, for a loop whose data never changes; NaN where
        that was not asked for or does not apply.
    """

    experiment: str
    parameters: str
    variant: str
    work: BatchCounts | None = None
    empty: float = math.nan
    reason: str = ""
    elsewhere: float = math.nan

    @property
    def value(self) -> float:
        """Instructions of one repetition, the loop around it included; NaN when not counted."""
        return self.work.per_repetition if self.work else math.nan
