"""pcap files: every layout of the file and of the packets in it, against what was put in."""

import io
import struct

import numpy as np
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.readers.packets import flow_numbers
from slonana_analysis.readers.pcap import READER
from tests.readers.made_packets import (
    ACK,
    SYN,
    ethernet,
    ipv4,
    ipv6,
    pcap,
    pcap_header,
    pcap_record,
    tcp,
    udp,
)

UDP4 = ethernet(ipv4(udp(b"shred"), 17))


def read(data):
    return READER.read(io.BytesIO(data), "test.pcap")


def packet(frame, **keywords):
    """The packet row and the flow row (None if it is in no flow) of a file with one frame."""
    traffic = read(pcap([frame], **keywords))
    (row,) = traffic.packets.itertuples(index=False)
    assert len(traffic.flows) == (row.flow == 0)
    return row, next(traffic.flows.itertuples(index=False), None)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("magic", "tick_ns", "extra"),
    [(0xA1B2C3D4, 1000, b""), (0xA1B23C4D, 1, b""), (0xA1B2CD34, 1000, b"\0" * 8)],
)
def test_every_layout_of_the_file(order, magic, tick_ns, extra):
    data = pcap([UDP4, ethernet(ipv4(tcp(b"GET /")))], order, magic=magic, extra=extra)
    traffic = read(data)
    assert READER.sniff(data)
    assert traffic.packets["time_ns"].tolist() == [
        1_700_000_000 * 10**9,
        1_700_000_001 * 10**9 + tick_ns,
    ]
    assert traffic.packets["length"].tolist() == [len(UDP4), 59]
    assert traffic.packets["payload"].tolist() == [5, 5]
    assert traffic.flows["protocol"].tolist() == ["udp", "tcp"]
    assert traffic.loss.bytes_read == traffic.loss.bytes == len(data)
    assert traffic.header == {
        "link type": "Ethernet",
        "snapshot length": "65535 bytes",
        "byte order": {"<": "little-endian", ">": "big-endian"}[order],
        "resolution": {1: "ns", 1000: "us"}[tick_ns],
    }
    schema.PACKETS.conform(traffic.packets)
    schema.FLOWS.conform(traffic.flows)


def test_a_tcp_packet():
    row, flow = packet(ethernet(ipv4(tcp(b"x" * 7, sequence=0xFFFFFFF0, options=b"\1" * 12))))
    assert (row.payload, row.flags, row.sequence) == (7, 0x18, 0xFFFFFFF0)
    assert (flow.protocol, flow.source, flow.source_port) == ("tcp", "10.0.0.1", 40000)
    assert (flow.target, flow.target_port) == ("10.0.0.2", 8899)
    assert (flow.packets, flow.bytes, flow.payload) == (1, row.length, 7)
    assert flow.first_ns == flow.last_ns == row.time_ns


def test_the_padding_of_a_short_frame_is_no_payload():
    row, _ = packet(ethernet(ipv4(tcp(flags=ACK))) + b"\0" * 6)
    assert (row.length, row.payload) == (60, 0)


def test_the_length_on_the_wire_is_not_what_was_captured():
    row, flow = packet(ethernet(ipv4(tcp(b"x" * 1000))), snap=96)
    assert (row.length, row.captured, row.payload) == (1054, 96, 1000)
    assert flow.bytes == 1054


@pytest.mark.parametrize("tags", [(0x8100,), (0x88A8, 0x8100), (0x9100, 0x8100, 0x8100)])
def test_vlan_tags_in_any_number(tags):
    _, flow = packet(ethernet(ipv4(udp(b"x"), 17), tags=tags))
    assert (flow.protocol, flow.target_port, flow.payload) == ("udp", 8001, 1)


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (0, struct.pack("<I", 2)),
        (0, struct.pack(">I", 2)),
        (108, struct.pack(">I", 2)),
        (12, b""),
        (14, b""),
        (101, b""),
        (228, b""),
        (113, struct.pack(">HHH8sH", 0, 1, 6, b"", 0x0800)),
        (113, struct.pack(">HHH8sHHH", 0, 1, 6, b"", 0x8100, 5, 0x0800)),
        (276, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"")),
        (276, struct.pack(">HHIHBB8sHH", 0x8100, 0, 1, 1, 0, 6, b"", 5, 0x0800)),
    ],
)
def test_link_types(link, head):
    row, flow = packet(head + ipv4(udp(b"abc"), 17), link=link)
    assert (flow.source, flow.target_port, row.payload) == ("10.0.0.1", 8001, 3)


