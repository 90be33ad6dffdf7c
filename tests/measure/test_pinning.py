import os

import pytest

from slonana_analysis.measure import pinning
from slonana_analysis.measure.pinning import pinned

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system cannot pin threads"
)


def test_a_block_stays_on_one_processor_and_lets_go():
    before = os.sched_getaffinity(0)
    with pinned() as processor:
        assert os.sched_getaffinity(0) == {processor}
    assert os.sched_getaffinity(0) == before


def test_an_error_lets_go_as_well():
    before = os.sched_getaffinity(0)
    with pytest.raises(ValueError, match="inside"), pinned():
        raise ValueError("inside")
    assert os.sched_getaffinity(0) == before


def test_where_threads_cannot_be_pinned_the_block_still_runs(monkeypatch):
    monkeypatch.delattr(pinning.os, "sched_getaffinity")
    with pinned() as processor:
        assert processor == -1
