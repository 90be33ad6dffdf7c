import math

import pytest

from slonana_analysis.errors import CheckError, SlonanaError, UnavailableError, UsageError
from slonana_analysis.measure.cases import TimedCase, TimedVariant
from slonana_analysis.measure.messages import (
    LaunchFailure,
    LaunchProgress,
    LaunchRequest,
    LaunchResult,
    outcome_from_json,
    outcome_to_json,
)
from slonana_analysis.measure.validity import CheckResult


def _request(**changes):
    fields = {
        "entry": "package.module:cases",
        "settings": {"sizes": [1, 2], "dtype": "int32"},
        "launch": 3,
        "seed": 2**40,
        "case_seconds": 0.05,
        "pin": True,
        "parent": 123,
        "result": "/tmp/a b/result.json",
    }
    return LaunchRequest(**fields | changes)


def test_a_request_survives_the_journey():
    assert LaunchRequest.from_json(_request().to_json()) == _request()


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"entry": "a:b"}', '{"unknown": 1}'])
def test_what_is_no_request_is_said_to_be_none(text):
    with pytest.raises(UsageError, match="standard input holds no launch request"):
        LaunchRequest.from_json(text)


def test_settings_must_be_json():
    with pytest.raises(
        UsageError, match=r"settings of 'package\.module:cases' must be JSON values"
    ):
        _request(settings={"sizes": {1, 2}}).to_json()


def test_a_result_survives_to_the_last_bit():
    variant = TimedVariant(
        "a", 8, 0.1 + 0.2, (1 / 3, 2e-9), (0, 1), (CheckResult("output", True, 0.0, 0.0),)
    )
    case = TimedCase("sum", '{"size": 1}', (variant,), reference=variant, seconds=0.25)
    result = LaunchResult((case,), cpu=3)
    assert outcome_from_json(outcome_to_json(result)) == result


def test_not_a_number_stays_not_a_number():
    variant = TimedVariant("a", 0, math.nan, (), (), ())
    result = LaunchResult((TimedCase("sum", "{}", (variant,)),), cpu=-1)
    again = outcome_from_json(outcome_to_json(result))
    assert math.isnan(again.cases[0].variants[0].harness_ns)


def test_progress_survives():
    assert LaunchProgress.from_json(LaunchProgress(2, 7).to_json()) == LaunchProgress(2, 7)


@pytest.mark.parametrize("kind", [CheckError, UnavailableError, UsageError, SlonanaError])
def test_our_errors_keep_their_kind_and_their_sentence(kind):
    failure = LaunchFailure.of(kind("the file 'x' is missing"), "Traceback: here")
    error = outcome_from_json(outcome_to_json(failure)).error("package:cases", 1)
    assert type(error) is kind
    assert str(error) == "the file 'x' is missing"
    assert error.__notes__ == ["In launch 1 of 'package:cases':\nTraceback: here"]


def test_other_errors_become_one_sentence():
    error = LaunchFailure.of(ZeroDivisionError("by zero"), "").error("package:cases", 1)
    assert type(error) is SlonanaError
    assert str(error) == "launch 1 of 'package:cases' failed with ZeroDivisionError: by zero"


def test_an_error_of_a_stranger_does_not_pass_for_one_of_ours():
    class CheckError(Exception):
        pass

    error = LaunchFailure.of(CheckError("mine"), "").error("package:cases", 0)
    assert type(error) is SlonanaError
