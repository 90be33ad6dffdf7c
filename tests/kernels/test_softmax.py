from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slonana_analysis.kernels.softmax import exponential, softmax
from tests.kernels import activation_rules as rules

INT32 = st.integers(-(2**31), 2**31 - 1)
NEAR = st.integers(-60_000, 60_000)


def outputs(values: Sequence[int], scale: int = 10_000) -> list[int]:
    out = np.full(len(values), rules.UNTOUCHED, np.int32)
    softmax(out, np.array(values, np.int32), scale)
    return out.tolist()


@given(
    st.lists(INT32, max_size=20) | st.lists(NEAR, max_size=20),
    st.sampled_from([100, 10_000, 12_345, 1_000_000, 2**31 - 1]),
)
@example([-(2**31), 2**31 - 1], 10_000)
@example([2**31 - 1, -1, -2], 10_000)
def test_softmax_follows_the_rule(values: list[int], scale: int) -> None:
    assert outputs(values, scale) == rules.softmax(values, scale)


@pytest.mark.parametrize("length", range(19))
def test_many_rows_follow_the_rule(length: int) -> None:
    rows = rules.rows_for_softmax(7_000, length, 1)
    out = np.empty_like(rows)
    for result, row in zip(out, rows, strict=True):
        softmax(result, row)
    assert np.array_equal(out, rules.softmax_of_rows(rows))


def test_both_statements_of_the_rule_say_the_same() -> None:
    for length in range(19):
        rows = rules.rows_for_softmax(200, length, 2)
        assert rules.softmax_of_rows(rows).tolist() == [rules.softmax(row) for row in rows.tolist()]


def test_the_exponential_at_every_distance_before_the_cut_off() -> None:
    distances = range(-50_002, 1)
    found = [int(exponential(np.int32(x), 10_000)) for x in distances]
    assert found == [rules.exponential(x) for x in distances]
    assert max(found) == 85_000


def test_softmax_is_not_monotone() -> None:
    """A defect of the validator's: what is 4.9999 below the largest gets nine tenths."""
    assert outputs([0, -49_999]) == [1052, 8947]
    assert outputs([0, -50_001]) == [9999, 0]


def test_a_sum_that_is_not_positive_leaves_the_values_alone() -> None:
    """Only where a difference wraps in int32 can an exponential lose its upper half."""
    rows = rules.rows_for_softmax(20_000, 2, 3)
    unchanged = [row for row in rows.tolist() if rules.softmax(row) == row and row[0] != row[1]]
    assert unchanged
    assert all(outputs(row) == row for row in unchanged)
