import math

import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.counts.counted import BatchCounts, CountedVariant
from slonana_analysis.measure.counts.messages import (
    CaseDone,
    ClockBuilt,
    CountRequest,
    message_from_json,
    message_to_json,
)
from slonana_analysis.measure.messages import LaunchFailure

COUNTS = BatchCounts(((1, 60),), ((64, 100, 200), (64, 100, 200)), 400)


@pytest.mark.parametrize(
    "message",
    [
        CountedVariant("e", '{"a": 1}', "v", COUNTS, 3.0, "", 8.0),
        CaseDone(3),
        ClockBuilt("/a b/clock.so"),
        LaunchFailure("UsageError", "no\nsuch", "trace"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_messages_travel_on_one_line(message):
    line = message_to_json(message)
    assert "\n" not in line
    assert message_from_json(line) == message


def test_what_is_not_known_stays_so():
    got = message_from_json(message_to_json(CountedVariant("e", "{}", "v", reason="why")))
    assert got.work is None
    assert math.isnan(got.empty)
    assert got.reason == "why"


def test_a_request_travels():
    request = CountRequest("a:b", {"x": [1]}, "count", "/tmp/dumps", 7, other_data=True)
    assert CountRequest.from_json(request.to_json()) == request


def test_settings_that_are_not_json_are_refused():
    request = CountRequest("a:b", {"x": np.zeros(1)}, "count", "", 7)
    with pytest.raises(UsageError, match="settings of 'a:b' must be JSON"):
        request.to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"entry": 1}'])
def test_what_is_no_request_is_refused(text):
    with pytest.raises(UsageError, match="holds no counting request"):
        CountRequest.from_json(text)
