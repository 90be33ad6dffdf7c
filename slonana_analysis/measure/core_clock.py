"""The clock that a core really runs at, from a chain of operations that take one cycle each.

What the kernel calls a processor's frequency is in a virtual machine a nominal figure, and where
it is real it is that of another moment. Cycles per element are only worth printing with the clock
of the core that did the work.
"""

import time
from dataclasses import dataclass

import numpy as np

from slonana_analysis.measure.pinning import pinned
from slonana_analysis.measure.rates import summarise_rates
from slonana_analysis.measure.roof_kernels import chain_batch
from slonana_analysis.measure.vector_loops import CHAIN
from slonana_analysis.model.observation import observed

_TRIPS = 1_500  # 96,000 cycles: 25 to 50 us
_FEWEST_ROUNDS = 25


@dataclass(frozen=True)
class CoreClock:
    """Effective clock of the measuring core.

    Attributes
    ----------
    ghz : float
        Cycles per nanosecond: the median over the rounds.
    low, high : float
        Interval of that median, 99 %.
    rounds : int
        Timed batches.
    """

    ghz: float
    low: float
    high: float
    rounds: int


@observed()
def measure_core_clock(*, seconds: float = 0.05) -> CoreClock:
    """Measure the effective clock of the core that this thread is running on.

    Every processor that this package compiles for carries out an exclusive-or of two registers in
    one cycle, and none skips it, so a chain of ``n`` takes ``n`` cycles. Time stolen by a
    hypervisor or another thread reads as a slower clock; the median leaves single such batches
    out.

    Parameters
    ----------
    seconds : float
        Time to spend; at least 25 batches of about 30 us are made.

    Returns
    -------
    CoreClock
        In GHz, which is cycles per nanosecond.
    """
    rates: list[float] = []
    with pinned():
        # The first batch compiles; the second wakes a core that was asleep.
        for _ in range(2):
            chain_batch(1, 2, _TRIPS)
        deadline = time.monotonic() + seconds
        while len(rates) < _FEWEST_ROUNDS or time.monotonic() < deadline:
            elapsed, _ = chain_batch(1, 2, _TRIPS)
            rates.append(CHAIN * _TRIPS / elapsed)
    rate = summarise_rates(np.array(rates))
    return CoreClock(rate.median, rate.low, rate.high, rate.rounds)
