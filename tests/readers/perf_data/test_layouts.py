"""Samples of every layout: which fields stand before the call chain, and whose they are."""

import struct

import pytest

from tests.readers.perf_data.writer import (
    ADDR,
    BY_FREQUENCY,
    CALLCHAIN,
    CPU,
    ID,
    IDENTIFIER,
    IN_KERNEL,
    IN_USER,
    IP,
    KERNEL_MODE,
    LIBRARY,
    PERIOD,
    PROGRAM,
    RAW,
    READ,
    SAMPLE,
    STREAM_ID,
    TID,
    TIME,
    USUAL,
    Event,
    data_file,
    event_description,
    read,
    record,
    stacks,
)

NEEDED = IP | TID | TIME | CALLCHAIN
OPTIONAL = [0, ADDR, ID, CPU, STREAM_ID, PERIOD, IDENTIFIER]
# Bits of read_format: time enabled, time running, id, group, lost.
VALUES = {
    0: struct.pack("<Q", 5),
    1 | 2 | 4: struct.pack("<4Q", 5, 6, 7, 8),
    4 | 16: struct.pack("<3Q", 5, 6, 0),
    8: struct.pack("<3Q", 2, 5, 6),
    1 | 2 | 4 | 8 | 16: struct.pack("<9Q", 2, 50, 60, 5, 1, 0, 6, 2, 0),
}


def chain_of(event, **more):
    records = [
        event.mmap(0x1000, 0x1000, PROGRAM),
        event.mmap(0x2000, 0x1000, LIBRARY),
        event.sample([IN_USER, 0x2008, 0x1010], time=5, **more),
    ]
    return read(data_file(records, [event]))


@pytest.mark.parametrize("first", OPTIONAL)
@pytest.mark.parametrize("second", OPTIONAL)
def test_fields_before_the_call_chain(first, second):
    profile = chain_of(Event(NEEDED | first | second), period=11)
    assert stacks(profile) == [[PROGRAM, LIBRARY]]
    assert profile.samples["time_ns"].tolist() == [5]
    assert profile.samples["weight"].tolist() == [11 if PERIOD in (first, second) else 1000]


@pytest.mark.parametrize("read_format", VALUES)
def test_counter_values_before_the_call_chain(read_format):
    event = Event(USUAL | READ, read_format=read_format)
    assert stacks(chain_of(event, read=VALUES[read_format])) == [[PROGRAM, LIBRARY]]


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, struct.pack("<Q", 1 << 40)])
def test_counter_values_that_do_not_fit_drop_the_sample(content):
    profile = chain_of(Event(USUAL | READ, read_format=8), read=content)
    assert (profile.loss.records, profile.loss.dropped) == (0, 1)


def test_what_stands_behind_the_call_chain_is_not_looked_at():
    behind = struct.pack("<I", 12) + b"\xff" * 12
    assert stacks(chain_of(Event(USUAL | RAW), behind=behind)) == [[PROGRAM, LIBRARY]]


@pytest.mark.parametrize("size", [64, 72, 96, 112, 128, 136, 264])
def test_attributes_of_older_and_newer_perf(size):
    assert stacks(chain_of(Event(size=size))) == [[PROGRAM, LIBRARY]]


def test_a_sample_without_a_call_chain_is_one_address():
    event = Event(IP | TID)
    records = [event.mmap(0x1000, 0x1000, PROGRAM), event.sample(ip=0x1ABC)]
    profile = read(data_file(records, [event]))
    assert stacks(profile) == [[PROGRAM]]
    assert profile.samples["time_ns"].tolist() == [-1]


def test_kernel_and_user_parts_of_a_chain():
    event = Event()
    records = [
        event.mmap(0x1000, 0x1000, PROGRAM),
        event.mmap(1 << 63, 0x1000, "[kernel.kallsyms]_text", pid=-1, misc=KERNEL_MODE),
        event.sample([IN_KERNEL, (1 << 63) + 8, IN_USER, 0x1000], misc=KERNEL_MODE),
    ]
    assert stacks(read(data_file(records))) == [[PROGRAM, "[kernel.kallsyms]"]]


def test_a_chain_with_an_impossible_address_leaves_no_stack():
    event = Event()
    profile = read(data_file([event.sample([IN_USER, 0x10, (1 << 64) - 77, 0x20], period=9)]))
    assert stacks(profile) == [[]]
    assert profile.weight == 9
    assert any("1 samples hold an impossible address" in why for why in profile.loss.reasons)


