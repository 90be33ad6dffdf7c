"""Damaged pcapng files: whole blocks only, every loss told, nothing invented."""

import contextlib
import io
import struct
import tracemalloc

import numpy as np
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.pcapng import READER
from tests.readers.made_packets import (
    enhanced,
    ethernet,
    interface,
    ipv4,
    ipv6,
    old_packet,
    option,
    pcap,
    section,
    simple,
    statistics,
    tcp,
    udp,
)

FRAMES = [
    ethernet(ipv4(tcp(b"GET / HTTP/1.1\r\n\r\n"))),
    ethernet(ipv6(udp(b"gossip" * 5)), tags=(0x8100,)),
    ethernet(b"\0" * 28, kind=0x0806),
]


def parts_of(order="<"):
    return [
        section(order, options=option(4, b"dumpcap", order)),
        interface(order=order, options=option(2, b"lo", order)),
        *(enhanced(frame, place, order=order) for place, frame in enumerate(FRAMES)),
        simple(FRAMES[0], order),
        old_packet(FRAMES[1], 9, order=order),
        statistics(0, 3, order),
    ]


def read(data):
    return READER.read(io.BytesIO(data), "test.pcapng")


def rows(traffic):
    """Packets in plain values, with the addresses of their flows in place of the numbers."""
    flows = traffic.flows.iloc[:, :5].to_numpy().tolist()
    return [
        (row.time_ns, flows[row.flow] if row.flow >= 0 else None, *row[2:])
        for row in traffic.packets.itertuples(index=False)
    ]


def check_ledger(traffic):
    loss = traffic.loss
    assert 0 <= loss.bytes_read <= loss.bytes
    assert loss.records == len(traffic.packets)
    assert loss.reasons or not (loss.bytes_read < loss.bytes or loss.truncated)


@pytest.mark.parametrize("order", "<>")
def test_cut_at_every_byte(order):
    parts = parts_of(order)
    data = b"".join(parts)
    whole = rows(read(data))
    ends = np.cumsum([len(part) for part in parts])
    for cut in range(ends[0], len(data) + 1):
        traffic = read(data[:cut])
        check_ledger(traffic)
        blocks = int((ends <= cut).sum())
        assert rows(traffic) == whole[: max(blocks - 2, 0)]
        assert traffic.loss.bytes_read == ends[blocks - 1]
        assert traffic.loss.truncated == (cut not in ends)


def test_a_declared_length_that_the_file_does_not_reach():
    body = b"".join(parts_of()[1:])
    data = section(length=len(body)) + body
    assert not read(data).loss.truncated
    longer = read(section(length=len(body) + 100) + body)
    assert longer.loss.truncated
    assert longer.loss.reasons[0] == "the last section should be 100 bytes longer"
    # With the length declared, a cut between two blocks is seen as well.
    assert read(data[: len(data) - len(parts_of()[-1])]).loss.truncated


def test_a_cut_capture_of_captures_invents_no_packets():
    inner = b"".join(parts_of()) + pcap(FRAMES)
    data = b"".join(parts_of()) + enhanced(ethernet(ipv4(udp(inner), 17)))
    for cut in range(len(data) - len(inner), len(data)):
        traffic = read(data[:cut])
        assert len(traffic.packets) == 5
        assert traffic.loss.truncated


@pytest.mark.parametrize("stated", [0, 4, 11, 13, 2**31, 2**32 - 4, 2**32 - 1])
def test_a_length_that_cannot_be_is_stepped_over(stated):
    parts = parts_of()
    damaged = parts[3][:4] + struct.pack("<I", stated) + parts[3][8:]
    traffic = read(b"".join([*parts[:3], damaged, *parts[4:]]))
    assert rows(traffic) == rows(read(b"".join([*parts[:3], *parts[4:]])))
    assert not traffic.loss.truncated
    assert traffic.loss.dropped == 1
    assert traffic.loss.bytes - traffic.loss.bytes_read == len(damaged)
    assert f"the first at offset {sum(map(len, parts[:3]))}" in traffic.loss.reasons[0]


def test_lengths_at_both_ends_have_to_agree():
    parts = parts_of()
    damaged = parts[2][:-4] + struct.pack("<I", len(parts[2]) + 4)
    traffic = read(b"".join([*parts[:2], damaged, *parts[3:]]))
    assert len(traffic.packets) == 4
    assert traffic.loss.dropped == 1


def test_a_packet_longer_than_its_block_is_dropped():
    parts = parts_of()
    damaged = parts[2][:20] + struct.pack("<I", 5000) + parts[2][24:]
    traffic = read(b"".join([*parts[:2], damaged, *parts[3:]]))
    assert len(traffic.packets) == 4
    assert traffic.loss.dropped == 1
    assert traffic.loss.bytes - traffic.loss.bytes_read == len(damaged)
    assert "1 packet blocks state lengths that they do not have" in traffic.loss.reasons[0]


def test_a_later_section_of_another_version_ends_the_reading():
    data = b"".join(parts_of())
    traffic = read(data + section(version=(2, 0)) + data)
    assert len(traffic.packets) == 5
    assert traffic.loss.bytes_read == len(data)
    assert f"the section at offset {len(data)} is of version 2" in traffic.loss.reasons[0]


def test_an_interface_without_a_body_is_said():
    empty = struct.pack("<III", 1, 12, 12)
    traffic = read(section() + empty + b"".join(parts_of()[1:]))
    assert len(traffic.packets) == 5
    assert traffic.loss.dropped == 1


def test_nothing_is_allocated_by_a_length_in_the_file():
    read(b"".join(parts_of()))
    huge = struct.pack("<IIIIIII", 6, 2**31, 0, 0, 0, 2**31 - 40, 2**31 - 40)
    tracemalloc.start()
    traffic = read(section(length=2**62) + interface(snap=2**32 - 1) + huge)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert traffic.loss.truncated
    assert peak < 8 << 20


def test_the_mutations_of_a_file():
    data = np.frombuffer(b"".join(parts_of()) * 2, np.uint8)
    random = np.random.default_rng(7)
    for _ in range(1000):
        mutated = data.copy()
        places = random.integers(28, data.size, random.integers(1, 6))
        mutated[places] = random.integers(0, 256, places.size)
        end = random.integers(28, data.size + 1) if random.random() < 0.3 else data.size
        with contextlib.suppress(FormatError):
            check_ledger(read(mutated[:end].tobytes()))
