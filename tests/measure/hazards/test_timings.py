import math

import pytest

from slonana_analysis.measure.cases import TimedCase, TimedVariant
from slonana_analysis.measure.hazards.check import check_hazards
from slonana_analysis.measure.hazards.timings import time_hazards
from slonana_analysis.measure.validity import CheckResult
from tests.measure.hazards.planted import case_of


def timed(*checks, name="planted"):
    variant = TimedVariant(name, 64, 0.6, (1.0,), (0,), checks)
    return TimedCase("planted", "{}", (variant,))


@pytest.mark.parametrize(
    ("check", "kind", "says"),
    [
        (CheckResult("linear", False, 1.02, 1.6), "not linear in time", "1.02 times as long"),
        (CheckResult("floor", False, 0.7, 0.8), "below the floor", "nothing takes 0.8 ns"),
        (CheckResult("roof", False, 3.0, 4.5), "above the roof", "the roof allows 4.5 ns"),
    ],
)
def test_a_failed_check_becomes_a_sentence(check, kind, says):
    (hazard,) = time_hazards(timed(check))
    assert (hazard.variant, hazard.kind, hazard.layer) == ("planted", kind, "times")
    assert says in hazard.evidence


def test_passed_checks_and_outputs_are_not_repeated_here():
    passed = CheckResult("roof", True, 3.0, math.nan)
    wrong = CheckResult("output", False, 1.0, 0.0)
    assert list(time_hazards(timed(passed, wrong))) == []


def test_timings_come_after_exact_evidence():
    late = timed(CheckResult("roof", False, 3.0, 4.5))
    found = check_hazards(case_of("rows_all_alike"), timed=late)
    assert [hazard.layer for hazard in found] == ["results", "times"]
