import itertools

import numpy as np
import pytest

from slonana_analysis.measure.counts.ladder import Ladder, count_batches, ladder_for
from slonana_analysis.measure.loops import bind, timed_loop
from tests.measure.counts.entries import total

UNKNOWN = Ladder(1, period_is_known=False)


def counting(batch, inner):
    """A counter that believes what the batch says."""
    return batch(inner)


class Rotating:
    """Instructions that depend on the row, and go on where the last batch stopped."""

    def __init__(self, rows):
        self._rows = itertools.cycle(rows)
        self.most = 0

    def __call__(self, inner):
        self.most = max(self.most, inner)
        return 60 + sum(next(self._rows) for _ in range(inner))


def test_a_plain_loop_is_settled_at_once():
    counts = count_batches(counting, lambda inner: 60 + 7 * inner, UNKNOWN)
    assert counts.per_repetition == 7
    assert counts.once == 60
    assert counts.repeats == 2
    assert counts.fourfold == 60 + 4 * 64 * 7
    assert [inner for inner, _ in counts.first] == [1, 1, 1, 1]


def test_a_known_rotation_is_counted_in_whole_turns():
    rows = np.random.default_rng(1).integers(10, 90, 256).tolist()
    counts = count_batches(counting, Rotating(rows), Ladder(256, period_is_known=True))
    assert counts.settled
    assert counts.per_repetition == sum(rows) / 256
    assert len({count for _, count in counts.first}) == 1


def test_an_unknown_rotation_is_found_by_growing():
    rows = np.random.default_rng(2).integers(10, 90, 512).tolist()
    counts = count_batches(counting, Rotating(rows), UNKNOWN)
    assert counts.settled
    assert counts.per_repetition == sum(rows) / 512


def test_what_never_repeats_is_given_up_in_the_end():
    batch = Rotating(itertools.count())
    counts = count_batches(counting, batch, UNKNOWN)
    assert not counts.settled
    assert batch.most <= 2 * 65_536


def test_a_long_repetition_is_not_repeated_more_than_it_must():
    asked = []

    def long(inner):
        asked.append(inner)
        return 60 + 50_000_000 * inner

    counts = count_batches(counting, long, UNKNOWN)
    assert counts.per_repetition == 50_000_000
    assert asked == [1, 1, 1, 2, 1, 2]
    assert counts.fourfold == 0


@pytest.mark.parametrize("rows", [1, 8])
def test_a_bound_loop_knows_its_rotation(rows):
    loop = bind(timed_loop(total, ("rotate",)), np.zeros((rows, 4), np.int64))
    assert ladder_for(loop) == Ladder(rows, period_is_known=True)
    assert ladder_for(len) == UNKNOWN
