"""The five words a comparison may end in, and what always stands beside them."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

VerdictWord: TypeAlias = Literal["improved", "regressed", "same", "inconclusive", "not measured"]


@dataclass(frozen=True)
class Verdict:
    """A comparison of one variant with its baseline.

    Attributes
    ----------
    word : str
        ``improved``, ``regressed``, ``same``, ``inconclusive`` or ``not measured``.
    estimate, low, high : float
        Relative effect and its interval; 0.05 means 5 % slower. NaN when not measured.
    launches : int
        Fresh processes the estimate rests on.
    floor : float
        Relative effect below which nothing is called a change.
    mde : float
        Smallest relative effect that would be found 95 % of the time at the spread seen;
        infinite when there are too few launches to tell.
    reason : str
        Why the word is ``inconclusive`` or ``not measured``; empty otherwise.
    p_value : float
        Two-sided probability of such an estimate where there is no effect; NaN when it cannot be
        told.
    """

    word: VerdictWord
    estimate: float
    low: float
    high: float
    launches: int
    floor: float
    mde: float
    reason: str = ""
    p_value: float = math.nan
