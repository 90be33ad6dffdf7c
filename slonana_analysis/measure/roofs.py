"""Roofs: what this machine reads, writes and computes per second at best, measured on one thread.

A result means little without the limit it runs into. The limits here are measured and not looked
up: a data sheet knows neither the clock of this moment nor what a hypervisor leaves of a cache.

References
----------
Williams, S., Waterman, A. and Patterson, D. (2009), Roofline: an insightful visual performance
model, Communications of the ACM 52(4). McCalpin, J. D. (1995), Memory bandwidth and machine
balance in current high performance computers (STREAM).
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import psutil

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.host.caches import read_caches
from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.measure.memory_levels import memory_levels
from slonana_analysis.measure.pinning import pinned
from slonana_analysis.measure.rates import Rate, summarise_rates
from slonana_analysis.measure.roof_kernels import compiled_shape
from slonana_analysis.measure.roof_plan import Roof, plan_roofs
from slonana_analysis.model import schema
from slonana_analysis.model.observation import observed

_VISITS = 4
_FEWEST_BATCHES = 3
_BATCH_NS = 20_000
_MOST_TRIPS = 1 << 20
_READ = "read "


@observed("on_roof")
def measure_roofs(
    *, seconds: float = 2.0, on_roof: Callable[[str], None] | None = None
) -> pd.DataFrame:
    """Measure this machine's roofs on one thread that stays on one processor.

    ``read`` loads whole vector registers and does nothing with them; ``triad`` is
    ``a[i] = b[i] + s * c[i]`` in float64, its bytes counted as STREAM counts them: two arrays read
    and one written, not the reading of each written line that a cache adds. Working sets lie in
    one level each (see ``memory_levels``). A ``multiply-add`` counts as one operation per element,
    not two; x86 has no such instruction for int32, there a multiplication and an addition are
    timed, and for int16 the products are added up in pairs onto int32. ``add`` and
    ``multiply-add`` work on registers alone, with enough independent accumulators that latency
    plays no part.

    The value of a roof is the 95th percentile over all its batches of the fastest way tried, in
    whole and in half registers for memory: experiments are held against it, so it must not lie
    below what they reach, yet rest on more than one lucky batch. Low and high are the interval of
    the median; where they lie well below the value, the machine was busy. All roofs are visited
    four times in turn, so that a disturbance of a moment cannot fall on one alone.

    Parameters
    ----------
    seconds : float
        Time to spend on timed batches; compiling, warming up, and passes over memory that take
        longer than their share come on top.
    on_roof : callable, optional
        Called with each roof's name once, when it is first measured.

    Returns
    -------
    DataFrame
        Columns of ``schema.ROOFS``: rates in bytes/s or operations/s.

    Raises
    ------
    UsageError
        If ``seconds`` is not positive.
    UnavailableError
        On a processor that no vector code is written for here.
    """
    if not seconds > 0:
        raise UsageError(f"roofs cannot be measured in {seconds} seconds; give a positive time")
    shape = compiled_shape()
    levels = memory_levels(read_caches(SystemFiles()), psutil.virtual_memory().available)
    meters = [_Meter(roof) for roof in plan_roofs(levels, shape)]
    share_ns = 1e9 * seconds / (_VISITS * sum(len(meter.roof.ways) for meter in meters))
    with pinned():
        for visit in range(_VISITS):
            for meter in meters:
                if visit == 0 and on_roof is not None:
                    on_roof(meter.roof.name)
                meter.visit(share_ns)
    return schema.ROOFS.conform(pd.DataFrame([meter.row() for meter in meters]))


def roof(roofs: pd.DataFrame, name: str) -> float:
    """Return the value of one roof.

    Parameters
    ----------
    roofs : DataFrame
        Columns of ``schema.ROOFS``.
    name : str
        For example ``"read L1"`` or ``"multiply-add float32"``.

    Returns
    -------
    float
        Bytes or operations per second.

    Raises
    ------
    UsageError
        If no such roof was measured.
    """
    found = roofs.loc[roofs["name"] == name, "value"]
    if found.empty:
        raise UsageError(
            f"no roof '{name}' was measured; there are: {', '.join(roofs['name']) or 'none'}"
        )
    return float(found.iloc[0])


def bandwidth_at(roofs: pd.DataFrame, working_set_bytes: float) -> float:
    """Return the reading bandwidth that limits a working set gone through again and again.

    Parameters
    ----------
    roofs : DataFrame
        Columns of ``schema.ROOFS``.
    working_set_bytes : float
        Bytes touched.

    Returns
    -------
    float
        Bytes per second: of the fastest level whose measured working set is no smaller, or of the
        last level where none is.

    Raises
    ------
    UsageError
        If no reading roof was measured.
    """
    reading = roofs[roofs["name"].str.startswith(_READ)].sort_values("working_set")
    if reading.empty:
        raise UsageError("no reading roof was measured; measure the roofs of this machine first")
    holding = reading[reading["working_set"] >= working_set_bytes]
    return float((reading.iloc[-1] if holding.empty else holding.iloc[0])["value"])


class _Meter:
    """Rates of one roof, gathered over several visits."""

    def __init__(self, roof: Roof) -> None:
        self.roof = roof
        self._trips: list[int] = []
        self._rates: list[list[float]] = [[] for _ in roof.ways]

    def visit(self, share_ns: float) -> None:
        """Time batches of every way for about ``share_ns`` each."""
        self._trips = self._trips or [self._calibrated(way) for way in self.roof.ways]
        for way, trips, rates in zip(self.roof.ways, self._trips, self._rates, strict=True):
            # Other roofs have filled the caches since the last visit.
            way(self.roof.least_trips)
            deadline = time.monotonic_ns() + share_ns
            timed = 0
            while timed < _FEWEST_BATCHES or time.monotonic_ns() < deadline:
                rates.append(1e9 * self.roof.amount * trips / way(trips))
                timed += 1

    def row(self) -> dict[str, object]:
        """Return the roof as a row of ``schema.ROOFS``."""
        rate = self._fastest()
        return {
            "name": self.roof.name,
            "value": rate.sustained,
            "low": rate.low,
            "high": rate.high,
            "unit": self.roof.unit,
            "working_set": self.roof.working_set,
            "rounds": rate.rounds,
        }

    def _fastest(self) -> Rate:
        summaries = [summarise_rates(np.array(rates)) for rates in self._rates]
        return max(summaries, key=lambda rate: rate.sustained)

    def _calibrated(self, way: Callable[[int], int]) -> int:
        """Return trips that cover the working set and last about 20 us or longer."""
        trips = self.roof.least_trips
        way(1)
        while way(trips) < _BATCH_NS and trips < _MOST_TRIPS:
            trips *= 2
        return trips
