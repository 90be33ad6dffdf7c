"""iftop's text: real reports with their figures, both kinds of units, names, damage."""

import io
import re

import numpy as np
import pytest

from slonana_analysis.model import schema
from slonana_analysis.readers.iftop import READER

HEAD = (
    "   # Host name (port/service if enabled)            last 2s   last 10s   last 40s cumulative\n"
    + "-" * 92
    + "\n"
)
PAIR = (
    "   1 10.0.0.1:8899                            =>     1.50Kb       512b         0b     1.25MB\n"
    "     peer.example:40000                       <=        8Mb     2.00Gb        16b       100B\n"
)
TOTALS = (
    "-" * 92
    + "\n"
    + "Total send rate:                                     1.50Kb       512b         0b\n"
    + "Total receive rate:                                     8Mb     2.00Gb        16b\n"
    + "Total send and receive rate:                         8.00Mb     2.00Gb        16b\n"
    + "-" * 92
    + "\n"
    + "Peak rate (sent/received/total):                     2.00Kb        8Mb     8.00Mb\n"
    + "Cumulative (sent/received/total):                    2.50MB       200B     2.50MB\n"
    + "=" * 92
    + "\n\n"
)
REPORT = HEAD + PAIR + TOTALS


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(data), "iftop.txt")


def rates(traffic, flow, direction="sent", statistic="mean"):
    chosen = traffic.rates[
        (traffic.rates["flow"] == flow)
        & (traffic.rates["direction"] == direction)
        & (traffic.rates["statistic"] == statistic)
    ]
    return dict(zip(chosen["window_s"].tolist(), chosen["bytes_per_s"].tolist(), strict=True))


def test_flows_rates_and_totals():
    traffic = read("interface: lo\nListening on lo\n" + REPORT)
    columns = ["protocol", "source", "source_port", "target", "target_port", "bytes"]
    assert traffic.flows[columns].to_numpy().tolist() == [
        ["ip", "10.0.0.1", 8899, "peer.example", 40000, 1_310_720],
        ["ip", "peer.example", 40000, "10.0.0.1", 8899, 100],
    ]
    assert rates(traffic, 0) == {2: 192.0, 10: 64.0, 40: 0.0}
    assert rates(traffic, 1, "received") == {2: 1_048_576.0, 10: 268_435_456.0, 40: 2.0}
    assert rates(traffic, -1, "both") == {2: 1_048_576.0, 10: 268_435_456.0, 40: 2.0}
    assert rates(traffic, -1, "sent", "peak") == {2: 256.0}
    assert rates(traffic, -1, "received", "peak") == {2: 1_048_576.0}
    assert traffic.packets.empty
    assert traffic.header["interface"] == "lo"
    assert traffic.header["bytes of the flows printed"] == "50 % of all"
    assert (traffic.loss.records, traffic.loss.reasons, traffic.loss.truncated) == (1, (), False)
    assert traffic.loss.bytes_read == traffic.loss.bytes
    for table, frame in ((schema.FLOWS, traffic.flows), (schema.RATES, traffic.rates)):
        table.conform(frame)


def test_a_real_report(data):
    text = (data / "iftop-bytes.txt").read_bytes()
    traffic = read(text)
    assert READER.sniff(text)
    assert len(traffic.flows) == 20
    assert traffic.flows.iloc[0].tolist()[:7] == [
        "ip",
        "127.0.0.1",
        8002,
        "127.0.0.1",
        8001,
        -1,
        326656,
    ]
    assert set(traffic.flows["source"]) == {"127.0.0.1", "::1"}
    assert rates(traffic, -1) == {2: 84.9 * 1024, 10: 85.9 * 1024, 40: 78.8 * 1024}
    assert rates(traffic, -1, "both", "peak") == {2: 99.2 * 1024}
    assert traffic.loss.reasons == ()


@pytest.mark.parametrize(
    ("printed", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", -1),
        ("10.0.0.1:53", "10.0.0.1", 53),
        ("[fe80::1]:53", "fe80::1", 53),
        ("fe80::1", "fe80::1", -1),
        ("host.example:https", "host.example:https", -1),
        ("host.example:99999", "host.example:99999", -1),
    ],
)
def test_hosts_with_and_without_ports(printed, host, port):
    traffic = read(REPORT.replace("10.0.0.1:8899", printed))
    assert (traffic.flows["source"][0], traffic.flows["source_port"][0]) == (host, port)


def test_of_several_reports_the_last_whole_one_counts():
    later = REPORT.replace("1.25MB", "5.00MB")
    traffic = read(REPORT + later)
    assert traffic.flows["bytes"].tolist() == [5 * 2**20, 100]
    assert traffic.header["reports"].startswith("2,")
    cut = read(REPORT + later[: len(HEAD + PAIR)])
    assert cut.flows["bytes"].tolist() == [1_310_720, 100]
    assert cut.loss.truncated
    assert cut.loss.dropped == 1


def test_cut_at_every_byte():
    text = (HEAD + PAIR * 2 + TOTALS).encode()
    whole = read(text).flows.to_numpy().tolist()
    ends = [match.end() for match in re.finditer(rb"<=.*\n", text)]
    end = text.index(b"=" * 60) + 93
    for cut in range(len(text)):
        traffic = read(text[:cut])
        loss = traffic.loss
        assert 0 <= loss.bytes_read <= loss.bytes
        pairs = int((np.array(ends) <= cut).sum())
        assert traffic.flows.to_numpy().tolist() == whole[: 2 * pairs]
        # Before the heading nothing says that a report was to come, unless a line is cut.
        if text.index(b"---") <= cut < end:
            assert loss.truncated
            assert loss.reasons


def test_lines_of_others_are_counted():
    traffic = read(HEAD + "Segmentation fault\n" + PAIR + PAIR.splitlines()[1] + "\n" + TOTALS)
    assert len(traffic.flows) == 2
    assert traffic.loss.reasons == (
        "2 lines are not text of iftop or have no partner, the first at line 3",
    )
    lonely = read(HEAD + PAIR.splitlines()[0] + "\n" + TOTALS)
    assert lonely.flows.empty
    assert lonely.loss.dropped == 1


def test_line_ends_of_windows_make_no_difference():
    assert read(REPORT.replace("\n", "\r\n")).rates.equals(read(REPORT).rates)


@pytest.mark.parametrize("text", [b"", b"\n", b"\0" * 100, b"x" * 100_000, b"1 " * 50_000 + b"\n"])
def test_what_is_no_text_of_iftop_gives_no_flows(text):
    traffic = read(text)
    assert not READER.sniff(text)
    assert traffic.flows.empty
    assert traffic.rates.empty


def test_the_mutations_of_a_text(data):
    text = np.frombuffer((data / "iftop-bytes.txt").read_bytes(), np.uint8)
    random = np.random.default_rng(8)
    for _ in range(300):
        mutated = text.copy()
        places = random.integers(0, text.size, random.integers(1, 8))
        mutated[places] = random.integers(0, 256, places.size)
        loss = read(mutated[: random.integers(0, text.size + 1)].tobytes()).loss
        assert 0 <= loss.bytes_read <= loss.bytes
