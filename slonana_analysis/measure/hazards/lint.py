"""Checking a whole experiment: every case of its entry, in this process and under valgrind."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.cases import TimedCase, launch_random, time_case
from slonana_analysis.measure.counts.counted import CountedVariant
from slonana_analysis.measure.counts.counting import CountEvent, count_variants
from slonana_analysis.measure.counts.target import counting_target
from slonana_analysis.measure.hazards.check import WIDEST_BYTES, check_hazards
from slonana_analysis.measure.hazards.hazard import Hazard, Kind
from slonana_analysis.measure.launch import resolve_entry
from slonana_analysis.measure.subject import Case

_Counts = Mapping[str, Mapping[str, CountedVariant]]


@dataclass(frozen=True)
class LintedCase:
    """A case that was checked.

    Attributes
    ----------
    experiment, parameters : str
        Which; parameters as JSON with sorted keys.
    hazards : tuple of Hazard
        What was found.
    not_counted : tuple of (str, str)
        Variants whose instructions could not be looked at, and why.
    """

    experiment: str
    parameters: str
    hazards: tuple[Hazard, ...]
    not_counted: tuple[tuple[str, str], ...]


def lint_entry(
    entry: str,
    settings: Mapping[str, object],
    *,
    count: bool = True,
    case_seconds: float = 0.0,
    allowed: Collection[Kind] = (),
    seconds_limit: float = 300.0,
    on_case: Callable[[CountEvent], None] | None = None,
) -> tuple[LintedCase, ...]:
    """Check every case of an entry for hazards.

    Parameters
    ----------
    entry : str
        ``package.module:function``; called as ``function(settings)``, returns or yields ``Case``
        objects.
    settings : mapping
        JSON values.
    count : bool
        Whether to count instructions; where that is impossible, each case says why.
    case_seconds : float
        Seconds of rounds to time each case for; 0 leaves the timings out.
    allowed : collection of Kind
        What the experiment does on purpose.
    seconds_limit : float
        How long counting may take.
    on_case : callable, optional
        Called after every case that was counted.

    Returns
    -------
    tuple of LintedCase
        In the order of the entry's cases.

    Raises
    ------
    UsageError
        If the entry cannot be imported, or a case is malformed.
    SlonanaError
        What the entry raises when it is counted.
    """
    counts: _Counts = {}
    problem = "counting was not asked for"
    lanes_bytes = WIDEST_BYTES
    if count:
        try:
            counts = _by_case(
                count_variants(
                    entry, settings, seconds_limit=seconds_limit, on_case=on_case, other_data=True
                )
            )
            lanes_bytes = counting_target().lanes_bytes
        except UnavailableError as error:
            problem = str(error)
    linted = []
    for case in resolve_entry(entry)(settings):
        parameters = _parameters(case)
        of_case = counts.get(f"{case.experiment} {parameters}", {})
        hazards = check_hazards(
            case,
            counts=of_case,
            lanes_bytes=lanes_bytes,
            timed=_timed(case, case_seconds),
            allowed=allowed,
        )
        linted.append(
            LintedCase(case.experiment, parameters, hazards, _not_counted(case, of_case, problem))
        )
    return tuple(linted)


def _parameters(case: Case) -> str:
    return json.dumps(dict(case.parameters), sort_keys=True)


def _by_case(counted: tuple[CountedVariant, ...]) -> _Counts:
    found: dict[str, dict[str, CountedVariant]] = defaultdict(dict)
    for each in counted:
        found[f"{each.experiment} {each.parameters}"][each.variant] = each
    return found


def _timed(case: Case, seconds: float) -> TimedCase | None:
    if not seconds:
        return None
    return time_case(case, random=launch_random(0, 0), case_seconds=seconds)


def _not_counted(
    case: Case, counts: Mapping[str, CountedVariant], problem: str
) -> tuple[tuple[str, str], ...]:
    reasons = {
        variant.name: counts[variant.name].reason if variant.name in counts else problem
        for variant in case.variants
    }
    return tuple((name, reason) for name, reason in reasons.items() if reason)
