"""Firefox Profiler files that are cut, lie or were written to do harm."""

import io
import json
import tracemalloc
import warnings
from typing import Any

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.firefox import READER
from tests.fuzz.invariants import problems
from tests.readers.exchange.documents import (
    encoded,
    firefox,
    samples,
    thread,
    weights,
)

MAIN, LEAF, NONE = ("worker", "main"), ("worker", "main", "leaf"), ("worker",)


def read(document: object) -> Profile:
    text = document if isinstance(document, bytes) else encoded(document)
    profile = READER.read(io.BytesIO(text), "made.json")
    assert problems(profile, len(text)) == []
    return profile


def test_cut_at_every_byte() -> None:
    """The threads before the cut are read; the one that is cut weighs nothing."""
    text = encoded(firefox(thread(), thread(name="next")))
    ends = [text.index(b',{"name":"next"'), len(text) - 2]
    for size in range(1, len(text)):
        profile = read(text[:size])
        assert profile.weight == 10 * sum(end <= size for end in ends)
        assert profile.loss.truncated
        begun = text[:size].count(b"[{", ends[0] - 900) + text[:size].count(b',{"name":"next"')
        assert profile.loss.dropped <= max(begun, 1)


def test_a_cut_in_what_threads_share_takes_all() -> None:
    made = thread()
    shared = {"stringArray": made.pop("stringArray")}
    text = encoded(firefox(made, made, shared=shared))
    place = text.index(b'"leaf.c"')
    profile = read(text[:place])
    assert (profile.weight, profile.loss.dropped) == (0, 2)
    assert "thread 1 of the file is cut or is none, so its samples were dropped" in (
        profile.loss.reasons
    )


def test_damage_in_the_middle_keeps_the_threads_before() -> None:
    text = encoded(firefox(thread(), thread(name="next"), thread(name="last")))
    place = text.index(b'"pid"', text.index(b'"next"'))
    profile = read(text[:place] + b"\xff" + text[place:])
    assert profile.weight == 10
    assert not profile.loss.truncated
    assert profile.loss.bytes_read < place


@pytest.mark.parametrize(
    ("changes", "expected", "dropped"),
    [
        ({"stack": [0, 2, 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, -2, 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, True, 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, "1", 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, 1.0, 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, 1 << 60, 1, None]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"stack": [0, 1, 1]}, {MAIN: 1, LEAF: 5}, 1),
        ({"weight": [1, 2]}, {MAIN: 1, LEAF: 2}, 2),
        ({"weight": [1, "2", 3, 4]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"weight": [1, None, 3, 4]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"weight": [1, True, 3, 4]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"weight": [1, float("nan"), 3, 4]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"weight": [1, 2**60, 3, 4]}, {MAIN: 1, LEAF: 3, NONE: 4}, 1),
        ({"time": [1, 2, 3]}, {MAIN: 1, LEAF: 5}, 1),
        ({"stack": {}}, {}, 4),
        ({"stack": None}, {}, 4),
    ],
)
def test_bad_samples_are_dropped_and_told(
    changes: dict[str, Any], expected: dict[tuple[str, ...], int], dropped: int
) -> None:
    profile = read(firefox(thread(samples=samples(**changes))))
    assert weights(profile) == expected
    assert profile.loss.dropped == dropped
    assert any("of thread 1 of the file" in said for said in profile.loss.reasons)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -3, "1", None, 1e300, True])
def test_times_that_are_none_leave_the_sample(time: object) -> None:
    profile = read(firefox(thread(samples=samples(time=[1, time, 3, 4]))))
    assert profile.weight == 10
    assert profile.samples["time_ns"].tolist() == [1_000_000, -1, 3_000_000, 4_000_000]


def test_a_difference_that_is_none_ends_the_times() -> None:
    profile = read(firefox(thread(samples=samples(time=None, timeDeltas=[1, None, 1, 1]))))
    assert profile.samples["time_ns"].tolist() == [1_000_000, -1, -1, -1]


def test_more_samples_than_there_are_are_told() -> None:
    profile = read(firefox(thread(samples=samples(length=10**9))))
    assert profile.weight == 10
    assert profile.loss.reasons == ("thread 1 of the file declares 1000000000 samples and holds 4",)


