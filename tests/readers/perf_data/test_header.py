"""What the file says of itself, pipes, compressed records, and files that are refused."""

import struct

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.source import zstd
from tests.readers.perf_data.writer import (
    COMPRESSED,
    COMPRESSED2,
    FEATURE,
    ID,
    LIBRARY,
    PROGRAM,
    TIME,
    USUAL,
    USUAL_EVENT,
    Event,
    data_file,
    event_description,
    pipe,
    read,
    record,
    stacks,
    text_section,
    update_name,
)

EVENT = USUAL_EVENT
RECORDS = [EVENT.mmap(0x1000, 0x1000, PROGRAM), EVENT.sample([0x1000], time=1)]
HOSTNAME, RELEASE, COUNTS, COMMAND, STAT, DIRECTORY = 3, 4, 7, 11, 19, 24


def test_statements_about_the_recording():
    sections = {
        HOSTNAME: text_section("vm"),
        RELEASE: text_section("6.1.0"),
        COUNTS: struct.pack("<II", 8, 4),
        COMMAND: struct.pack("<I", 2) + text_section("perf") + text_section("record"),
        15: b"what nobody reads",
    }
    profile = read(data_file(RECORDS, features=sections))
    assert profile.header == {
        "hostname": "vm",
        "os release": "6.1.0",
        "nrcpus online": "4",
        "nrcpus avail": "8",
        "cmdline": "perf record",
    }
    assert profile.loss.bytes_read == profile.loss.bytes


@pytest.mark.parametrize("section", [HOSTNAME, COUNTS, COMMAND, 12, 2])
@pytest.mark.parametrize("content", [b"", b"\xff", b"\xff" * 7, b"\xff" * 64])
def test_statements_that_make_no_sense(section, content):
    profile = read(data_file(RECORDS, features={section: content}))
    assert (profile.loss.records, profile.loss.truncated) == (1, False)


def test_a_section_that_lies_beyond_the_end():
    content = bytearray(data_file(RECORDS, features={HOSTNAME: text_section("vm")}))
    at = content.index(text_section("vm")) - 8
    content[at : at + 8] = struct.pack("<Q", 1 << 62)
    loss = read(bytes(content)).loss
    assert loss.truncated
    assert "the file ends within 1 of its 1 header sections" in loss.reasons


def test_bytes_behind_everything_are_counted_as_not_read():
    loss = read(data_file(RECORDS, features={HOSTNAME: text_section("vm")}) + bytes(33)).loss
    assert loss.bytes - loss.bytes_read == 33
    assert not loss.truncated
    assert any("33 bytes behind the last header section" in why for why in loss.reasons)


def test_perf_was_killed_before_it_wrote_the_size():
    loss = read(data_file(RECORDS, size=0)).loss
    assert (loss.records, loss.truncated) == (1, True)
    assert loss.bytes_read == loss.bytes


def test_a_size_beyond_the_file():
    loss = read(data_file(RECORDS, size=1 << 60)).loss
    assert (loss.records, loss.truncated) == (1, True)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"2ELIFREP" + bytes(200), "big-endian"),
        (b"PERFILE1" + bytes(200), "no perf.data file"),
        (b"PERFILE2", "ends within its header"),
        (b"PERFILE2" + struct.pack("<Q", 104) + bytes(50), "ends within its header"),
        (b"PERFILE2" + struct.pack("<Q", 50) + bytes(150), "ends within its header"),
        (data_file(RECORDS, features={STAT: b""}), "perf stat record"),
        (data_file(RECORDS, features={DIRECTORY: b""}), "perf record --threads"),
        (data_file(RECORDS, [EVENT])[:104] + bytes(8), "states no event"),
        (pipe(RECORDS, []), "states no event"),
    ],
)
def test_refused_in_one_sentence(content, word):
    with pytest.raises(FormatError, match=word) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_more_events_stated_than_there_are():
    content = bytearray(data_file(RECORDS))
    content[32:40] = struct.pack("<Q", 144 * 50_000_000)
    loss = read(bytes(content)).loss
    assert loss.records == 1
    assert any("the header states 50000000 events" in reason for reason in loss.reasons)


