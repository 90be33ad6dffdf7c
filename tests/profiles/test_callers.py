"""Callers and callees of a function."""

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.profiles.callers import callees, callers


@pytest.fixture
def profile(profile_of):
    return profile_of(
        ("main;a;f;g", 5), ("main;b;f", 3), ("f;g", 2), ("main;a;f;f;g", 10), ("main;b", 80)
    )


def _rows(table):
    assert list(table.columns) == schema.NEIGHBOURS.names
    return list(table[["function", "weight"]].itertuples(index=False, name=None))


def test_callers(profile):
    table = callers(profile, "f")
    assert _rows(table) == [("a", 15), ("f", 10), ("b", 3), ("[root]", 2)]
    assert table["share"].tolist() == [0.75, 0.5, 0.15, 0.1]


def test_callees(profile):
    table = callees(profile, "f")
    assert _rows(table) == [("g", 17), ("f", 10), ("[self]", 3)]
    assert table["share"].tolist() == [0.85, 0.5, 0.15]


def test_a_leaf_spends_all_itself(profile):
    assert _rows(callees(profile, "g")) == [("[self]", 17)]


def test_deep_recursion_counts_a_sample_once(profile_of):
    profile = profile_of(("f;g;f;g;f", 4))
    assert _rows(callers(profile, "f")) == [("[root]", 4), ("g", 4)]
    assert _rows(callees(profile, "f")) == [("g", 4), ("[self]", 4)]


def test_module_tells_functions_of_one_name_apart(profile_of):
    profile = profile_of(("a;f@x", 1), ("b;f@y", 2))
    assert _rows(callers(profile, "f")) == [("b", 2), ("a", 1)]
    assert _rows(callers(profile, "f", "x")) == [("a", 1)]


def test_unknown_function_with_a_guess(profile):
    with pytest.raises(UsageError, match=r"no function 'mian' .*did you mean main"):
        callers(profile, "mian")
    with pytest.raises(UsageError, match="no function"):
        callees(profile, "f", "other module")


def test_hostile_name_in_the_error(profile):
    with pytest.raises(UsageError, match=r"'\\x1b\[31mred'"):
        callers(profile, "\x1b[31mred")
