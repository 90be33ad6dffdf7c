"""Views of traffic: each against packets that stand in the test."""

import io
import math

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.profiles import traffic as views
from slonana_analysis.readers import iftop, pcap
from tests.readers.made_packets import (
    ACK,
    SYN,
    ethernet,
    ipv4,
    ipv6,
    pcap_header,
    pcap_record,
    tcp,
    udp,
)

MS = 1_000_000
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def traffic_of(*packets):
    """Traffic of (time in ms, frame) pairs."""
    records = [pcap_record(frame, ms // 1000, ms % 1000 * 1000) for ms, frame in packets]
    return pcap.READER.read(io.BytesIO(pcap_header() + b"".join(records)), "test")


def ask(payload=b"q", port=40000, **keywords):
    return ethernet(ipv4(tcp(payload, source=port, target=8899, **keywords)))


def answer(payload=b"a", port=40000, **keywords):
    segment = tcp(payload, source=8899, target=port, **keywords)
    return ethernet(ipv4(segment, source=SERVER, target=CLIENT))


def gossip(size=100, source=8002):
    return ethernet(ipv4(udp(b"g" * size, source=source, target=8001), 17))


ARP = ethernet(b"\0" * 28, kind=0x0806)


@pytest.fixture
def recorded():
    with recorded_capture("tcpdump-loopback").main.open("rb") as stream:
        return pcap.READER.read(stream, "recorded")


@pytest.fixture
def printed(tmp_path):
    text = (
        "   # Host name (port/service if enabled)            last 2s   last 10s   last 40s cum\n"
        "   1 10.0.0.1:8899           =>     16b       32b         64b     100B\n"
        "     10.0.0.9:40000          <=      0b        0b          0b     300B\n"
    )
    return iftop.READER.read(io.BytesIO(text.encode() + b"=" * 40 + b"\n"), "test")


def test_flow_rates():
    rates = views.flow_rates(traffic_of((0, gossip(10)), (1000, ask()), (4000, gossip(20))))
    assert rates["protocol"].tolist() == ["udp", "tcp"]
    assert rates["bytes"].tolist() == [114, 55]
    assert rates["share"].tolist() == [114 / 169, 55 / 169]
    assert rates["seconds"].tolist() == [4.0, 0.0]
    assert rates["bytes_per_s"].tolist() == [114 / 4, 55 / 4]
    assert rates["packets_per_s"].tolist() == [0.5, 0.25]


def test_flow_rates_of_a_single_moment_are_unknown():
    rates = views.flow_rates(traffic_of((0, ask())))
    assert math.isnan(rates["bytes_per_s"][0])
    assert views.flow_rates(traffic_of((0, ARP))).empty


def test_rates_that_the_tool_printed(printed):
    assert views.flow_rates(printed)["bytes_per_s"].tolist() == [0.0, 8.0]
    assert views.flow_rates(printed, 2)["bytes_per_s"].tolist() == [0.0, 2.0]
    with pytest.raises(UsageError, match=r"\[2, 10, 40\] seconds, not 5"):
        views.flow_rates(printed, 5)


def test_packet_sizes():
    sizes = views.packet_sizes(
        traffic_of((0, ask(b"x" * 9)), (1, ask(b"x" * 10)), (2, gossip(558)))
    )
    assert sizes[["smallest", "largest", "packets", "bytes"]].to_numpy().tolist() == [
        [0, 63, 1, 63],
        [64, 127, 1, 64],
        [128, 255, 0, 0],
        [256, 511, 0, 0],
        [512, 1023, 1, 600],
    ]
    assert sizes["share"].sum() == pytest.approx(1)


def test_sizes_above_every_class():
    frame = ethernet(ipv6(udp(b""), size=0))
    data = pcap_header() + pcap_record(frame, length=200_000)
    sizes = views.packet_sizes(pcap.READER.read(io.BytesIO(data), "test"))
    assert sizes[["smallest", "largest"]].to_numpy().tolist() == [[65_536, 200_000]]


def test_gaps_and_the_longest_silence():
    times = [0, 1, 3, 6, 106, 107]
    table = views.gaps(traffic_of(*((ms, gossip()) for ms in times), (50, ask())))
    udp_row, tcp_row = (row for _, row in table.iterrows())
    assert udp_row["group"] == "udp 8001"
    assert udp_row["p50_ns"] == 2 * MS
    assert math.isnan(udp_row["p90_ns"])
    assert (udp_row["longest_ns"], udp_row["silent_from_ns"]) == (100 * MS, 6 * MS)
    assert (tcp_row["longest_ns"], tcp_row["silent_from_ns"]) == (-1, -1)
    assert math.isnan(tcp_row["p50_ns"])
    assert views.gaps(traffic_of((5, ask()), (2, ask())), by="all")["longest_ns"].tolist() == [
        3 * MS
    ]


def test_percentiles_need_gaps_beyond_them():
    table = views.gaps(traffic_of(*((ms, gossip()) for ms in range(101))))
    assert table[["p50_ns", "p90_ns", "p99_ns"]].to_numpy().tolist() == [[MS] * 3]
    assert math.isnan(table["p999_ns"][0])


def test_shares_of_gaps():
    shares = views.gap_shares(traffic_of(*((ms, gossip()) for ms in (0, 1, 2, 4, 8))), by="all")
    assert shares["gap_ns"].tolist() == [MS, MS, 2 * MS, 4 * MS]
    assert shares["share"].tolist() == [0.5, 0.5, 0.75, 1.0]
    many = views.gap_shares(traffic_of(*((ms, gossip()) for ms in range(2000))), by="all")
    assert len(many) == 500
    assert many["share"].iloc[-1] == 1.0


def test_the_timeline_adds_up_and_is_stacked_by_port():
    packets = [(0, gossip()), (10, ask()), (99, ask()), (99, ARP)]
    table = views.traffic_timeline(traffic_of(*packets), bins=2, ports=[8899])
    assert table["group"].tolist() == ["tcp 8899", "(others)"] * 2
    assert table["packets"].tolist() == [1, 1, 1, 1]
    assert table["bytes"].sum() == sum(len(frame) for _, frame in packets)
    assert table["start_ns"].tolist()[:3] == [0, 0, 49_500_000]
    assert table["end_ns"].tolist()[-1] == 99 * MS + 1


def test_groups_by_flow_and_the_rest():
    traffic = traffic_of((0, gossip(500)), (1, ask()), (2, ask(port=40001)), (3, ARP))
    table = views.traffic_timeline(traffic, bins=1, by="flow", names=1)
    assert table["group"].tolist() == ["udp 10.0.0.1:8002 → 10.0.0.2:8001", "(others)"]
    assert table["packets"].tolist() == [1, 3]
    everything = views.traffic_timeline(traffic, bins=1, by="all")
    assert everything["packets"].tolist() == [4]


@pytest.mark.parametrize(
    "wrong", [{"bins": 0}, {"names": 0}, {"by": "colour"}, {"ports": [70_000]}, {"ports": [-1]}]
)
def test_what_cannot_be_asked_for(wrong):
    with pytest.raises(UsageError):
        views.traffic_timeline(traffic_of((0, ask())), **wrong)


def test_a_port_with_requests_and_answers():
    first, second = 40000, 40001
    packets = [
        (0, ask(b"", first, sequence=9, flags=SYN)),
        (1, ask(b"qq", first, sequence=10)),
        (2, ask(b"q", first, sequence=12)),
        (3, ask(b"q", second, sequence=5)),
        (7, answer(b"aaa", first, sequence=77)),
        (8, answer(b"", first, flags=ACK, sequence=80)),
        (9, answer(b"a", first, sequence=80)),
        (13, answer(b"aaaa", second, sequence=1)),
        (20, ask(b"q", first, sequence=13)),
        (21, ask(b"q", first, sequence=13)),
        (
            50,
            gossip(),
        ),
    ]
    table = views.port_summary(traffic_of(*packets))
    rpc = table[table["port"] == 8899].iloc[0]
    assert (rpc["protocol"], rpc["peers"]) == ("tcp", 2)
    assert (rpc["packets_in"], rpc["packets_out"]) == (6, 4)
    assert (rpc["payload_in"], rpc["payload_out"]) == (6, 8)
    # Two on the first connection, the last of them without an answer and sent twice.
    assert (rpc["requests"], rpc["responses"]) == (3, 2)
    assert (rpc["p50_ns"], rpc["longest_ns"]) == (7.5 * MS, 10 * MS)
    assert math.isnan(rpc["p99_ns"])
    rest = table[table["port"] == 8001].iloc[0]
    assert (rest["requests"], rest["packets_in"], rest["payload_in"]) == (-1, 1, 100)


def test_ports_of_printed_flows(printed):
    (row,) = views.port_summary(printed, [8899]).to_dict("records")
    assert (row["bytes_in"], row["bytes_out"], row["packets_in"]) == (300, 100, -1)
    assert (row["requests"], row["peers"]) == (-1, 1)
    assert views.port_summary(printed, [1]).empty


def test_a_port_at_both_ends_counts_as_received():
    (row,) = views.port_summary(traffic_of((0, gossip(source=8001)))).to_dict("records")
    assert (row["packets_in"], row["packets_out"]) == (1, 0)


def segments_of(*numbers, flags=ACK, payload=b"x" * 10):
    """The counts of one flow with a segment of ten bytes at each sequence number."""
    frames = [ask(payload, sequence=number % 2**32, flags=flags) for number in numbers]
    table = views.segments(traffic_of(*enumerate(frames)))
    return table.iloc[0, 5:].to_list()


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        ([100, 110, 120], [3, 0, 0, 0, 0]),
        ([100, 110, 100, 110], [4, 2, 0, 0, 0]),
        ([100, 120, 110], [3, 0, 1, 1, 0]),
        ([100, 120], [2, 0, 0, 1, 10]),
        ([100, 130, 110, 120, 120], [5, 1, 2, 1, 0]),
        ([100, 105], [2, 0, 0, 0, 0]),
        ([2**32 - 15, 2**32 - 5, 5, 2**32 - 5], [4, 1, 0, 0, 0]),
        ([2**32 - 10, 10, 0], [3, 0, 1, 1, 0]),
    ],
)
def test_segments(numbers, counts):
    assert segments_of(*numbers) == counts


