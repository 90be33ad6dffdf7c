"""pcapng files: sections, interfaces, resolutions and kinds of blocks, against what was put in."""

import io

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.readers import pcap
from slonana_analysis.readers.pcapng import READER
from tests.readers.made_packets import (
    block,
    enhanced,
    ethernet,
    interface,
    ipv4,
    ipv6,
    old_packet,
    option,
    section,
    simple,
    statistics,
    tcp,
    udp,
)

FRAME = ethernet(ipv4(udp(b"shred"), 17))
SECOND = 1_700_000_000


def read(data):
    return READER.read(io.BytesIO(data), "test.pcapng")


@pytest.mark.parametrize("order", ["<", ">"])
def test_all_three_kinds_of_packet_blocks(order):
    parts = [
        section(order, options=option(4, b"dumpcap", order) + option(3, b"Linux", order)),
        interface(order=order, options=option(2, b"lo", order)),
        enhanced(FRAME, SECOND * 10**6 + 7, order=order),
        simple(FRAME, order),
        old_packet(FRAME, SECOND * 10**6 + 9, order=order),
    ]
    traffic = read(b"".join(parts))
    assert READER.sniff(parts[0])
    assert traffic.packets["time_ns"].tolist() == [
        SECOND * 10**9 + 7000,
        -1,
        SECOND * 10**9 + 9000,
    ]
    assert traffic.packets["flow"].tolist() == [0, 0, 0]
    assert traffic.packets["payload"].tolist() == [5, 5, 5]
    assert traffic.flows[["first_ns", "last_ns"]].to_numpy().tolist() == [
        [SECOND * 10**9 + 7000, SECOND * 10**9 + 9000]
    ]
    assert traffic.tool == "dumpcap"
    assert traffic.header == {
        "sections": "1",
        "interfaces": "lo",
        "link type": "Ethernet",
        "system": "Linux",
    }
    assert traffic.loss.reasons == ()
    assert traffic.loss.bytes_read == traffic.loss.bytes
    schema.PACKETS.conform(traffic.packets)


@pytest.mark.parametrize(
    ("resolution", "ticks", "time_ns"),
    [
        (0, SECOND, SECOND * 10**9),
        (3, SECOND * 10**3 + 5, SECOND * 10**9 + 5_000_000),
        (6, SECOND * 10**6 + 5, SECOND * 10**9 + 5_000),
        (9, SECOND * 10**9 + 5, SECOND * 10**9 + 5),
        (10, SECOND * 10**10 + 59, SECOND * 10**9 + 5),
        (0x80, SECOND, SECOND * 10**9),
        (0x80 | 10, SECOND * 1024 + 512, SECOND * 10**9 + 500_000_000),
        (0x80 | 33, (SECOND << 33) + (1 << 32), SECOND * 10**9 + 500_000_000),
        (0x80 | 40, (5 << 40) + (1 << 38), 5_250_000_000),
        (0x80 | 60, (5 << 60) + (1 << 58), 5_250_000_000),
        (19, 17, -1),
        (0x80 | 64, 17, -1),
        (6, 2**64 - 1, -1),
        (0, 2**62, -1),
    ],
)
def test_resolutions(resolution, ticks, time_ns):
    options = option(9, bytes([resolution]))
    traffic = read(section() + interface(options=options) + enhanced(FRAME, ticks))
    assert traffic.packets["time_ns"].tolist() == [time_ns]


@pytest.mark.parametrize(("offset", "time_ns"), [(100, 105 * 10**9), (-3, 2 * 10**9), (-9, -1)])
def test_an_offset_is_added(offset, time_ns):
    options = option(14, offset.to_bytes(8, "little", signed=True))
    traffic = read(section() + interface(options=options) + enhanced(FRAME, 5 * 10**6))
    assert traffic.packets["time_ns"].tolist() == [time_ns]


