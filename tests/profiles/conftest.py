"""Profiles made of stacks that stand in the test."""

import pytest

from slonana_analysis.model.profile import LossLedger
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder


@pytest.fixture
def profile_of():
    """Build a profile of (stack, weight) pairs; a stack is "a;b;c", outermost first.

    A frame may be written ``name@module``, ``name@module:line``. Further fields of a pair: thread
    name, time in ns, event.
    """

    def build(*samples, unit="ns"):
        builder = ProfileBuilder()
        for sample in samples:
            stack, weight, name, time_ns, event = (*sample, *("t", -1, "cycles")[len(sample) - 2 :])
            frames = [_frame(builder, text) for text in reversed(stack.split(";")) if text]
            thread = builder.thread(1, 1, name)
            builder.add(builder.node(frames), thread, time_ns, weight, builder.event(event))
        ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
        return builder.build(Description("test", "test", unit, ledger), "test")

    return build


def _frame(builder, text):
    function, _, place = text.partition("@")
    module, _, line = place.partition(":")
    return builder.frame(function, module or "m", "file.c" if line else "", int(line or 0))