@pytest.mark.parametrize(
    "table",
    [
        {"prefix": [None, 1], "frame": [0, 1]},
        {"prefix": [None, 5], "frame": [0, 1]},
        {"prefix": [None, "0"], "frame": [0, 1]},
        {"prefix": [None, -7], "frame": [0, 1]},
        {"prefix": [None, 0], "frame": [0, 9]},
        {"prefix": [None, 0], "frame": [0, None]},
        {"prefix": [None, 0], "frame": [0, False]},
    ],
)
def test_stacks_that_lead_nowhere(table: dict[str, Any]) -> None:
    profile = read(firefox(thread(stackTable=table)))
    assert weights(profile) == {MAIN: 1, NONE: 4}
    assert profile.loss.dropped == 2
    assert profile.loss.reasons == (
        "2 samples of thread 1 of the file have a stack that leads nowhere",
    )


def test_names_that_are_not_there_are_told() -> None:
    profile = read(firefox(thread(funcTable={"name": [0, 99]})))
    assert weights(profile) == {MAIN: 1, ("worker", "main", ""): 5, NONE: 4}
    assert profile.loss.reasons == ("1 frames of thread 1 of the file have no name in the file",)


@pytest.mark.parametrize("bad", [None, 3, "thread", [thread()]])
def test_what_is_no_thread_is_told(bad: object) -> None:
    profile = read(firefox(bad, thread()))
    assert (profile.weight, profile.loss.dropped) == (10, 1)


@pytest.mark.parametrize(
    "name", ["stackTable", "frameTable", "funcTable", "resourceTable", "stringArray", "samples"]
)
@pytest.mark.parametrize("bad", [None, 3, [], {}, "x", {"schema": {"stack": "x"}, "data": [1, []]}])
def test_tables_of_any_type(name: str, bad: object) -> None:
    profile = read(firefox(thread(**{name: bad}), thread(name="next")))
    assert weights(profile)["next", "main", "leaf"] == 5
    sound = name == "resourceTable" or (name == "samples" and not isinstance(bad, dict))
    assert profile.loss.reasons or sound or bad == {} or name == "samples"


def test_hostile_names_stay_text() -> None:
    name = '<img src=x onerror=alert(1)>\x1b[2J\0\ud800"'
    made = thread(name=name, stringArray=[name, "leaf", "leaf.c", "lib"])
    profile = read(json.dumps(firefox(made)).encode())
    assert str(profile.frames["function"].iloc[0]) == name.replace("\ud800", "\\ud800")


def test_weights_beyond_64_bits_are_refused() -> None:
    heavy = samples(weightType="tracing-ms", weight=[4e12, 4e12, 1, 1])
    with pytest.raises(FormatError, match="64 bits"):
        read(firefox(thread(samples=heavy)))


def test_a_time_beyond_64_bits_is_dropped_and_told() -> None:
    wild = samples(weightType="tracing-ms", weight=[1e15, -1e15, 3, 4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        profile = read(firefox(thread(samples=wild)))
    assert (profile.weight, profile.loss.dropped) == (7_000_000, 2)
    assert profile.loss.reasons == (
        "2 samples of thread 1 of the file name no stack that is there, or no weight",
    )


def test_columns_that_nobody_reads_take_no_room() -> None:
    """Each would be as long as the table: a small file could stand for terabytes."""
    rows = 5_000
    schema = {**{f"column {place}": 0 for place in range(2_000)}, "prefix": 0, "frame": 1}
    table = {"schema": schema, "data": [[None, 0]] * rows}
    text = encoded(firefox(thread(stackTable=table)))
    tracemalloc.start()
    try:
        profile = read(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert profile.weight == 10
    assert peak < 200 * len(text)


def test_deep_stacks_take_time_in_proportion() -> None:
    """Were each stack followed to its root, this would take hours."""
    depth = 200_000
    chain = {"prefix": [None, *range(depth - 1)], "frame": [0] * depth}
    made = thread(stackTable=chain, samples={"stack": list(range(depth)), "time": [0] * depth})
    profile = read(firefox(made))
    assert (profile.weight, len(profile.nodes)) == (depth, depth)


def test_many_threads_that_share_tables_take_time_in_proportion() -> None:
    made = thread()
    shared = {name: made.pop(name) for name in list(made) if name.endswith(("Table", "Array"))}
    shared["stackTable"] = {"prefix": [None] + [0] * 100_000, "frame": [0] + [1] * 100_000}
    profile = read(firefox(*[{**made, "tid": place} for place in range(3_000)], shared=shared))
    assert profile.weight == 30_000
