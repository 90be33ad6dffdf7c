"""Where the rectangles of a flame graph go."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.profiles.flame_graph import HIDDEN, ROOT, flame_graph
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder


def _rows(graph):
    table = graph.rectangles
    columns = ["depth", "left", "width", "function", "weight", "self"]
    return list(table[columns].itertuples(index=False, name=None))


def test_layout(profile_of):
    graph = flame_graph(profile_of(("main;b", 4), ("main;a;c", 2), ("main", 2), ("", 2)))
    assert _rows(graph) == [
        (0, 0.0, 1.0, ROOT, 10, 2),
        (1, 0.0, 0.8, "main", 8, 2),
        (2, 0.0, 0.2, "a", 2, 0),
        (2, 0.2, 0.4, "b", 4, 4),
        (3, 0.0, 0.2, "c", 2, 2),
    ]
    assert (graph.depth, graph.total, graph.unit, graph.hidden_share) == (4, 10, "ns", 0.0)
    assert list(graph.rectangles.columns) == schema.RECTANGLES.names
    assert [str(dtype) for dtype in graph.rectangles.dtypes] == [
        column.dtype for column in schema.RECTANGLES
    ]


def test_equal_siblings_are_one_rectangle(profile_of):
    graph = flame_graph(profile_of(("main@m:1;a@m:5", 1), ("main@m:2;a@m:6", 2)))
    assert [row[3:5] for row in _rows(graph)] == [(ROOT, 3), ("main", 3), ("a", 3)]


def test_small_ones_are_gathered_and_told(profile_of):
    graph = flame_graph(
        profile_of(("main;a", 97), ("main;b;x", 1), ("main;c", 1), ("main;d;y;z", 1)), 0.02
    )
    assert _rows(graph) == [
        (0, 0.0, 1.0, ROOT, 100, 0),
        (1, 0.0, 1.0, "main", 100, 0),
        (2, 0.0, 0.97, "a", 97, 97),
        (2, 0.97, 0.03, HIDDEN, 3, 3),
    ]
    assert graph.hidden_share == 0.03


def test_order_of_samples_makes_no_difference(profile_of):
    samples = [("main;b", 4), ("main;a;c", 2), ("main", 2), ("other;a", 1)]
    assert _rows(flame_graph(profile_of(*samples))) == _rows(
        flame_graph(profile_of(*samples[::-1]))
    )


def test_empty_profile(profile_of):
    graph = flame_graph(profile_of())
    assert _rows(graph) == [(0, 0.0, 0.0, ROOT, 0, 0)]
    assert (graph.depth, graph.total, graph.hidden_share) == (1, 0, 0.0)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_impossible_shares(profile_of, share):
    with pytest.raises(UsageError, match="a share is from 0 to 1"):
        flame_graph(profile_of(("a", 1)), share)


@given(
    samples=st.lists(
        st.tuples(st.lists(st.sampled_from("abcd"), max_size=5), st.integers(0, 50)), max_size=15
    ),
    share=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
)
def test_any_layout_is_sound(samples, share):
    builder = ProfileBuilder()
    thread, event = builder.thread(1, 1, "t"), builder.event("cycles")
    for stack, weight in samples:
        frames = [builder.frame(name, "m") for name in reversed(stack)]
        builder.add(builder.node(frames), thread, -1, weight, event)
    ledger = LossLedger(0, 0, 0, 0, truncated=False)
    profile = builder.build(Description("test", "test", "ns", ledger), "test")
    graph = flame_graph(profile, share)
    rows = _rows(graph)
    # All weight is somewhere: every rectangle's own weight and no more.
    assert sum(row[5] for row in rows) == profile.weight == graph.total
    for depth, left, width, *_ in rows[1:]:
        above = [r for r in rows if r[0] == depth - 1 and r[1] <= left + 1e-9]
        assert any(left + width <= r[1] + r[2] + 1e-9 for r in above)
    for first, second in itertools.pairwise(rows):
        assert first[0] < second[0] or first[1] + first[2] <= second[1] + 1e-9
