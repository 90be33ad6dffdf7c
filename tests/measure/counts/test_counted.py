import math

from slonana_analysis.measure.counts.counted import BatchCounts, CountedVariant

SETTLED = BatchCounts(((1, 65), (1, 65)), ((64, 100 + 64 * 5, 100 + 128 * 5),) * 2)


def test_what_a_batch_costs_once_cancels():
    assert SETTLED.per_repetition == 5
    assert SETTLED.once == 100


def test_a_single_counting_is_no_count():
    single = BatchCounts((), SETTLED.pairs[:1])
    assert not single.settled
    assert math.isnan(single.per_repetition)
    assert math.isnan(single.once)


def test_only_the_equal_countings_at_the_end_are_repeats():
    grown = BatchCounts((), ((8, 1, 2), (8, 1, 3), *SETTLED.pairs))
    assert grown.settled
    assert grown.repeats == 2
    assert BatchCounts((), (*SETTLED.pairs, (64, 1, 2))).repeats == 1


def test_a_variant_that_was_not_counted_has_no_value():
    assert math.isnan(CountedVariant("e", "{}", "v", reason="why").value)
    assert CountedVariant("e", "{}", "v", SETTLED).value == 5
