import math

import numpy as np
import pytest

from slonana_analysis.measure.counts.counted import BatchCounts, CountedVariant
from slonana_analysis.measure.hazards.instructions import count_hazards
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Variant
from tests.measure.hazards.planted import total

ONCE = 60


def counts(each, *, first=None, once=ONCE, period=1, fourfold=None):
    """Counts of a loop whose repetition takes ``each`` instructions."""
    steady = once + period * each
    pair = (64, once + 64 * each, once + 128 * each)
    return BatchCounts(
        ((period, steady if first is None else first), *[(period, steady)] * 3),
        (pair, pair),
        once + 256 * each if fourfold is None else fourfold,
    )


def found(work, *, operations=0.0, empty=8.0, elsewhere=math.nan, batch=len, lanes_bytes=32):
    variant = Variant("v", batch, lambda: np.zeros(1), operations=operations)
    counted = CountedVariant("e", "{}", "v", work, empty, "", elsewhere)
    return [hazard.kind for hazard in count_hazards(variant, counted, lanes_bytes)]


def test_a_repetition_with_work_is_sound():
    assert found(counts(40)) == []
    assert found(counts(40), elsewhere=40.0) == []
    assert found(counts(1), empty=math.nan) == []


def test_without_counts_nothing_is_said():
    assert found(None) == []


@pytest.mark.parametrize(("each", "empty"), [(8, 8.0), (7, 8.0), (0, math.nan)])
def test_no_more_than_an_empty_loop_is_nothing(each, empty):
    assert found(counts(each), empty=empty) == ["removed"]


def test_work_that_is_there_once_was_hoisted():
    assert found(counts(8, once=1300)) == ["hoisted"]


@pytest.mark.parametrize(
    ("operations", "kinds"), [(32 * 32 * 2, []), (32 * 32 * 2 + 1, ["too little work"])]
)
def test_operations_need_instructions_as_wide_as_they_may_be(operations, kinds):
    assert found(counts(40), operations=operations) == kinds


def test_lanes_are_as_narrow_as_the_narrowest_array():
    loop = bind(timed_loop(total, ("shared",)), np.arange(8))
    assert found(counts(40), operations=32 * 4 * 2, batch=loop) == []
    assert found(counts(40), operations=32 * 4 * 2 + 1, batch=loop) == ["too little work"]


def test_a_dear_first_repetition_left_the_others_without_work():
    assert found(counts(40, first=700)) == ["done once"]
    assert found(counts(40, first=90)) == ["uneven work"]


def test_single_batches_of_an_unknown_rotation_prove_nothing():
    rotating = BatchCounts(((1, 170), (1, 90), (1, 92), (1, 95)), counts(40).pairs)
    assert found(rotating) == []


@pytest.mark.parametrize(
    "work",
    [
        counts(40, fourfold=ONCE + 256 * 40 + 1),
        BatchCounts(((1, 1), (1, 1)), ((64, 100, 90),) * 2),
        BatchCounts(((1, 1), (1, 1)), ((64, 100, 200), (64, 101, 200))),
    ],
    ids=["not linear", "less for more", "not repeatable"],
)
def test_batches_that_contradict_each_other_are_uneven(work):
    assert found(work) == ["uneven work"]


def test_a_way_that_depends_on_data_that_never_changes_is_learnt():
    assert found(counts(40), elsewhere=44.0) == ["same input"]