@pytest.mark.parametrize("family", [10, 24, 28, 30])
def test_ipv6_over_loopback(family):
    row, flow = packet(struct.pack("<I", family) + ipv6(udp(b"abc")), link=0)
    assert (flow.source, flow.target, row.payload) == ("2001:db8::1", "2001:db8::2", 3)


def test_a_link_type_that_is_not_read_is_said():
    traffic = read(pcap([b"\0" * 60] * 3, link=127))
    assert len(traffic.packets) == traffic.loss.records == 3
    assert traffic.packets["flow"].tolist() == [-1, -1, -1]
    assert traffic.loss.reasons == (
        "3 packets are kept without addresses, because packets of link type 127 are not read here",
    )


def test_frames_that_are_no_ip_are_in_no_flow():
    arp = ethernet(b"\0" * 28, kind=0x0806)
    wrong_version = ethernet(b"\x75" + ipv4(b"")[1:], kind=0x0800)
    traffic = read(pcap([arp, wrong_version, arp[:13], arp[:3]]))
    assert traffic.packets["flow"].tolist() == [-1] * 4
    assert traffic.flows.empty
    assert traffic.loss.reasons == ()


def test_ipv4_options_and_an_offloaded_length():
    row, flow = packet(ethernet(ipv4(tcp(b"abcd"), options=b"\1" * 8)))
    assert (row.payload, flow.target_port) == (4, 8899)
    row, _ = packet(ethernet(ipv4(tcp(b"x" * 3000), total=0)))
    assert row.payload == 3000


