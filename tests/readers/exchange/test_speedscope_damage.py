"""Speedscope files that are cut, lie or were written to do harm."""

import io
import json
from typing import Any

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.speedscope import READER
from tests.fuzz.invariants import problems
from tests.readers.exchange.documents import (
    DATA,
    SCHEMA,
    encoded,
    evented,
    sampled,
    speedscope,
    weights,
)
from tests.readers.pprof_writer import stacks

FRAMES_FIRST = encoded(
    speedscope(sampled([[0, 1], [0, 2], [0]], [1, 2, 3]), evented("O0@0 O1@2 C1@5 O2@5 C2@6 C0@7"))
)
# The cut of a line feed behind the last brace is none.
PY_SPY = (DATA / "py-spy.speedscope.json").read_bytes().rstrip()
PYINSTRUMENT = (DATA / "pyinstrument.speedscope.json").read_bytes().rstrip()


def read(document: object) -> Profile:
    text = document if isinstance(document, bytes) else encoded(document)
    profile = READER.read(io.BytesIO(text), "made.json")
    assert problems(profile, len(text)) == []
    return profile


def listed(profile: Profile) -> list[tuple[Any, ...]]:
    rows = profile.samples[["thread", "time_ns", "weight"]].itertuples(index=False, name=None)
    return list(zip(stacks(profile), rows, strict=True))


@pytest.mark.parametrize(
    ("text", "step"),
    [(FRAMES_FIRST, 1), (PY_SPY, 11), (PYINSTRUMENT, 17)],
    ids=["frames first", "py-spy", "pyinstrument"],
)
def test_cut_anywhere(text: bytes, step: int) -> None:
    whole = listed(read(text))
    seen = set()
    for size in range(1, len(text), step):
        profile = read(text[:size])
        part = listed(profile)
        assert profile.loss.truncated
        # Of profiles one after the other, the samples before the cut are a beginning of all.
        assert part == whole[: len(part)]
        seen.add(len(part))
    # A file whose frames stand at its end gives little before they are all there.
    assert seen == set(range(len(whole) + 1)) if text is FRAMES_FIRST else 0 in seen


def test_weights_before_samples_make_no_stack_of_a_part_of_one() -> None:
    profile = sampled([[0, 1], [0, 1, 2]], [1, 2])
    profile["samples"] = profile.pop("samples")
    text = encoded(speedscope(profile))
    cut = text[: text.index(b"[0,1,2]") + len(b"[0,1,")]
    assert weights(read(cut)) == {("one", "main", "leaf"): 1_000_000}


def test_a_profile_cut_before_its_unit_is_dropped() -> None:
    profile = sampled([[0], [0]], [1, 2])
    profile["unit"] = profile.pop("unit")
    text = encoded(speedscope(profile))
    cut = read(text[: text.index(b',"unit"')])
    assert len(cut.samples) == 0
    assert "profile 1 of the file is cut before it says what it counts" in cut.loss.reasons


@pytest.mark.parametrize(
    ("samples", "values", "kept", "reason"),
    [
        ([[0], [3]], [1, 2], 1, "1 samples name a frame that is not there or have no weight, the"),
        ([[0], [-1]], [1, 2], 1, "sample 2"),
        ([[0], [1 << 40]], [1, 2], 1, "sample 2"),
        ([[1], [True]], [1, 2], 1, "sample 2"),
        ([[1], [1.0]], [1, 2], 1, "sample 2"),
        ([[0], ["0"]], [1, 2], 1, "sample 2"),
        ([[0], None], [1, 2], 1, "sample 2"),
        ([[0], "main"], [1, 2], 1, "sample 2"),
        ([[0], [[0]]], [1, 2], 1, "sample 2"),
        ([[0], [1]], [1, "2"], 1, "sample 2"),
        ([[0], [1]], [1, None], 1, "sample 2"),
        ([[0], [1]], [1, True], 1, "sample 2"),
        ([[0], [1]], [1, float("nan")], 1, "sample 2"),
        ([[0], [1]], [1, float("inf")], 1, "sample 2"),
        ([[0], [1]], [1, 10**18], 1, "sample 2"),
        ([[0], [1]], [1, 10**300], 1, "sample 2"),
        ([[0], [1]], [1], 1, "it has 2 samples and 1 weights"),
        ([[0]], [1, 2, 3], 1, "it has 1 samples and 3 weights"),
    ],
)
def test_bad_samples_are_dropped_and_told(
    samples: list[Any], values: list[Any], kept: int, reason: str
) -> None:
    profile = read(speedscope(sampled(samples, values, endValue=1)))
    assert profile.weight == 1_000_000 * kept
    assert profile.loss.dropped == max(len(samples), len(values)) - kept
    assert any(reason in said and "profile 1 of the file" in said for said in profile.loss.reasons)


def test_fewer_samples_than_declared_are_told() -> None:
    profile = read(speedscope(sampled([[0]], [1], endValue=5)))
    assert profile.loss.reasons == (
        "profile 1 of the file: it declares 5 and its samples add up to 1",
    )


