"""Damaged heaptrack recordings: a cut one is called cut, and nothing raises."""

import gzip
import io
import random

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.heaptrack import READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.memory_text import (
    HEAPTRACK,
    HEAPTRACK_END,
    HEAPTRACK_EVENTS,
    HEAPTRACK_TABLES,
    events_of,
)


def read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def check_ledger(profile):
    loss = profile.loss
    assert 0 <= loss.bytes_read <= loss.bytes
    assert loss.reasons or (loss.bytes_read == loss.bytes and not loss.truncated)


def test_cut_at_every_byte():
    begin = HEAPTRACK.index("\n") + 1
    for cut in range(begin, len(HEAPTRACK)):
        profile = read(HEAPTRACK[:cut])
        whole_lines = HEAPTRACK[: HEAPTRACK.rfind("\n", 0, cut) + 1]
        check_ledger(profile)
        assert profile.loss.truncated
        assert profile.loss.bytes_read == len(whole_lines)
        assert profile.loss.dropped == (len(whole_lines) < cut)
        assert "'leaked' is what was held there" in profile.loss.reasons[-1]
        # What stands in whole lines is what a whole file of these lines holds.
        assert events_of(profile) == events_of(read(whole_lines))
    assert not read(HEAPTRACK).loss.truncated


def test_events_of_a_cut_file_are_those_of_its_whole_lines():
    lines = HEAPTRACK_EVENTS.splitlines(keepends=True)
    heap, calls, sizes = 0, 0, (0x10, 0x20)
    for number, line in enumerate(lines):
        if line[0] in "+-":
            heap += sizes[int(line[2])] * (1 if line[0] == "+" else -1)
            calls += line[0] == "+"
        profile = read(HEAPTRACK_TABLES + "".join(lines[: number + 1]))
        events = events_of(profile)
        assert sum(events.get("allocations", {}).values()) == calls
        assert sum(events.get("leaked", {}).values()) == heap
        assert profile.snapshots["heap"].iloc[-1] == heap


def test_a_real_recording_cut_in_half(tmp_path):
    packed = recorded_capture("heaptrack-pipeline").main.read_bytes()
    half = tmp_path / "half.zst"
    half.write_bytes(packed[: len(packed) // 2])
    profile = read_profile(half)
    assert profile.loss.truncated
    assert any("before the totals" in reason for reason in profile.loss.reasons)
    assert any("zstd" in reason for reason in profile.loss.reasons)
    text = tmp_path / "text.gz"
    text.write_bytes(gzip.compress(HEAPTRACK.encode()))
    assert not read_profile(text).loss.truncated


def test_totals_that_the_file_states_and_does_not_reach():
    lines = HEAPTRACK.splitlines(keepends=True)
    profile = read("".join(line for line in lines if "put.h" not in line))
    assert "states 8 strings at its end and holds 7" in " ".join(profile.loss.reasons)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("+ 9\n", "refer to something that is not defined"),
        ("+ zz\n", "could not be read"),
        ("+\n", "could not be read"),
        ("- 0\n- 0\n- 0\n", "not held"),
        ("c 1\n", "time stamps go back"),
        ("c zz\n", "could not be read"),
        ("c ffffffffffffffff\n", "could not be read"),
        ("? what\n", "are no records of heaptrack"),
        ("hello\n", "are no records of heaptrack"),
        ("a ffffffffffffff 1\n", "could not be read"),
        ("a 1 99\n", "not defined"),
        ("t 9 1\n", "not defined"),
        ("t 1 9\n", "not defined"),
        ("t x\n", "could not be read"),
        ("i 1 99\n", "not defined"),
        ("i \n", "could not be read"),
        ("s 5 abc\n", "not as long as they say"),
        ("R -1\n", "could not be read"),
    ],
)
def test_damaged_records_are_told_with_their_line(line, reason):
    text = HEAPTRACK_TABLES + HEAPTRACK_EVENTS + line + HEAPTRACK_END
    number = text[: text.index(HEAPTRACK_END)].count("\n")
    profile = read(text)
    check_ledger(profile)
    told = [said for said in profile.loss.reasons if reason in said]
    assert told
    assert told[0].endswith(f"the first at line {number}")
    assert events_of(profile)["allocations"] == events_of(read(HEAPTRACK))["allocations"]
    assert not profile.loss.truncated


@pytest.mark.parametrize("old", ["s 4 main\n", "i 4010 1 2 3 5\n", "t 1 0\n", "a 10 2\n"])
def test_a_damaged_definition_keeps_its_number(old):
    profile = read(HEAPTRACK.replace(old, f"{old[0]} !!\n"))
    check_ledger(profile)
    assert sum(events_of(profile)["allocations"].values()) in (2, 5)
    paths = [path for path in events_of(profile)["allocations"] if path[-1] == "0x7f00"]
    assert len(paths) == 1


def test_sums_beyond_64_bits_are_refused():
    text = HEAPTRACK_TABLES + "a 800000000000 1\n" + "+ 2\n" * 40_000 + HEAPTRACK_END
    with pytest.raises(FormatError, match="64 bits"):
        read(text)


def test_a_string_may_hold_anything():
    name = "a\t\x1b[31m<b>\x00\u202e"
    profile = read(HEAPTRACK.replace("s 4 main\n", f"s {len(name.encode()):x} {name}\n"))
    assert name in set(profile.frames["function"].astype(str))
    raw = HEAPTRACK.encode().replace(b"s 4 main\n", b"s 4 ma\xff\xfe\n")
    assert "ma\\xff\\xfe" in set(read(raw).frames["function"].astype(str))


@pytest.mark.parametrize("text", [b"", b"\n", b"\0" * 100, b"x 1 2\n", bytes(range(256))])
def test_what_is_no_recording_is_refused(text):
    assert not READER.sniff(text)
    with pytest.raises(FormatError, match="line 1"):
        read(text)


def test_changed_recordings_never_raise_but_of_format():
    chance = random.Random(5)
    raw = HEAPTRACK.encode()
    for _ in range(400):
        text = bytearray(raw)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(10, len(text))
            text[place : place + chance.randint(0, 3)] = chance.choice(
                [b"", b"\n", b" ", b"f", b"s", b"\0", b"-", bytes([chance.randrange(256)])]
            )
        del text[chance.randint(len(text) // 2, len(text)) :]
        try:
            check_ledger(read(bytes(text)))
        except FormatError:
            continue