def test_only_the_first_fragment_has_ports():
    datagram = udp(b"x" * 3000)
    first = ethernet(ipv4(datagram[:1480], 17, fragment=0x2000))
    last = ethernet(ipv4(datagram[1480:], 17, fragment=1480 // 8))
    traffic = read(pcap([first, last]))
    assert traffic.flows["source_port"].tolist() == [40001, -1]
    assert traffic.flows["payload"].sum() == 3000


def test_ipv6_extension_headers():
    options = bytes([60, 0]) + b"\0" * 6 + bytes([17, 1]) + b"\0" * 14
    row, flow = packet(ethernet(ipv6(options + udp(b"abc"), 0)))
    assert (flow.protocol, flow.target_port, row.payload) == ("udp", 8001, 3)
    authentication = bytes([17, 4]) + b"\0" * 22
    row, flow = packet(ethernet(ipv6(authentication + udp(b"abc"), 51)))
    assert (flow.protocol, flow.target_port, row.payload) == ("udp", 8001, 3)


def test_ipv6_fragments_and_jumbograms():
    head = bytes([17, 0]) + struct.pack(">HI", 0x0001, 9)
    later = bytes([17, 0]) + struct.pack(">HI", 1480 | 1, 9)
    traffic = read(pcap([ethernet(ipv6(part, 44)) for part in (head + udp(b"ab"), later + b"xyz")]))
    assert traffic.flows["target_port"].tolist() == [8001, -1]
    assert traffic.packets["payload"].tolist() == [2, 3]
    row, _ = packet(ethernet(ipv6(bytes([6, 0]) + b"\0" * 6 + tcp(b"abc"), 0, size=0)))
    assert row.payload == 3


@pytest.mark.parametrize(
    ("protocol", "name", "port"),
    [(1, "icmp", -1), (58, "icmp6", -1), (132, "sctp", 8001), (47, "47", -1)],
)
def test_other_protocols(protocol, name, port):
    row, flow = packet(ethernet(ipv4(udp(b"abc"), protocol)))
    assert (flow.protocol, flow.target_port, row.payload, flow.payload) == (name, port, -1, -1)


@pytest.mark.parametrize(
    ("snap", "flow", "port", "payload"),
    [(33, -1, None, -1), (34, 0, -1, -1), (38, 0, 8899, -1), (46, 0, 8899, -1), (47, 0, 8899, 9)],
)
def test_what_a_short_snapshot_leaves(snap, flow, port, payload):
    row, found = packet(ethernet(ipv4(tcp(b"x" * 9))), snap=snap)
    assert (row.flow, row.payload) == (flow, payload)
    assert (found and found.target_port) == port


@pytest.mark.parametrize("first", [0x44, 0x4F])
def test_impossible_ipv4_headers_are_in_no_flow(first):
    frame = ethernet(bytes([first]) + ipv4(udp(b""), 17, total=24)[1:], kind=0x0800)
    assert packet(frame)[0].flow == -1


def test_a_udp_length_that_cannot_be_is_not_believed():
    datagram = struct.pack(">HHHH", 1, 2, 60000, 0) + b"abc"
    assert packet(ethernet(ipv4(datagram, 17)))[0].payload == 3
    assert packet(ethernet(ipv4(b"\0\1\0\2\0", 17)))[0].payload == -1


def test_flows_are_one_direction_each_and_keep_their_order():
    there = ethernet(ipv4(tcp(b"ab", flags=SYN)))
    back = ethernet(
        ipv4(tcp(b"c", source=8899, target=40000), source="10.0.0.2", target="10.0.0.1")
    )
    traffic = read(pcap([there, back, there, ethernet(ipv6(udp(b"")))]))
    assert traffic.packets["flow"].tolist() == [0, 1, 0, 2]
    assert traffic.flows["packets"].tolist() == [2, 1, 1]
    assert traffic.flows["payload"].tolist() == [4, 1, 0]
    assert (traffic.flows["first_ns"] == traffic.packets["time_ns"].iloc[[0, 1, 3]].array).all()
    assert traffic.flows["last_ns"][0] == traffic.packets["time_ns"][2]


def test_an_ipv4_address_is_not_the_ipv6_address_of_the_same_bytes():
    four = ethernet(ipv4(udp(b""), 17, source="1.2.3.4", target="5.6.7.8"))
    six = ethernet(ipv6(udp(b""), 17, source="102:304::", target="506:708::"))
    traffic = read(pcap([four, six, four]))
    assert traffic.packets["flow"].tolist() == [0, 1, 0]
    assert traffic.flows["source"].tolist() == ["1.2.3.4", "102:304::"]


def test_many_flows_grow_the_tables():
    frames = [ethernet(ipv4(udp(b"", port), 17)) for port in range(1, 5001)]
    traffic = read(pcap(frames * 2))
    assert traffic.flows["source_port"].tolist() == list(range(1, 5001))
    assert (traffic.flows["packets"] == 2).all()
    assert traffic.packets["flow"].tolist() == list(range(5000)) * 2


def test_flows_do_not_depend_on_the_seed_of_the_hash(monkeypatch):
    # Machine code is cached from process to process, each of which has a seed of its own.
    data = pcap([ethernet(ipv4(udp(b"", source=port), 17)) for port in range(1, 3001)] * 2)
    before = read(data)
    monkeypatch.setattr(flow_numbers, "_SEED", np.uint64(12345))
    after = read(data)
    assert after.flows.equals(before.flows)
    assert after.packets.equals(before.packets)


def test_times_that_go_back():
    records = [pcap_record(UDP4, second) for second in (20, 10, 30)]
    traffic = read(pcap_header() + b"".join(records))
    assert traffic.flows[["first_ns", "last_ns"]].to_numpy().tolist() == [[10 * 10**9, 30 * 10**9]]


def test_the_link_field_may_hold_more_than_the_link_type():
    assert packet(UDP4, link=0xF400_0001)[1].target_port == 8001


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "magic number"),
        (b"\xd4\xc3", "magic number"),
        (b"\xd4\xc3\xb2\xa1" + b"\0" * 8, "after 12 of 24 bytes"),
        (pcap_header(version=(2, 3)), "version 2.3"),
        (pcap_header(version=(3, 0)), "version 3.0"),
        (b"\x0a\x0d\x0d\x0a" + b"\0" * 40, "magic number"),
    ],
)
def test_what_is_no_pcap_is_refused_in_one_sentence(data, words):
    with pytest.raises(FormatError, match=words):
        read(data)


def test_a_file_without_packets():
    traffic = read(pcap_header())
    assert traffic.packets.empty
    assert traffic.flows.empty
    assert (traffic.loss.records, traffic.loss.reasons) == (0, ())
    assert traffic.packets.dtypes.equals(schema.PACKETS.empty().dtypes)


@pytest.mark.parametrize("head", [b"", b"\xd4", b"# perf", b"\x0a\x0d\x0d\x0a", b"PERFILE2"])
def test_only_pcap_is_recognised(head):
    assert not READER.sniff(head)
