"""Profiles that Go's own runtime wrote, against what ``go tool pprof`` says of them; threads."""

import gzip

import numpy as np
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.exports.pprof import pprof_bytes
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.pprof import READER
from slonana_analysis.readers.registry import read_profile
from tests.fuzz.invariants import problems
from tests.readers.exchange.documents import DATA
from tests.readers.pprof_writer import message, number, packed, read, sample, stacks, strings

GO_CPU = (DATA / "go-cpu.pb").read_bytes()
TYPES = message(1, number(1, 1), number(2, 2))
TABLES = message(4, number(1, 1), message(4, number(1, 1))) + message(5, number(1, 1), number(2, 3))
TEXTS = strings("", "cpu", "nanoseconds", "main", "thread", "thread_id", "worker", "other", "x")


def test_a_cpu_profile_of_go() -> None:
    """The order of its fields is another than most producers'."""
    profile = read_profile(DATA / "go-cpu.pb")
    own = functions(profile, "cpu").set_index("function")
    assert {name: profile.unit_of(name) for name in ("samples", "cpu")} == {
        "samples": "events",
        "cpu": "ns",
    }
    assert own["self"].sum() == 1_190_000_000
    assert own.loc["main.inner", ["self", "inclusive"]].tolist() == [1_140_000_000, 1_190_000_000]
    assert own.loc["runtime.asyncPreempt", "self"] == 50_000_000
    assert own.loc["main.main.func1", "inclusive"] == 610_000_000
    assert own.loc["runtime.main", "inclusive"] == 580_000_000
    assert profile.samples.loc[profile.samples["event"] == "samples", "weight"].sum() == 119
    assert profile.header == {
        "duration_ns": "700423618",
        "period": "10000000",
        "captured on": "2026-11-23T17:47:37.294962785+00:00",
    }
    assert profile.loss.reasons == ()


def test_calls_that_go_inlined_are_frames() -> None:
    profile = read_profile(DATA / "go-cpu.pb")
    (first, *_) = stacks(profile)
    assert first == ("runtime.main", "main.main", "main.outer", "main.inlined", "main.inner")
    places = profile.frames[profile.frames["function"] == "main.inlined"]
    assert set(zip(places["file"].astype(str), places["line"], strict=True)) == {("./main.go", 15)}


def test_a_heap_profile_of_go() -> None:
    profile = read_profile(DATA / "go-heap.pb.gz")
    totals = profile.samples.groupby("event", observed=True)["weight"].sum().to_dict()
    assert totals == {
        "alloc_objects": 251,
        "alloc_space": 10_455_672,
        "inuse_objects": 29,
        "inuse_space": 8_409_160,
    }
    assert [profile.unit_of(event) for event in totals] == ["events", "bytes", "events", "bytes"]
    space = functions(profile, "inuse_space").set_index("function")
    assert space.loc["main.keep", "self"] == 8_388_800
    assert space.loc["runtime.mallocgc", "self"] == 11_944
    assert profile.loss.reasons == ()


@pytest.mark.parametrize("name", ["go-cpu.pb", "go-heap.pb.gz", "zprofile.pb.gz"])
def test_what_go_wrote_is_recognised_whatever_it_begins_with(name: str) -> None:
    raw = (DATA / name).read_bytes()
    assert READER.sniff(gzip.decompress(raw) if name.endswith("gz") else raw)


def test_cut_at_every_byte() -> None:
    """Samples stand before all tables, so only a file with its names is worth anything."""
    whole = read(GO_CPU)
    texts = GO_CPU.index(b"[vsyscall]") + len(b"[vsyscall]")
    assert texts == len(GO_CPU)
    seen, refusals = set(), set()
    for size in range(1, len(GO_CPU), 7):
        try:
            profile = read(GO_CPU[:size])
        except FormatError as error:
            refusals.add(str(error).partition(" ends before")[1] or str(error))
            continue
        seen.add(int(profile.samples["weight"].sum()))
        assert problems(profile, size) == []
        assert profile.loss.truncated
    assert seen == {int(whole.samples["weight"].sum())}
    assert refusals == {
        " ends before",
        "made.pb states no sample types, so that its numbers mean nothing",
    }


def label(*fields: tuple[int, int]) -> bytes:
    return message(3, *(number(field, value) for field, value in fields))


def threads(profile: Profile) -> list[tuple[int, str]]:
    rows = profile.threads.iloc[profile.samples["thread"]]
    return list(zip(rows["thread"].tolist(), rows["name"].astype(str), strict=True))


def test_threads_are_those_that_labels_name() -> None:
    content = TYPES + TABLES + TEXTS
    plain = packed(1, [1]) + packed(2, [5])
    for labels in (
        [label((1, 4), (2, 6)), label((1, 5), (3, 77))],
        [label((1, 5), (3, 77)), label((1, 8), (2, 7)), label((1, 4), (2, 6))],
        [label((1, 4), (2, 7)), label((1, 8), (3, 9))],
        [label((1, 5), (3, -4)), label((1, 4), (2, 0))],
        [b"\x1a\x02\x08\x80"],
        [],
    ):
        content += message(2, plain, *labels)
    assert threads(read(content)) == [
        (77, "worker"),
        (77, "worker"),
        (-1, "other"),
        (-1, ""),
        (-1, ""),
        (-1, ""),
    ]


def test_threads_come_back() -> None:
    content = (
        TYPES + TABLES + TEXTS + message(2, packed(1, [1]), packed(2, [5]), label((1, 4), (2, 6)))
    )
    again = read(gzip.decompress(pprof_bytes(read(content))))
    assert threads(again) == [(-1, "worker")]


def test_names_behind_the_end_of_the_table_are_a_cut() -> None:
    content = TYPES + message(5, number(1, 1), number(2, 900)) + TABLES[: TABLES.index(b"\x2a")]
    profile = read(content + TEXTS + sample([1], [4]))
    assert stacks(profile) == [("[unknown]",)]
    assert profile.loss.truncated
    assert profile.loss.reasons == ("the string table ends before the names of 1 lines do",)


def test_what_nothing_counts_is_refused() -> None:
    with pytest.raises(FormatError, match="states 101 sample types"):
        read(TYPES * 101 + TEXTS)
    with pytest.raises(FormatError, match="ends before the names of what it counts do"):
        read(message(1, number(1, 1), number(2, -1)) + TABLES + TEXTS)


@pytest.mark.parametrize("identity", [0, 1, 7, -1, (1 << 63) - 1])
def test_locations_are_found_by_any_id(identity: int) -> None:
    others = b"".join(message(4, number(1, each)) for each in (3, 900, 5))
    place = message(4, number(1, identity), message(4, number(1, 1)))
    profile = read(
        TYPES + others + place + TABLES[TABLES.index(b"\x2a") :] + TEXTS + sample([identity], [2])
    )
    assert stacks(profile) == [("main",)]


def test_long_stacks_and_many_values() -> None:
    deep = sample([1] * 5_000, [3])
    profile = read(TYPES + TABLES + TEXTS + deep + deep)
    assert profile.samples["weight"].tolist() == [3, 3]
    assert len(profile.nodes) == 5_000
    assert np.unique(profile.samples["node"]).tolist() == [4_999]
