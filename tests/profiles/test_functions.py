"""Self and inclusive weights, against definitions applied to the stacks themselves."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder


def _weights(table):
    return {
        (function, module): (own, inclusive)
        for function, module, own, inclusive in table.iloc[:, :4].itertuples(index=False)
    }


def test_self_and_inclusive(profile_of):
    table = functions(profile_of(("main;a;b", 5), ("main;a", 3), ("main;c", 2)))
    assert _weights(table) == {
        ("b", "m"): (5, 5),
        ("a", "m"): (3, 8),
        ("c", "m"): (2, 2),
        ("main", "m"): (0, 10),
    }
    assert table["function"].tolist() == ["b", "a", "c", "main"]
    assert table["self_share"].tolist() == [0.5, 0.3, 0.2, 0.0]
    assert table["inclusive_share"].tolist() == [0.5, 0.8, 0.2, 1.0]
    assert list(table.columns) == schema.FUNCTIONS.names


def test_recursion_counts_once(profile_of):
    table = functions(profile_of(("main;f;f;f", 5), ("main;f;g;f", 3), ("f;main", 2)))
    assert _weights(table) == {
        ("f", "m"): (8, 10),
        ("g", "m"): (0, 3),
        ("main", "m"): (2, 10),
    }


def test_functions_are_told_apart_by_module_and_not_by_line(profile_of):
    table = functions(profile_of(("f@a:1", 1), ("f@a:2", 2), ("f@b", 4)))
    assert _weights(table) == {("f", "a"): (3, 3), ("f", "b"): (4, 4)}


def test_samples_without_a_stack_are_part_of_the_whole(profile_of):
    table = functions(profile_of(("a", 1), ("", 3)))
    assert table["self_share"].tolist() == [0.25]


def test_events_are_never_added_up(profile_of):
    profile = profile_of(("a", 1, "t", -1, "cycles"), ("a;b", 7, "t", -1, "faults"))
    with pytest.raises(UsageError, match="cycles, faults"):
        functions(profile)
    assert _weights(functions(profile, "faults")) == {("b", "m"): (7, 7), ("a", "m"): (0, 7)}
    with pytest.raises(UsageError, match="no event 'nonsense'"):
        functions(profile, "nonsense")


def test_empty_profile(profile_of):
    assert len(functions(profile_of())) == 0


STACKS = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), max_size=8), st.integers(0, 2**40)), max_size=20
)


@given(samples=STACKS)
def test_any_stacks(samples):
    builder = ProfileBuilder()
    thread, event = builder.thread(1, 1, "t"), builder.event("cycles")
    own, inclusive = Counter(), Counter()
    for stack, weight in samples:
        frames = [builder.frame(name, "m") for name in reversed(stack)]
        builder.add(builder.node(frames), thread, -1, weight, event)
        own.update({stack[-1]: weight} if stack else {})
        inclusive.update(dict.fromkeys(stack, weight))
    ledger = LossLedger(0, 0, 0, 0, truncated=False)
    table = functions(builder.build(Description("test", "test", "ns", ledger), "test"))
    expected = {(name, "m"): (own[name], weight) for name, weight in inclusive.items() if weight}
    assert _weights(table) == expected
