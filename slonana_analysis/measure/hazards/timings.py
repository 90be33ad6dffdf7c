"""Hazards that show in timings only: what the harness checks anyway, put into words.

A layer of its own, because other programs can disturb a clock and cannot disturb a count.
"""

from collections.abc import Iterator, Mapping

from slonana_analysis.measure.cases import TimedCase
from slonana_analysis.measure.hazards.hazard import Hazard, Kind
from slonana_analysis.measure.validity import CheckResult

_KINDS: Mapping[str, Kind] = {
    "linear": "not linear in time",
    "floor": "below the floor",
    "roof": "above the roof",
}


def time_hazards(timed: TimedCase) -> Iterator[Hazard]:
    """Find hazards in the checks of a case that was timed.

    Parameters
    ----------
    timed : TimedCase
        From ``time_case``.

    Yields
    ------
    Hazard
        Of layer ``"times"``.
    """
    for variant in timed.variants:
        for check in variant.checks:
            if not check.passed and check.check in _KINDS:
                yield Hazard(variant.name, _KINDS[check.check], _sentence(check), "times")


def _sentence(check: CheckResult) -> str:
    if check.check == "linear":
        return f"twice the repetitions took {check.observed:.2f} times as long"
    bound = "the loop around nothing takes" if check.check == "floor" else "the roof allows"
    return f"a repetition takes {check.observed:.3g} ns where {bound} {check.limit:.3g} ns"