def test_numbers_of_events_that_all_lie_in_the_same_place():
    """A megabyte of attributes that each claim the whole file as their numbers."""
    count = 4000
    attribute = EVENT.attribute() + struct.pack("<QQ", 0, 1 << 40)
    head = struct.pack("<8s6Q", b"PERFILE2", 104, 144, 104, 144 * count, 104 + 144 * count, 0)
    profile = read(head.ljust(104, b"\0") + attribute * count + RECORDS[1])
    assert profile.loss.records == 1


def test_what_perf_writes_to_a_pipe():
    event = Event(USUAL | ID, ids=(7, 8))
    records = [
        record(FEATURE, struct.pack("<Q", RELEASE) + text_section("6.1.0"), 0),
        event.mmap(0x1000, 0x1000, PROGRAM),
        event.sample([0x1000], time=1, id=8),
    ]
    profile = read(pipe(records, [event]))
    assert stacks(profile) == [[PROGRAM]]
    assert profile.header == {"os release": "6.1.0"}
    assert (profile.event, profile.loss.truncated) == ("cpu-clock", False)


def test_names_of_events_in_a_pipe():
    events = [Event(USUAL | ID, ids=(7, 8)), Event(USUAL | ID, ids=(9,), config=2)]
    samples = [event.sample([0x10], id=event.ids[-1]) for event in events]
    updated = read(pipe([update_name(8, "clock:u"), update_name(99, "nobody"), *samples], events))
    assert updated.samples["event"].tolist() == ["clock:u", "page-faults"]
    section = event_description(events, ["first", "second"])
    described = read(pipe([record(FEATURE, struct.pack("<Q", 12) + section, 0), *samples], events))
    assert described.samples["event"].tolist() == ["first", "second"]


def compressed(records, pieces, kind=COMPRESSED):
    """Return records of one stream, cut at any places, as perf flushes it."""
    stream = zstd.ZstdCompressor()
    raw = b"".join(records)
    step = -(-len(raw) // pieces)
    found = []
    for begin in range(0, len(raw), step):
        content = stream.compress(raw[begin : begin + step], zstd.ZstdCompressor.FLUSH_BLOCK)
        if kind == COMPRESSED2:
            content = struct.pack("<Q", len(content)) + content + bytes(-len(content) % 8)
        found.append(record(kind, content, 0))
    return found


@pytest.mark.parametrize("kind", [COMPRESSED, COMPRESSED2])
@pytest.mark.parametrize("pieces", [1, 2, 7])
@pytest.mark.parametrize("sample_type", [USUAL, USUAL & ~TIME])
def test_compressed_records(kind, pieces, sample_type):
    event = Event(sample_type)
    inner = [event.sample([0x1000 + n % 3], time=n + 1, period=n) for n in range(100)]
    first, last = event.mmap(0x1000, 0x1000, PROGRAM), event.mmap(0x1000, 9, LIBRARY, time=200)
    profile = read(data_file([first, *compressed(inner, pieces, kind), last], [event]))
    assert stacks(profile) == [[PROGRAM]] * 100
    assert profile.samples["weight"].tolist() == list(range(100))
    assert profile.loss.bytes_read == profile.loss.bytes


def test_a_damaged_compressed_record_ends_the_stream():
    inner = [EVENT.sample([0x1000], time=n) for n in range(300)]
    pieces = compressed(inner, 3)
    pieces[1] = pieces[1][:8] + b"\xff" * (len(pieces[1]) - 8)
    loss = read(data_file([*pieces, EVENT.sample([0x10])])).loss
    assert 90 <= loss.records - 1 <= 100
    assert loss.bytes - loss.bytes_read == len(pieces[1]) + len(pieces[2])
    assert loss.dropped >= 1


def test_compressed_records_that_end_within_one():
    inner = b"".join(EVENT.sample([0x1000], time=n) for n in range(10))
    loss = read(data_file(compressed([inner[:-4]], 1))).loss
    assert (loss.records, loss.truncated) == (9, True)


def test_a_sample_that_is_too_short_in_compressed_records_costs_no_byte_of_the_file():
    loss = read(data_file(compressed([record(9, b"")], 1))).loss
    assert (loss.dropped, loss.bytes_read) == (1, loss.bytes)


def test_what_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("slonana_analysis.readers.perf_data_file.packed.UNPACKED_LIMIT", 1 << 22)
    with pytest.raises(FormatError, match="unpacks to more than"):
        read(data_file(compressed([bytes(1 << 23)], 1)))
