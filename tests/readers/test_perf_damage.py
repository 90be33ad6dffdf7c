"""Damaged perf script text: nothing is lost without being told, and nothing raises."""

import io
import re

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.readers import perf_parser, perf_script
from slonana_analysis.readers.perf_script import READER
from slonana_analysis.readers.perf_text import collector, tables

FIRST = "w  8117  1.000002:   9 cycles: \n"
STACK = (
    "\t    55d0c0001189 inner+0x10 (/opt/demo/w)\n\t    55d0c000127e main+0x78 (/opt/demo/w)\n\n"
)
SAMPLE = FIRST + STACK


def _check_ledger(profile):
    loss = profile.loss
    assert 0 <= loss.bytes_read <= loss.bytes
    assert loss.records == len(profile.samples)
    assert bool(loss.reasons) == bool(loss.bytes_read < loss.bytes or loss.truncated)


# Reading costs milliseconds, whatever the size, so files that are cut at every byte are short.
@pytest.mark.parametrize(
    ("name", "skip", "samples"),
    [("perf-events.txt", 10, 3), ("perf-srcline.txt", 0, 2), ("perf-header.txt", 2, 2)],
)
def test_cut_at_every_byte(data, samples_of, name, skip, samples):
    text = (data / name).read_bytes()
    starts = [match.start() for match in re.finditer(rb"^w  ?\d", text, re.MULTILINE)]
    header = text[: starts[0]].splitlines(keepends=True)[-2:]
    text = b"".join(header) + text[starts[skip] : starts[skip + samples]]
    ends = [match.end() for match in re.finditer(rb"\n\n", text)]
    body = len(b"".join(header))
    whole = samples_of(READER.read(io.BytesIO(text), "whole"))
    assert len(whole) == len(ends) == samples
    for cut in range(len(text)):
        profile = READER.read(io.BytesIO(text[:cut]), "cut")
        _check_ledger(profile)
        before = sum(end <= cut for end in ends)
        assert samples_of(profile)[:before] == whole[:before]
        line_ended = cut == 0 or text[cut - 1 : cut] == b"\n"
        between_samples = cut in ends or cut <= body
        assert profile.loss.truncated == (not (line_ended and between_samples))
        # A sample with only whole lines is kept and flagged; one with half a line is dropped.
        assert len(profile.samples) == before + (line_ended and not between_samples)
        assert profile.loss.dropped == (not line_ended and cut > body)


def test_one_line_samples_cut_at_every_byte(data, samples_of):
    text = b"".join((data / "perf-one-line.txt").read_bytes().splitlines(keepends=True)[:4])
    whole = samples_of(READER.read(io.BytesIO(text), "whole"))
    for cut in range(len(text)):
        profile = READER.read(io.BytesIO(text[:cut]), "cut")
        _check_ledger(profile)
        before = text[:cut].count(b"\n")
        assert samples_of(profile) == whole[:before]
        complete = cut == 0 or text[cut - 1 : cut] == b"\n"
        assert profile.loss.truncated != complete
        assert profile.loss.dropped == (not complete)


def test_last_blank_line_missing(read):
    profile = read((SAMPLE * 2)[:-1])
    assert len(profile.samples) == 2
    assert profile.loss.truncated
    assert profile.loss.dropped == 0
    assert profile.loss.bytes_read == profile.loss.bytes
    assert "line 5" in profile.loss.reasons[0]


def test_last_line_cut(read):
    profile = read((SAMPLE * 2)[:-10])
    assert len(profile.samples) == 1
    assert profile.loss.bytes_read == len(SAMPLE)
    assert (profile.loss.truncated, profile.loss.dropped) == (True, 1)
    assert "line 7" in profile.loss.reasons[0]


def test_garbage_between_samples(read):
    garbage = "Segmentation fault\nno such thing\n"
    profile = read(SAMPLE + garbage + SAMPLE)
    assert len(profile.samples) == 2
    assert profile.loss.bytes - profile.loss.bytes_read == len(garbage)
    assert profile.loss.reasons == ("2 lines are not perf script text, the first at line 5",)
    assert profile.loss.dropped == 0


def test_damaged_first_line_drops_its_sample(read):
    damaged = SAMPLE.replace("1.000002:", "1.00#002;")
    profile = read(SAMPLE + damaged + SAMPLE)
    assert len(profile.samples) == 2
    assert profile.loss.dropped == 1
    assert profile.loss.bytes - profile.loss.bytes_read == len(damaged) - 1
    assert any("line 6" in reason for reason in profile.loss.reasons)


