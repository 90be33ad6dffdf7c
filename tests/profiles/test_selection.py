"""Parts of profiles: what is kept, what is lost, and that weights add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.selection import (
    drop,
    focus,
    grouped,
    grouped_by_fact,
    hide,
    keep,
    matching,
)
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

NAMES = ["a", "b", "c", "main"]


def stacks(profile):
    """Return the weight of every stack, outermost first."""
    function = profile.frames["function"].astype(str).tolist()
    paths = []
    for parent, frame in zip(profile.nodes["parent"], profile.nodes["frame"], strict=True):
        paths.append([*(paths[parent] if parent >= 0 else []), function[frame]])
    found = {}
    for node, weight in zip(profile.samples["node"], profile.samples["weight"], strict=True):
        path = ";".join(paths[node]) if node >= 0 else ""
        found[path] = found.get(path, 0) + weight
    return found


@pytest.fixture
def profile(profile_of):
    return profile_of(
        ("main;a;b", 1), ("main;b;c", 2), ("main;a", 4), ("main", 8), ("", 16), ("b;a;b", 32)
    )


def test_keep_and_drop(profile):
    kept = keep(profile, "^b$")
    assert stacks(kept) == {"main;a;b": 1, "main;b;c": 2, "b;a;b": 32}
    assert kept.header["selection"] == "keep /^b$/"
    assert stacks(drop(profile, "^b$")) == {"main;a": 4, "main": 8, "": 16}


def test_hidden_weight_goes_to_the_callers(profile):
    hidden = hide(profile, "^(b|main)$")
    assert stacks(hidden) == {"a": 1 + 4 + 32, "c": 2, "": 8 + 16}
    assert hidden.weight == profile.weight
    # Equal paths are one node again.
    assert len(hidden.nodes) == 2


def test_focus_begins_at_the_outermost_match(profile):
    assert stacks(focus(profile, "b")) == {"b": 1, "b;c": 2, "b;a;b": 32}
    assert stacks(focus(profile, "a$")) == {"a;b": 1 + 32, "a": 4}


def test_selections_follow_each_other(profile):
    both = hide(keep(profile, "main"), "^a$")
    assert stacks(both) == {"main;b": 1, "main;b;c": 2, "main": 4 + 8}
    assert both.header["selection"] == "keep /main/; hide /^a$/"


def test_nothing_is_left(profile):
    empty = keep(profile, "nowhere")
    assert empty.weight == 0
    assert empty.event == ""
    assert functions(empty).empty
    assert stacks(hide(profile, "")) == {"": profile.weight}


def test_no_regular_expression(profile):
    with pytest.raises(UsageError, match=r"'\(' is no regular expression"):
        keep(profile, "(")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("main", {"main;a;b", "main;b;c", "main;a", "main"}),
        ("main $", {"main"}),
        ("main > *", {"main;a;b", "main;b;c", "main;a"}),
        ("main > * > b", {"main;a;b"}),
        ("^ b", {"b;a;b"}),
        ("^ ** > b $", {"main;a;b", "b;a;b"}),
        ('main > ** > "[bc]" $', {"main;a;b", "main;b;c"}),
        ("'a' > b", {"main;a;b", "b;a;b"}),
        ("^ * > * $", {"main;a"}),
        ("** > c", {"main;b;c"}),
        ("a > a", set()),
    ],
)
def test_paths(profile, query, expected):
    assert set(stacks(matching(profile, query))) == expected


def test_groups(profile_of):
    profile = profile_of(
        ("a@x", 1, "t"), ("a@x;b@y", 2, "u"), ("", 4, "t"), ("b@y:7", 8, "t", 5, "other")
    )
    assert {name: part.weight for name, part in grouped(profile, "thread").items()} == {
        "t": 13,
        "u": 2,
    }
    assert list(grouped(profile, "module")) == ["y", "", "x"]
    assert {name: part.weight for name, part in grouped(profile, "file").items()} == {
        "file.c": 8,
        "": 7,
    }
    events = grouped(profile, "event")
    assert {name: part.event for name, part in events.items()} == {
        "other": "other",
        "cycles": "cycles",
    }
    assert list(grouped(profile, "process")) == ["1"]
    with pytest.raises(UsageError, match="not by 'day'"):
        grouped(profile, "day")


def test_groups_by_what_captures_state(profile_of):
    first, second = profile_of(("a", 1)), profile_of(("b", 2))
    first.header["host"] = "h1"
    groups = grouped_by_fact({"1": first, "2": second}, "host")
    assert {name: len(group) for name, group in groups.items()} == {"h1": 1, "": 1}
    assert list(grouped_by_fact({"1": first}, "tool")) == ["test"]
    with pytest.raises(UsageError, match="no capture states 'kernel'; stated are host"):
        grouped_by_fact({"1": first}, "kernel")


def test_calls_without_stacks_are_kept_between_kept_functions(profile_of):
    import dataclasses

    import pandas as pd

    profile = profile_of(("a", 1), ("b", 2), ("c", 4))
    edges = schema.EDGES.conform(
        pd.DataFrame(
            {
                "caller": [0, 1],
                "callee": [1, 2],
                "calls": [1, 1],
                "inclusive": [6, 4],
                "event": pd.Categorical(["cycles", "cycles"]),
            }
        )
    )
    with_calls = dataclasses.replace(profile, edges=edges)
    assert keep(with_calls, "a|b").edges["inclusive"].tolist() == [6]
    with pytest.raises(UnavailableError, match="knows calls and no stacks"):
        hide(with_calls, "a")


def _build(samples):
    builder = ProfileBuilder()
    for stack, weight in samples:
        frames = [builder.frame(name, "m", "", 0) for name in reversed(stack)]
        thread, event = builder.thread(1, 1, "t"), builder.event("cycles")
        builder.add(builder.node(frames), thread, -1, weight, event)
    ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
    return builder.build(Description("test", "test", "ns", ledger), "test")


PROFILES = st.lists(
    st.tuples(st.lists(st.sampled_from(NAMES), max_size=6), st.integers(1, 100)), min_size=1
).map(_build)
PATTERNS = st.sampled_from(["^a$", "b|c", "main", "", "x", "[ab]"])


@given(PROFILES, PATTERNS)
def test_keep_and_drop_share_the_weight(profile, pattern):
    kept, dropped = keep(profile, pattern), drop(profile, pattern)
    assert kept.weight + dropped.weight == profile.weight
    assert focus(profile, pattern).weight == kept.weight


@given(PROFILES, PATTERNS)
def test_hiding_loses_no_weight_and_no_other_function(profile, pattern):
    hidden = hide(profile, pattern)
    assert hidden.weight == profile.weight
    before = functions(profile).set_index("function")["inclusive"]
    after = functions(hidden).set_index("function")["inclusive"]
    # What is still there was on the same samples' stacks before.
    assert (before[after.index] == after).all()
    schema.NODES.conform(hidden.nodes)
    assert (hidden.nodes["parent"].to_numpy() < range(len(hidden.nodes))).all()


@given(PROFILES, st.sampled_from(["thread", "process", "event", "module", "file"]))
def test_groups_share_the_weight(profile, by):
    assert sum(part.weight for part in grouped(profile, by).values()) == profile.weight


STEPS = st.lists(st.sampled_from(["a", "b", "*", "**", '"^[ab]$"']), min_size=1, max_size=4)


@given(PROFILES, STEPS, st.booleans(), st.booleans())
def test_paths_against_a_plain_matcher(profile, steps, from_root, to_the_end):
    query = "^" * from_root + " > ".join(steps) + "$" * to_the_end
    found = stacks(matching(profile, query))
    expected = {
        path: weight
        for path, weight in stacks(profile).items()
        if path and _matches(path.split(";"), steps, from_root, to_the_end)
    }
    assert found == expected


def _matches(path, steps, from_root, to_the_end):
    begins = [0] if from_root else range(len(path) + 1)
    return any(
        end > 0 and (end == len(path) or not to_the_end)
        for begin in begins
        for end in _ends(path, begin, steps)
    )


def _ends(path, begin, steps):
    if not steps:
        return {begin}
    step, *rest = steps
    if step == "**":
        return set().union(*(_ends(path, at, rest) for at in range(begin, len(path) + 1)))
    takes = {"*": NAMES, '"^[ab]$"': ["a", "b"]}.get(step, [step])
    return (
        _ends(path, begin + 1, rest) if path[begin : begin + 1] in [[t] for t in takes] else set()
    )
