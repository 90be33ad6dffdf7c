"""Checking one case, with whatever evidence there is."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from slonana_analysis.measure.cases import TimedCase
from slonana_analysis.measure.counts.counted import CountedVariant
from slonana_analysis.measure.hazards.hazard import Hazard, Kind
from slonana_analysis.measure.hazards.instructions import count_hazards
from slonana_analysis.measure.hazards.results import result_hazards
from slonana_analysis.measure.hazards.timings import time_hazards
from slonana_analysis.measure.loops import BoundLoop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.measure.validity import check_outputs

WIDEST_BYTES = 64
"""Vector registers of AVX-512 and of the widest Arm cores in use: no lane count is beyond it."""


def check_hazards(
    case: Case,
    *,
    counts: Mapping[str, CountedVariant] | None = None,
    lanes_bytes: int = WIDEST_BYTES,
    timed: TimedCase | None = None,
    allowed: Collection[Kind] = (),
) -> tuple[Hazard, ...]:
    """Find out what is wrong with a case's variants as benchmarks.

    What the variants compute is always looked at: the case's loops are run, on their own arrays and
    on other data. Everything but the timings is exact, and the same every time.

    Parameters
    ----------
    case : Case
        Its outputs are restored; inputs are as its loops leave them.
    counts : mapping of str to CountedVariant, optional
        By variant name, from ``count_variants``.
    lanes_bytes : int
        Widest vector register of the code that was counted, bytes.
    timed : TimedCase, optional
        The case as ``time_case`` timed it.
    allowed : collection of Kind
        What this case does on purpose.

    Returns
    -------
    tuple of Hazard
        By variant, exact evidence first; empty for a case that can be believed.
    """
    found = [
        *_outputs(case),
        *(hazard for variant in case.variants for hazard in _results(variant)),
        *_counted(case, counts or {}, lanes_bytes),
        *(time_hazards(timed) if timed else ()),
    ]
    order = {variant.name: place for place, variant in enumerate(case.variants)}
    kept = (hazard for hazard in found if hazard.kind not in allowed)
    return tuple(sorted(kept, key=lambda hazard: order[hazard.variant]))


def _outputs(case: Case) -> Iterator[Hazard]:
    for variant, check in zip(case.variants, check_outputs(case), strict=True):
        if not check.passed:
            evidence = (
                f"its output differs from that of '{case.variants[0].name}' by "
                f"{check.observed:.3g} of the largest value, where {check.limit:.3g} is allowed"
            )
            yield Hazard(variant.name, "wrong result", evidence, "results")
        once, again = (np.asarray(variant.output()) for _ in range(2))
        if once.tobytes() != again.tobytes():
            yield Hazard(
                variant.name, "unstable result", "asked twice, it gave two outputs", "results"
            )


def _results(variant: Variant) -> Iterator[Hazard]:
    # Asked in a function of its own: a batch is declared as any function, which this is not.
    batch: object = variant.batch
    if isinstance(batch, BoundLoop):
        yield from result_hazards(variant.name, batch)


def _counted(
    case: Case, counts: Mapping[str, CountedVariant], lanes_bytes: int
) -> Iterator[Hazard]:
    for variant in case.variants:
        if variant.name in counts:
            yield from count_hazards(variant, counts[variant.name], lanes_bytes)
