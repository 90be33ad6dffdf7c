"""What each format has a place for is written there: threads, ids, units, names made harmless."""

import gzip
import io
import json

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.profiles.exports.firefox import firefox_text
from slonana_analysis.profiles.exports.paths import Paths
from slonana_analysis.profiles.exports.pprof import pprof_bytes
from slonana_analysis.profiles.exports.speedscope import speedscope_text
from slonana_analysis.profiles.folded import write_folded
from slonana_analysis.readers.collapsed import READER as COLLAPSED
from slonana_analysis.readers.firefox import READER as FIREFOX
from slonana_analysis.readers.pprof import READER as PPROF
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder
from slonana_analysis.readers.speedscope import READER as SPEEDSCOPE
from tests.readers.exchange.documents import weights


@pytest.fixture
def profile() -> Profile:
    builder = ProfileBuilder()
    main = builder.frame("main", "/bin/validator", "main.c", 3)
    leaf = builder.frame("leaf;<b>\x1b[2J", "/lib/libleaf.so")
    event = builder.event("cpu-clock")
    first, second = builder.thread(10, 11, "worker"), builder.thread(10, 12, "worker")
    nameless = builder.thread(-1, -1, "")
    builder.add(builder.node([leaf, main]), second, 5_000_000, 40, event)
    builder.add(builder.node([main]), first, 2_000_000, 1, event)
    builder.add(builder.node([leaf, main]), first, 1_000_000, 2, event)
    builder.add(-1, nameless, 3_000_000, 500, event)
    ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
    return builder.build(Description("made", "a test", "ns", ledger), "made")


LEAF = "leaf;<b>\\x1b[2J"


def test_firefox_keeps_threads_times_and_modules(profile: Profile) -> None:
    text = firefox_text(profile, "title")
    found = FIREFOX.read(io.BytesIO(text.encode()), "made")
    assert list(found.threads.itertuples(index=False, name=None)) == [
        (10, 11, "worker"),
        (10, 12, "worker"),
        (-1, -1, "all threads"),
    ]
    assert sorted(found.samples["time_ns"]) == [1_000_000, 2_000_000, 3_000_000, 5_000_000]
    assert (found.event, found.unit, found.weight) == ("time", "ns", 543)
    assert sorted(found.frames.astype(str).itertuples(index=False, name=None)) == [
        (LEAF, "/lib/libleaf.so", "", "0"),
        ("main", "/bin/validator", "main.c", "3"),
    ]


def test_firefox_tables_are_as_long_as_they_say(profile: Profile) -> None:
    document = json.loads(firefox_text(profile, "title"))
    for thread in document["threads"]:
        for table in thread.values():
            if isinstance(table, dict):
                lengths = {len(column) for column in table.values() if isinstance(column, list)}
                assert lengths in ({table["length"]}, set())
        assert thread["samples"]["time"] == sorted(thread["samples"]["time"])
    assert document["meta"]["preprocessedProfileVersion"] == 48


def test_speedscope_has_a_profile_per_thread(profile: Profile) -> None:
    text = speedscope_text(profile, "title")
    found = SPEEDSCOPE.read(io.BytesIO(text.encode()), "made")
    assert weights(found) == {
        ("worker (11)", "main"): 1,
        ("worker (11)", "main", LEAF): 2,
        ("worker (12)", "main", LEAF): 40,
        ("all threads",): 500,
    }
    document = json.loads(text)
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert [each["endValue"] for each in document["profiles"]] == [3, 40, 500]
    assert found.loss.reasons == ()


def test_pprof_labels_the_threads(profile: Profile) -> None:
    found = PPROF.read(io.BytesIO(gzip.decompress(pprof_bytes(profile))), "made")
    assert weights(found) == {
        ("worker (11)", "main"): 1,
        ("worker (11)", "main", LEAF): 2,
        ("worker (12)", "main", LEAF): 40,
        ("all threads",): 500,
    }
    assert (found.event, found.unit) == ("cpu-clock", "ns")
    assert set(found.frames["module"].astype(str)) == {"/bin/validator", "/lib/libleaf.so"}


@pytest.mark.parametrize("name", ["# comment", "#", "#7", "a b 5"])
def test_no_thread_makes_a_comment_of_its_stacks(profile_of, name: str) -> None:
    text = io.StringIO()
    write_folded(profile_of(("main;leaf", 3, name)), text)
    found = COLLAPSED.read(io.BytesIO(text.getvalue().encode()), "made")
    assert (found.weight, len(found.nodes), found.loss.reasons) == (3, 3, ())


@pytest.mark.parametrize("write", [speedscope_text, firefox_text])
def test_one_event_at_a_time(profile_of, write) -> None:
    two = profile_of(("a", 1, "t", -1, "cycles"), ("b", 7, "t", -1, "faults"))
    with pytest.raises(UsageError, match="several events"):
        write(two, "title")
    with pytest.raises(UsageError, match="no event 'x'"):
        write(two, "title", "x")
    for reader in (SPEEDSCOPE, FIREFOX):
        text = write(two, "title", "faults").encode()
        if reader.sniff(text):
            assert reader.read(io.BytesIO(text), "made").weight == 7


def test_an_empty_profile_is_written_all_the_same(profile_of) -> None:
    nothing = profile_of()
    assert json.loads(speedscope_text(nothing, "title"))["profiles"] == []
    assert json.loads(firefox_text(nothing, "title"))["threads"] == []
    assert pprof_bytes(nothing)


def test_negative_weights_come_back(profile_of) -> None:
    """Of what was given back, in a difference of two heap profiles."""
    freed = profile_of(("main;leaf", -5, "t"), ("main", 7, "t"), unit="bytes")
    found = PPROF.read(io.BytesIO(gzip.decompress(pprof_bytes(freed))), "made")
    assert sorted(found.samples["weight"]) == [-5, 7]
    text = speedscope_text(freed, "title").encode()
    assert sorted(SPEEDSCOPE.read(io.BytesIO(text), "made").samples["weight"]) == [-5, 7]
    text = firefox_text(freed, "title").encode()
    assert sorted(FIREFOX.read(io.BytesIO(text), "made").samples["weight"]) == [-5, 7]


def test_a_deep_recursion_is_kept_once(profile_of) -> None:
    """Were the stack of each node on the way kept, too, this would take ten gigabytes."""
    depth = 50_000
    paths = Paths(profile_of((";".join(["f"] * depth), 1, "t")))
    assert paths.of(depth - 1) == [0] * depth
    assert paths.of(-1) == []