def test_an_empty_chain_and_the_longest():
    event = Event()
    longest = [0x1000 + place for place in range(8180)]
    records = [event.mmap(0x1000, 0x10000, PROGRAM), event.sample([]), event.sample(longest)]
    assert [len(stack) for stack in stacks(read(data_file(records)))] == [0, 8180]


def test_events_of_different_layouts_told_by_their_numbers():
    clock = Event(USUAL | IDENTIFIER, ids=(3, 4))
    faults = Event(IDENTIFIER | IP | TID | TIME | ADDR | CALLCHAIN, ids=(5,), config=2, period=1)
    records = [
        clock.sample([0x10], time=1, period=8, id=3),
        faults.sample([0x10, 0x20], time=2, id=5),
        clock.sample([0x10], time=3, period=9, id=4),
    ]
    profile = read(data_file(records, [clock, faults]))
    assert profile.samples["event"].tolist() == ["cpu-clock", "page-faults", "cpu-clock"]
    assert profile.samples["weight"].tolist() == [8, 1, 9]
    assert [len(stack) for stack in stacks(profile)] == [1, 2, 1]
    assert profile.units == {"cpu-clock": "ns", "page-faults": "events"}


def test_events_without_identifier_told_by_their_id():
    events = [Event(USUAL | ID, ids=(3,)), Event(USUAL | ID, ids=(5,), config=2)]
    records = [event.sample([0x10], id=event.ids[0]) for event in events]
    names = read(data_file(records, events)).samples["event"].tolist()
    assert names == ["cpu-clock", "page-faults"]


def test_an_unknown_number_is_of_the_first_event():
    events = [Event(USUAL | ID, ids=(3,)), Event(USUAL | ID, ids=(5,), config=2)]
    profile = read(data_file([events[1].sample([0x10], id=99)], events))
    assert profile.samples["event"].tolist() == ["cpu-clock"]


def test_events_are_called_as_the_user_called_them():
    events = [Event(USUAL | ID, ids=(3,)), Event(USUAL | ID, ids=(5,), config=2)]
    section = event_description(events, ["cpu-clock:u", "mine"])
    records = [event.sample([0x10], id=event.ids[0]) for event in events]
    profile = read(data_file(records, events, {12: section}))
    assert profile.samples["event"].tolist() == ["cpu-clock:u", "mine"]
    assert profile.units == {"cpu-clock:u": "ns", "mine": "events"}


def test_unknown_hardware_events_are_called_by_their_numbers():
    event = Event(kind=4, config=0xC0)
    profile = read(data_file([event.sample([0x10])], [event]))
    assert (profile.event, profile.unit) == ("type 4 config 0xc0", "events")


def test_without_a_period_a_wanted_frequency_is_no_weight():
    event = Event(USUAL & ~PERIOD, flags=BY_FREQUENCY, period=999)
    assert read(data_file([event.sample([0x10])], [event])).weight == 1


@pytest.mark.parametrize("period", [1 << 63, (1 << 64) - 1, 1 << 60])
def test_a_weight_that_cannot_be_drops_its_sample_alone(period):
    event = Event()
    records = [event.sample([0x10], period=period), event.sample([0x10], period=3)]
    profile = read(data_file(records))
    assert (profile.weight, profile.loss.dropped) == (3, 1)
    assert profile.loss.bytes - profile.loss.bytes_read == len(records[0])


def test_a_time_that_cannot_be_drops_its_sample():
    event = Event()
    records = [event.sample([0x10], time=1 << 63), event.sample([0x10], time=3)]
    assert read(data_file(records)).samples["time_ns"].tolist() == [3]


def test_samples_come_in_the_order_of_time():
    event = Event()
    records = [event.sample([0x10], time=time, period=time + 1) for time in (5, 1, 3)]
    profile = read(data_file(records))
    assert profile.samples["time_ns"].tolist() == [1, 3, 5]
    assert profile.samples["weight"].tolist() == [2, 4, 6]


def test_a_sample_too_short_for_its_layout():
    event = Event()
    records = [event.sample([0x10], time=1), record(SAMPLE, bytes(16)), record(SAMPLE, b"")]
    profile = read(data_file(records))
    assert (profile.loss.records, profile.loss.dropped) == (1, 2)
    assert profile.loss.bytes - profile.loss.bytes_read == 24 + 8


@pytest.mark.parametrize("depth", [2, 1 << 20, 1 << 61, (1 << 64) - 1])
def test_a_depth_beyond_the_record(depth):
    event = Event(IP | CALLCHAIN)
    raw = record(SAMPLE, struct.pack("<3Q", 0x10, depth, 0x10))
    assert read(data_file([raw], [event])).loss.dropped == 1
