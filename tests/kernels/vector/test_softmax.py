from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from slonana_analysis.kernels.vector.softmax import (
    BEFORE_FLOOR,
    BEFORE_TRUNCATION,
    exponentials_of,
    softmax,
)
from slonana_analysis.simd.lanes import to_int32
from slonana_analysis.simd.memory import load_int32x8, store
from tests.kernels import activation_rules as rules

INT32 = st.integers(-(2**31), 2**31 - 1)
NEAR = st.integers(-60_000, 60_000)

LARGEST_EXPONENTIAL = 85_000
SCALE = 10_000
ROUNDING = Fraction(1, 2**53)


@njit
def _exponentials(out, distances):
    for i in range(0, distances.size, 8):
        store(out, i, to_int32(exponentials_of(load_int32x8(distances, i))))


def outputs(values):
    """What softmax writes, its surroundings being none of its business."""
    around = np.full(len(values) + 64, rules.FAR, np.int32)
    out = np.full(len(values) + 64, rules.UNTOUCHED, np.int32)
    inside = slice(32, 32 + len(values))
    around[inside] = values
    softmax(out[inside], around[inside])
    assert set(out[:32].tolist() + out[32 + len(values) :].tolist()) == {rules.UNTOUCHED}
    return out[inside].tolist()


@given(st.lists(INT32, max_size=20) | st.lists(NEAR, max_size=20))
@example([-(2**31), 2**31 - 1])
@example([2**31 - 1, -1, -2])
@example([0, -50_000, -50_001, -49_999, -10_000, -20_000, 0, 0])
def test_softmax_follows_the_rule(values):
    assert outputs(values) == rules.softmax(values)


@pytest.mark.parametrize("length", range(19))
def test_many_rows_follow_the_rule(length):
    rows = rules.rows_for_softmax(8_000, length, 1)
    out = np.empty_like(rows)
    for result, row in zip(out, rows, strict=True):
        softmax(result, row)
    assert np.array_equal(out, rules.softmax_of_rows(rows))


@pytest.mark.parametrize("length", range(19))
def test_softmax_in_place(length):
    rows = rules.rows_for_softmax(50, length, 2)
    wanted = rules.softmax_of_rows(rows)
    for row in rows:
        softmax(row, row)
    assert np.array_equal(rows, wanted)


def test_the_exponential_at_every_distance_before_the_cut_off():
    """All that the argument about shares presupposes, without exception."""
    distances = np.arange(-50_007, 1, dtype=np.int32)
    found = np.empty_like(distances)
    _exponentials(found, distances)
    assert found.tolist() == [rules.exponential(x) for x in distances.tolist()]
    assert found.max() == LARGEST_EXPONENTIAL


@given(st.integers(-(2**31), -50_001))
@example(-(2**31))
def test_the_exponential_past_the_cut_off_is_one(distance):
    found = np.empty(8, np.int32)
    _exponentials(found, np.full(8, distance, np.int32))
    assert found.tolist() == [1] * 8


def test_rounding_cannot_change_a_share():
    """A share is at most the scale, rounded twice; a fraction of one has the sum below the line."""
    error = SCALE * ((1 + ROUNDING) ** 2 - 1)
    push = Fraction(BEFORE_TRUNCATION)
    smallest_gap = Fraction(1, 16 * LARGEST_EXPONENTIAL)
    assert error < push, "a whole share could fall below itself"
    assert push * (1 + ROUNDING) + error < smallest_gap, "a share could reach the next whole number"


def test_rounding_cannot_change_half_a_square():
    """The same for the quotient of a square by twice the scale, whose constant is rounded too."""
    largest = Fraction(50_000**2, 2 * SCALE)
    error = largest * ((1 + ROUNDING) ** 2 - 1)
    push = Fraction(BEFORE_FLOOR)
    assert error < push
    assert push * (1 + ROUNDING) + error < Fraction(1, 2 * SCALE)


def test_shares_that_are_whole_or_just_miss_it():
    """Of many sums of three exponentials, the cases in which rounding has the least room."""
    random = np.random.default_rng(6)
    third = -np.arange(0, 50_001, 7)
    for second in random.integers(-50_000, 1, 300).tolist():
        rows = np.stack([0 * third, 0 * third + second, third], axis=1).astype(np.int32)
        part = 10_000 + third + third**2 // 20_000
        total = 10_000 + rules.exponential(second) + part
        remainder = part * SCALE % total
        hardest = rows[(remainder == 0) | (remainder == total - 1)]
        assert [outputs(row) for row in hardest.tolist()] == rules.softmax_of_rows(hardest).tolist()
