"""Damaged pcap files: whole packets only, every loss told, nothing invented."""

import io
import struct
import tracemalloc

import numpy as np
import pytest

from slonana_analysis.readers.pcap import READER
from tests.readers.made_packets import (
    ethernet,
    ipv4,
    ipv6,
    pcap,
    pcap_header,
    pcap_record,
    tcp,
    udp,
)

FRAMES = [
    ethernet(ipv4(tcp(b"GET / HTTP/1.1\r\n\r\n"))),
    ethernet(ipv6(udp(b"gossip" * 5)), tags=(0x8100,)),
    ethernet(b"\0" * 28, kind=0x0806),
    ethernet(ipv4(udp(b"x" * 40), 17)),
    ethernet(ipv4(tcp(b"", flags=0x11), source="10.0.0.9")),
]


def read(data):
    return READER.read(io.BytesIO(data), "test.pcap")


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
    assert bool(loss.reasons) == bool(loss.bytes_read < loss.bytes or loss.truncated)
    assert loss.dropped >= loss.truncated


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "extra"), [(0xA1B2C3D4, b""), (0xA1B2CD34, b"\0" * 8)])
def test_cut_at_every_byte(order, magic, extra):
    data = pcap(FRAMES, order, magic=magic, extra=extra)
    whole = rows(read(data))
    ends = np.cumsum([24, *(16 + len(extra) + len(frame) for frame in FRAMES)])
    for cut in range(24, len(data) + 1):
        traffic = read(data[:cut])
        check_ledger(traffic)
        before = int((ends <= cut).sum()) - 1
        assert rows(traffic) == whole[:before]
        assert traffic.loss.bytes_read == ends[before]
        # At the end of a record a shorter file is whole, and nothing in it says otherwise.
        assert traffic.loss.truncated == (cut not in ends)


def test_a_cut_capture_of_captures_invents_no_packets():
    inner = pcap([ethernet(ipv4(udp(b"inner"), 17))] * 5)
    data = pcap([*FRAMES, ethernet(ipv4(udp(inner), 17))])
    for cut in range(len(data) - len(inner), len(data)):
        traffic = read(data[:cut])
        assert len(traffic.packets) == len(FRAMES)
        assert traffic.loss.truncated


@pytest.mark.parametrize("stated", [2**31 - 1, 2**32 - 1, 2**28, 262_145])
def test_a_length_that_cannot_be_is_stepped_over(stated):
    records = [pcap_record(frame, 1_700_000_000) for frame in FRAMES]
    damaged = records[1][:8] + struct.pack("<I", stated) + records[1][12:]
    data = pcap_header() + records[0] + damaged + b"".join(records[2:])
    traffic = read(data)
    expected = rows(read(pcap_header() + records[0] + b"".join(records[2:])))
    assert rows(traffic) == expected
    assert not traffic.loss.truncated
    assert traffic.loss.dropped == 1
    assert traffic.loss.bytes - traffic.loss.bytes_read == len(damaged)
    (reason,) = traffic.loss.reasons
    assert reason.startswith(f"1 stretches ({len(damaged)} bytes)")
    assert reason.endswith(f"the first at offset {24 + len(records[0])}")


def test_damage_before_the_first_good_record():
    data = pcap_header() + b"\xff" * 31 + b"".join(pcap_record(frame) for frame in FRAMES)
    traffic = read(data)
    assert len(traffic.packets) == len(FRAMES)
    assert "offset 24" in traffic.loss.reasons[0]


def test_zeros_at_the_end_are_no_packets():
    data = pcap(FRAMES)
    traffic = read(data + b"\0" * 500)
    assert len(traffic.packets) == len(FRAMES)
    assert traffic.loss.bytes - traffic.loss.bytes_read == 500
    assert f"offset {len(data)}" in traffic.loss.reasons[0]


def test_records_from_another_day_are_not_taken_for_the_next():
    stray = b"".join(pcap_record(FRAMES[0], 1_600_000_000) for _ in range(4))
    good = b"".join(pcap_record(frame) for frame in FRAMES)
    traffic = read(pcap_header() + good + b"\xff" * 16 + stray + good)
    assert len(traffic.packets) == 2 * len(FRAMES)


def test_nothing_is_allocated_by_a_length_in_the_file():
    claim = struct.pack("<IIII", 1, 0, 2**27, 2**31 - 1)
    read(pcap_header())
    tracemalloc.start()
    traffic = read(pcap_header(snap=2**31 - 1) + claim + b"x" * 50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert traffic.loss.truncated
    assert peak < 8 << 20


def test_the_mutations_of_a_file():
    data = np.frombuffer(pcap(FRAMES * 3), np.uint8)
    random = np.random.default_rng(5)
    for _ in range(1000):
        mutated = data.copy()
        places = random.integers(24, data.size, random.integers(1, 6))
        mutated[places] = random.integers(0, 256, places.size)
        end = random.integers(24, data.size + 1) if random.random() < 0.3 else data.size
        check_ledger(read(mutated[:end].tobytes()))


def test_mutations_behind_a_good_prefix_leave_it_as_it_is():
    data = pcap(FRAMES * 2)
    prefix = len(pcap(FRAMES))
    whole = rows(read(data))[: len(FRAMES)]
    random = np.random.default_rng(6)
    for _ in range(500):
        mutated = bytearray(data)
        for place in random.integers(prefix, len(data), 4):
            mutated[place] = random.integers(0, 256)
        assert rows(read(bytes(mutated)))[: len(FRAMES)] == whole
