"""Files cut at every byte, broken at random, and sizes that lie."""

import random
import struct

import numpy as np
import pytest
from hypothesis import given, strategies

from slonana_analysis.errors import FormatError, SlonanaError
from tests.fuzz.invariants import problems
from tests.readers.perf_data.writer import (
    PROGRAM,
    USUAL_EVENT,
    data_file,
    pipe,
    read,
    record,
    text_section,
)

EVENT = USUAL_EVENT
TIMES = (3, 1, 2)
RECORDS = [
    EVENT.mmap2(0x1000, 0x1000, PROGRAM),
    EVENT.comm("program"),
    *(EVENT.sample([0x1000, 0x1100 + time], time=time, period=time) for time in TIMES),
    EVENT.lost(1),
]
FILE = data_file(RECORDS, features={3: text_section("vm"), 4: text_section("6.1.0")})
PIPE = pipe(RECORDS)


def ends_of_samples(content):
    return [content.index(each) + len(each) for each in RECORDS[2:5]]


@pytest.mark.parametrize("content", [FILE, PIPE], ids=["file", "pipe"])
def test_cut_at_every_byte(content):
    ends = ends_of_samples(content)
    borders = {content.index(each) for each in RECORDS} | {len(content)}
    for size in range(1, len(content)):
        cut = content[:size]
        profile = profile_or_refusal(cut)
        if isinstance(profile, FormatError):
            assert "header" in str(profile) or "states no event" in str(profile)
            assert size < ends[0]
            continue
        whole = sum(end <= size for end in ends)
        assert profile.samples["weight"].tolist() == sorted(TIMES[:whole])
        assert profile.loss.records == whole
        # Between two records a pipe's end is like any other.
        assert profile.loss.truncated or (content is PIPE and size in borders)
        assert problems(profile, size) == []


def test_a_cut_file_counts_what_it_did_not_read():
    begin = FILE.index(RECORDS[3])
    loss = read(FILE[: begin + 20]).loss
    assert (loss.bytes - loss.bytes_read, loss.dropped) == (20, 1)
    assert any(f"record at offset {begin} is cut off" in reason for reason in loss.reasons)


@pytest.mark.parametrize("size", [0, 1, 7])
def test_a_record_without_a_size_ends_the_reading(size):
    bad = struct.pack("<IHH", 9, 2, size)
    profile = read(data_file([*RECORDS[:3], bad, *RECORDS[3:]]))
    assert profile.loss.records == 1
    assert profile.loss.bytes - profile.loss.bytes_read == len(bad) + sum(map(len, RECORDS[3:]))
    assert any(f"states a size of {size} bytes" in reason for reason in profile.loss.reasons)


@pytest.mark.parametrize("size", [8, 1000, (1 << 63) + 8, (1 << 64) - 1])
def test_data_behind_a_record_that_are_cut(size):
    trace = record(71, struct.pack("<5Q", size, 0, 0, 0, 0), 0)
    profile = read(pipe([*RECORDS, trace]))
    assert profile.loss.truncated
    assert profile.loss.records == 3


def test_data_behind_a_record_are_skipped():
    trace = record(71, struct.pack("<5Q", 24, 0, 0, 0, 0), 0) + b"\xff" * 24
    text = record(66, struct.pack("<I", 5), 0) + b"\xff" * 8
    profile = read(
        pipe(
            [
                *RECORDS[:3],
                trace,
                text[:6] + struct.pack("<H", 16) + text[8:12] + bytes(4) + text[12:],
                *RECORDS[3:],
            ]
        )
    )
    assert (profile.loss.records, profile.loss.truncated) == (3, False)


def test_events_of_which_none_has_a_sample():
    profile = read(data_file([EVENT.comm("program")]))
    assert (profile.loss.records, profile.unit, len(profile.nodes)) == (0, "samples", 0)


@given(strategies.data())
def test_changed_bytes(data):
    content = bytearray(data.draw(strategies.sampled_from([FILE, PIPE])))
    for _ in range(data.draw(strategies.integers(1, 6))):
        place = data.draw(strategies.integers(8, len(content) - 1))
        content[place] = data.draw(strategies.integers(0, 255))
    expect_sound(bytes(content))


@given(strategies.binary(max_size=300))
def test_any_records(raw):
    expect_sound(data_file([raw]))
    expect_sound(pipe([raw]))


def test_numbers_at_the_edges_in_every_field():
    edges = [0, 1, 0x7FFF, 0xFFFF, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1]
    chance = random.Random(1)
    for place in range(8, len(FILE) - 8, 4):
        edge = struct.pack("<Q", chance.choice(edges))[: chance.choice([2, 4, 8])]
        expect_sound(FILE[:place] + edge + FILE[place + len(edge) :])


def expect_sound(content):
    profile = profile_or_refusal(content)
    if isinstance(profile, SlonanaError):
        assert "\n" not in str(profile)
        return
    assert problems(profile, len(content)) == []
    assert np.all(profile.samples["weight"].to_numpy() >= 0)


def profile_or_refusal(content):
    try:
        return read(content)
    except SlonanaError as error:
        return error