def test_interfaces_of_different_link_types():
    raw = ipv4(tcp(b"abc"))
    cooked = (0x86DD).to_bytes(2, "big") + b"\0" * 18 + ipv6(udp(b"abcd"))
    parts = [
        section(),
        interface(1),
        enhanced(FRAME),
        interface(101),
        enhanced(raw, which=1),
        interface(276),
        enhanced(cooked, which=2),
        enhanced(FRAME, which=0),
    ]
    traffic = read(b"".join(parts))
    assert traffic.packets["payload"].tolist() == [5, 3, 4, 5]
    assert traffic.flows["source"].tolist() == ["10.0.0.1", "10.0.0.1", "2001:db8::1"]
    assert traffic.header["link type"] == "Ethernet, raw IP, Linux cooked (SLL2)"


def test_sections_of_both_byte_orders_have_interfaces_of_their_own():
    parts = [
        section("<"),
        interface(1),
        enhanced(FRAME, 5),
        section(">"),
        interface(101, order=">"),
        enhanced(ipv4(udp(b"x"), 17), 6, order=">"),
    ]
    traffic = read(b"".join(parts))
    assert traffic.packets["payload"].tolist() == [5, 1]
    assert traffic.packets["time_ns"].tolist() == [5000, 6000]
    assert traffic.header["sections"] == "2"


def test_a_simple_packet_is_cut_by_the_snapshot_length():
    frame = ethernet(ipv4(tcp(b"x" * 100)))
    parts = [section(), interface(snap=60), simple(frame[:60], length=len(frame))]
    traffic = read(b"".join(parts))
    assert traffic.packets[["length", "captured", "payload"]].to_numpy().tolist() == [
        [154, 60, 100]
    ]


def test_options_of_a_packet_are_no_part_of_it():
    comment = option(1, b"comment") + option(0, b"")
    traffic = read(section() + interface() + enhanced(FRAME, options=comment))
    assert traffic.packets["captured"].tolist() == [len(FRAME)]


def test_unknown_blocks_are_skipped():
    unknown = [block(kind, b"whatever") for kind in (4, 10, 0xBAD, 0x40000BAD, 0x80000001)]
    traffic = read(b"".join([section(), interface(), *unknown, enhanced(FRAME), *unknown]))
    assert len(traffic.packets) == 1
    assert traffic.loss.reasons == ()
    assert traffic.loss.bytes_read == traffic.loss.bytes


def test_what_the_recording_lost_is_in_the_ledger():
    parts = [section(), interface(), enhanced(FRAME), statistics(0, 12), statistics(0, 30)]
    loss = read(b"".join(parts)).loss
    assert (loss.dropped, loss.truncated, loss.records) == (0, False, 1)
    assert loss.reasons == (
        "30 packets never reached the file: the recording itself could not keep up",
    )


def test_a_packet_of_an_interface_that_is_not_described():
    traffic = read(section() + enhanced(FRAME) + interface() + enhanced(FRAME, which=0))
    assert traffic.packets["flow"].tolist() == [-1, 0]
    assert traffic.packets["time_ns"].tolist() == [-1, 0]
    assert "an interface that is not described" in traffic.loss.reasons[0]


def test_many_interfaces_and_packets_grow_the_tables():
    parts = [section(), *(interface() for _ in range(50))]
    parts += [enhanced(FRAME, which=place % 50) for place in range(300)]
    traffic = read(b"".join(parts))
    assert len(traffic.packets) == 300
    assert traffic.header["interfaces"].endswith("and 42 more")


def test_names_are_kept_as_text_and_short():
    hostile = b"<script>\x1b[31m\xff" + b"x" * 1000
    traffic = read(section() + interface(options=option(2, hostile)) + enhanced(FRAME))
    assert traffic.header["interfaces"].startswith("<script>\x1b[31m\\xff")
    assert len(traffic.header["interfaces"]) < 250


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin"),
        (section()[:11], "does not begin"),
        (section()[:27], "ends within the block at offset 0"),
        (section(version=(2, 0)), "version 2"),
        (b"\x0a\x0d\x0d\x0a" + b"\0" * 24, "does not begin"),
        (b"\xd4\xc3\xb2\xa1" + b"\0" * 24, "does not begin"),
    ],
)
def test_what_is_no_pcapng_is_refused_in_one_sentence(data, words):
    with pytest.raises(FormatError, match=words):
        read(data)


def test_the_two_formats_do_not_recognise_each_other():
    assert not pcap.READER.sniff(section())
    assert not READER.sniff(b"\xd4\xc3\xb2\xa1" + b"\0" * 20)