def test_a_lost_syn_is_sent_again_and_a_new_connection_is_not():
    syn = ask(b"", sequence=5, flags=SYN)
    data = ask(b"x" * 4, sequence=6)
    later = ask(b"", sequence=90_000, flags=SYN)
    table = views.segments(traffic_of((0, syn), (1, syn), (2, data), (3, later), (4, data)))
    assert table["segments"].tolist() == [5]
    assert table["retransmitted"].tolist() == [2]
    assert table["holes"].tolist() == [0]


def test_keep_alives_and_empty_acknowledgements_are_no_segments():
    packets = [ask(b"x" * 4, sequence=6), ask(b"", sequence=10), ask(b"x", sequence=9)]
    assert views.segments(traffic_of(*enumerate(packets)))["segments"].tolist() == [1]


def test_flows_over_time():
    packets = [(0, ask()), (10, gossip()), (60, ask()), (99, ask(port=5)), (99, ARP)]
    counts = views.flow_counts(traffic_of(*packets), bins=2)
    assert counts["active"].tolist() == [2, 2]
    assert counts["opened"].tolist() == [2, 1]


@pytest.mark.parametrize(
    "view",
    [
        views.packet_sizes,
        views.gaps,
        views.gap_shares,
        views.traffic_timeline,
        views.segments,
        views.flow_counts,
    ],
)
def test_flows_without_packets_have_no_such_view(printed, view):
    with pytest.raises(UnavailableError, match="holds no packets"):
        view(printed)