@pytest.mark.parametrize(
    ("events", "weight", "dropped", "reason"),
    [
        ("O0@0 O1@2 C0@5 C1@6", 2_000, 2, "event 3 closes a frame that is not the innermost"),
        ("O0@0 C0@2 C0@5", 2_000, 1, "event 3 closes a frame that is not the innermost"),
        ("O0@0 O1@2 C1@1 C0@3", 2_000, 2, "event 3 goes back in time"),
        ("O0@0 O7@2 C7@3 C0@3", 0, 3, "event 2 opens a frame that is not there"),
        ("O0@0 X1@2 C0@3", 0, 2, "event 2 opens or closes nothing"),
        ("O0@0 O1@2 C1@5", 5_000, 1, "1 frames are opened and never closed"),
        ("O0@0 C0@nan", 0, 1, "event 2 opens or closes nothing"),
        ("O0@0 C0@1e300", 0, 1, "event 2 opens or closes nothing"),
    ],
)
def test_events_that_cannot_follow(events: str, weight: int, dropped: int, reason: str) -> None:
    profile = read(speedscope(evented(events)))
    assert (profile.weight, profile.loss.dropped) == (weight, dropped)
    assert any(reason in said for said in profile.loss.reasons)


@pytest.mark.parametrize("event", [None, 3, [], {}, {"type": "O", "at": 1}, {"type": [], "at": 1}])
def test_what_is_no_event_ends_the_profile(event: object) -> None:
    made = evented("O0@0 O1@2 C1@5 C0@6")
    made["events"].insert(2, event)
    profile = read(speedscope(made))
    assert (profile.weight, profile.loss.dropped) == (2_000, 3)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (sampled([[0]], [1], unit="parsecs"), "profile 1 of the file is in an unknown unit"),
        (sampled([[0]], [1], unit=None), "profile 1 of the file is in an unknown unit"),
        (sampled([[0]], [1], type="guessed"), "profile 1 of the file is of an unknown kind"),
        ([], "profile 1 of the file is in an unknown unit"),
    ],
)
def test_profiles_that_say_nothing_known_are_dropped(profile: Any, reason: str) -> None:
    found = read(speedscope(profile, sampled([[0]], [1])))
    assert found.weight == 1_000_000
    assert found.loss.reasons == (reason,)
    assert found.loss.dropped == 1


@pytest.mark.parametrize(
    "document",
    [
        {"$schema": SCHEMA, "profiles": [sampled([[0]], [1])]},
        {"$schema": SCHEMA, "profiles": [sampled([[0]], [1])], "shared": []},
        {"$schema": SCHEMA, "profiles": [sampled([[0]], [1])], "shared": {"frames": {"a": 1}}},
    ],
)
def test_without_frames_there_are_no_samples(document: object) -> None:
    profile = read(document)
    assert (len(profile.samples), profile.loss.dropped) == (0, 1)


@pytest.mark.parametrize("document", [[], 1, "text", None, {"profiles": {}}, {"profiles": 1}])
def test_what_holds_no_profile_is_refused(document: object) -> None:
    with pytest.raises(FormatError, match="holds no profile"):
        read(document)


def test_hostile_names_stay_text() -> None:
    name = '<script>alert(1)</script>;\x1b[2J\0\u202e\ud800"'
    made = speedscope(sampled([[0]], [1], name=name))
    made["shared"]["frames"][0] = {"name": name, "file": 7, "line": "x"}
    profile = read(json.dumps(made).encode())
    (stack,) = stacks(profile)
    assert stack == (name.replace("\ud800", "\\ud800"),)
    frame = profile.frames.iloc[0]
    assert (str(frame["file"]), frame["line"]) == ("7", 0)


@pytest.mark.parametrize("total", [[2**61 + 1, 2**61, 2**61], [-(2**61), -(2**61), -(2**61)]])
def test_weights_beyond_64_bits_are_refused(total: list[int]) -> None:
    with pytest.raises(FormatError, match="64 bits"):
        read(speedscope(sampled([[0]] * 3, total, unit="none", endValue=0)))


def test_deep_calls_take_time_and_room_in_proportion() -> None:
    """Were each stack a list of its own, this would take tens of gigabytes."""
    depth = 60_000
    opened = "".join(f"O0@{place} " for place in range(depth))
    swaps = "".join(f"C0@{depth + place} O0@{depth + place} " for place in range(depth))
    closed = "C0@999999 " * depth
    profile = read(speedscope(evented(opened + swaps + closed)))
    assert profile.weight == 999_999_000
    assert len(profile.nodes) == depth


@pytest.mark.parametrize("weight", [2**53 + 1, 2**60 + 3, -(2**53) - 1])
def test_whole_weights_are_exact_where_floats_are_not(weight: int) -> None:
    profile = read(speedscope(sampled([[0], [1]], [weight, 1], unit="bytes")))
    assert profile.samples["weight"].tolist() == [weight, 1]


def test_a_file_of_which_nothing_is_known_has_one_unit() -> None:
    assert read(speedscope({})).unit == "samples"
