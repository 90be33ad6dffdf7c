"""Hazards that show in how many instructions batches take. Exact, and needs valgrind."""

import math
from collections.abc import Iterator

from slonana_analysis.measure.counts.counted import BatchCounts, CountedVariant
from slonana_analysis.measure.hazards.hazard import Hazard, Kind
from slonana_analysis.measure.loops import BoundLoop
from slonana_analysis.measure.subject import Variant

_BETWEEN_READINGS = 256
"""Two readings of the clock and the way into a loop take 60; work done once takes more."""

_FUSED = 2
"""Operations that one instruction can do on each lane: a multiplication and an addition."""

Finding = tuple[Kind, str]


def count_hazards(variant: Variant, counted: CountedVariant, lanes_bytes: int) -> Iterator[Hazard]:
    """Find hazards in the counts of a variant.

    Parameters
    ----------
    variant : Variant
        With its operations, if they are declared.
    counted : CountedVariant
        Its counts; without any nothing is found.
    lanes_bytes : int
        Widest vector register of the code that was counted, bytes.

    Yields
    ------
    Hazard
        Of layer ``"counts"``.
    """
    for kind, evidence in _findings(variant, counted, lanes_bytes):
        yield Hazard(variant.name, kind, evidence, "counts")


def _findings(variant: Variant, counted: CountedVariant, lanes_bytes: int) -> Iterator[Finding]:
    work = counted.work
    if work is None:
        return
    if unevenness := _unevenness(work):
        # What a repetition takes has no meaning then.
        yield "uneven work", unevenness
        return
    yield from _first_repetition(work)
    yield from _amount(variant, counted, work, lanes_bytes)
    yield from _learnt(counted)


def _unevenness(work: BatchCounts) -> str:
    """Say how batches contradict each other; empty when they agree."""
    inner, single, double = work.pairs[-1]
    if not work.settled:
        before = work.pairs[-2][1:]
        return (
            f"batches of {inner} and of {2 * inner} repetitions took {before[0]} and {before[1]} "
            f"instructions, then {single} and {double}"
        )
    if double < single or (work.fourfold and work.fourfold - double != 2 * (double - single)):
        return (
            f"batches of {inner}, {2 * inner} and {4 * inner} repetitions took {single}, {double} "
            f"and {work.fourfold} instructions"
        )
    return ""


def _first_repetition(work: BatchCounts) -> Iterator[Finding]:
    (period, first), *rest = work.first
    later = {count for _, count in rest}
    # Where inputs rotate that nobody told us of, single batches differ for that reason.
    if later != {round(work.once + period * work.per_repetition)}:
        return
    (steady,) = later
    seen = f"the first {period} repetitions took {first} instructions, the next {period} {steady}"
    if first > steady:
        yield "done once", seen
    elif first < steady:
        yield "uneven work", seen


def _amount(
    variant: Variant, counted: CountedVariant, work: BatchCounts, lanes_bytes: int
) -> Iterator[Finding]:
    own = counted.value - (0.0 if math.isnan(counted.empty) else counted.empty)
    if own <= 0:
        if work.once > _BETWEEN_READINGS:
            yield (
                "hoisted",
                f"a batch takes {work.once:g} instructions, however many repetitions it has",
            )
        else:
            yield "removed", f"a repetition takes {own:g} instructions more than an empty one"
        return
    lanes = lanes_bytes // _narrowest(variant.batch)
    needed = variant.operations / (lanes * _FUSED)
    if own < needed:
        seen = f"{variant.operations:g} operations in {own:g} instructions"
        yield "too little work", f"{seen}; with {lanes} lanes at least {needed:g} are needed"


def _narrowest(batch: object) -> int:
    """Return the size of the narrowest elements that a loop works on, bytes; 1 if unknown."""
    if not isinstance(batch, BoundLoop):
        return 1
    arrays = [each for role, each in batch.bound if role != "scalar"]
    # A record's fields are narrower than the record.
    return min((each.itemsize if each.dtype.names is None else 1 for each in arrays), default=1)


def _learnt(counted: CountedVariant) -> Iterator[Finding]:
    """Work that follows the data although the data never changes."""
    if not math.isnan(counted.elsewhere) and counted.elsewhere != counted.value:
        seen = f"{counted.value:g} instructions here, {counted.elsewhere:g} on other data"
        yield "same input", f"its way depends on the data ({seen}), which never changes"