def test_the_recorded_capture(recorded):
    """Golden values; the workload beside it says what was sent."""
    table = views.port_summary(recorded, [8899, 8001])
    assert table["port"].tolist() == [8899, 8001]
    assert table["peers"].tolist() == [62, 1]
    assert table["packets_in"].tolist() == [699, 217]
    assert table["packets_out"].tolist() == [418, 0]
    assert table["bytes_in"].tolist() == [77_759, 99_934]
    assert table["requests"].tolist() == [232, -1]
    assert table["responses"].tolist() == [232, -1]
    assert table["p50_ns"][0] == 841_000
    # Nobody speaks for 400 ms in the middle; answers that are under way still come.
    gaps = views.gaps(recorded, ports=[8001])
    assert gaps["longest_ns"][0] == 402_369_000
    assert views.segments(recorded)[["retransmitted", "late", "missing"]].sum().sum() == 0
    assert views.packet_sizes(recorded)["packets"].sum() == 1334
    assert views.traffic_timeline(recorded)["bytes"].sum() == 314_888
    assert views.flow_counts(recorded)["opened"].sum() == 125


def test_every_view_has_the_columns_of_the_schema(recorded):
    made = {
        schema.FLOW_RATES: views.flow_rates(recorded),
        schema.PACKET_SIZES: views.packet_sizes(recorded),
        schema.GAPS: views.gaps(recorded),
        schema.GAP_SHARES: views.gap_shares(recorded),
        schema.PORTS: views.port_summary(recorded),
        schema.SEGMENTS: views.segments(recorded),
        schema.TRAFFIC_TIMELINE: views.traffic_timeline(recorded),
        schema.FLOW_COUNTS: views.flow_counts(recorded),
    }
    for table, frame in made.items():
        assert frame.dtypes.equals(table.empty().dtypes)
        assert not frame.empty