def test_file_that_begins_in_the_middle(read):
    profile = read(STACK + SAMPLE * 2)
    assert len(profile.samples) == 2
    assert profile.loss.dropped == 1
    assert profile.loss.bytes_read == 2 * len(SAMPLE) + 1


def test_unreadable_frame_leaves_a_visible_gap(read, samples_of):
    lines = SAMPLE.splitlines(keepends=True)
    profile = read(lines[0] + lines[1] + "\t   WEIRD LINE\n" + lines[2] + "\n")
    assert [frame[0] for frame in samples_of(profile)[0][-1]] == ["main", "[unreadable]", "inner"]
    assert profile.loss.bytes - profile.loss.bytes_read == len("\t   WEIRD LINE\n")


def test_no_byte_is_lost_twice(read):
    lines = SAMPLE.splitlines(keepends=True)
    profile = read(SAMPLE + lines[0] + "\t   WEIRD LINE\n" + lines[1] + "\t cut")
    assert profile.loss.bytes_read == len(SAMPLE)
    assert profile.loss.dropped == 1


def test_missing_blank_line_between_samples(read, samples_of):
    profile = read(SAMPLE[:-1] + SAMPLE)
    assert [len(sample[-1]) for sample in samples_of(profile)] == [2, 2]
    assert not profile.loss.truncated


def test_garbage_between_one_line_samples(read, samples_of):
    line = "               w  8117   2320.492622: cycles:      55d0c0001189 inner (/opt/demo/w)\n"
    profile = read(line + "hello\n" + line)
    assert [len(sample[-1]) for sample in samples_of(profile)] == [1, 1]
    assert profile.loss.bytes - profile.loss.bytes_read == len("hello\n")


def test_huge_lines_are_skipped_and_counted(read, monkeypatch):
    monkeypatch.setattr(perf_parser, "LONGEST_LINE", 1000)
    monkeypatch.setattr(perf_script, "_CHUNK", 256)
    huge = "x" * 50_000 + "\n"
    profile = read(SAMPLE + huge + SAMPLE)
    assert len(profile.samples) == 2
    assert profile.loss.bytes - profile.loss.bytes_read == len(huge)
    assert "longer than 1 MiB" in profile.loss.reasons[0]


def test_hostile_white_space_is_read_in_linear_time(read):
    profile = read(("a" + " " * 200_000 + "1\n") * 3)
    assert len(profile.samples) == 0
    assert profile.loss.bytes_read == 0


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1000])
def test_chunks_make_no_difference(data, samples_of, monkeypatch, chunk):
    text = (data / "perf-events.txt").read_bytes()[:2500]
    whole = READER.read(io.BytesIO(text), "whole")
    monkeypatch.setattr(perf_script, "_CHUNK", chunk)
    parts = READER.read(io.BytesIO(text), "parts")
    assert samples_of(parts) == samples_of(whole)
    assert parts.loss == whole.loss


def test_forgetting_makes_no_difference(data, samples_of, monkeypatch):
    text = (data / "perf-srcline.txt").read_bytes() * 3
    whole = READER.read(io.BytesIO(text), "whole")
    monkeypatch.setattr(collector, "_REMEMBERED_BYTES", 100)
    monkeypatch.setattr(collector, "_REMEMBERED_LINES", 1)
    monkeypatch.setattr(tables.new_memory, "__defaults__", (8,))
    forgetful = READER.read(io.BytesIO(text), "forgetful")
    assert samples_of(forgetful) == samples_of(whole)
    assert len(forgetful.nodes) == len(whole.nodes)


def test_periods_beyond_64_bits(read):
    too_long = SAMPLE.replace("   9 ", " 18446744073709551615 ")
    assert len(read(SAMPLE + too_long).samples) == 1
    with pytest.raises(FormatError, match="64 bits"):
        read(SAMPLE.replace("   9 ", f" {10**18 - 1} ") * 10)


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"\0" * 100, b"\x89PNG\r\n\x1a\n" + bytes(range(256))]
)
def test_what_is_no_text_of_ours_gives_no_samples(read, text):
    profile = read(text)
    assert len(profile.samples) == 0
    assert profile.weight == 0
    assert profile.loss.records == 0
