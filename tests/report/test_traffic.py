"""Traffic as figures, tables, notices and words."""

import io
import xml.etree.ElementTree as ET

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.profiles import traffic as profiles
from slonana_analysis.readers import iftop, pcap
from slonana_analysis.report import figures, views
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.traffic_text import traffic_text

PORTS = [8899, 8001]
HOSTILE = "<b>$x$"


@pytest.fixture(scope="module")
def capture():
    return recorded_capture("tcpdump-loopback")


@pytest.fixture(scope="module")
def traffic(capture):
    with capture.main.open("rb") as stream:
        return pcap.READER.read(stream, "recorded")


@pytest.fixture
def printed():
    text = (
        "   # Host name (port/service if enabled)            last 2s   last 10s   last 40s cum\n"
        f"   1 {HOSTILE}                 =>     16b       32b         64b     100B\n"
        "     10.0.0.9:8899           <=      0b        0b          0b     300B\n"
    )
    return iftop.READER.read(io.BytesIO(text.encode() + b"=" * 40 + b"\n"), "test")


@pytest.fixture
def drawn(traffic):
    return {
        "rate": figures.traffic_rate_plot(profiles.traffic_timeline(traffic, 60, ports=PORTS)),
        "sizes": figures.packet_size_plot(profiles.packet_sizes(traffic)),
        "gaps": figures.gap_plot(profiles.gap_shares(traffic, ports=PORTS)),
    }


@pytest.mark.parametrize("name", ["rate", "sizes", "gaps"])
def test_a_figure_is_whole_described_and_the_same_each_time(drawn, name):
    figure = drawn[name]
    assert figure.description
    assert figure.svg() == figure.svg()
    assert ET.fromstring(figure.svg()).attrib["width"] == "720pt"
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


def test_axes_name_their_units(drawn):
    labels = {
        name: (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel())
        for name, figure in drawn.items()
    }
    assert "seconds" in labels["rate"][0]
    assert "bytes" in labels["sizes"][0]
    assert "%" in labels["gaps"][1]
    ticks = [text.get_text() for text in drawn["rate"].axes[0].get_yticklabels()]
    assert all(text.endswith("bytes/s") for text in ticks if text)
    assert drawn["gaps"].axes[0].get_xscale() == "log"


def test_bands_are_told_apart_by_more_than_colour(drawn):
    bands = drawn["rate"].axes[0].patches
    assert len({band.get_hatch() for band in bands}) == len(bands) == 2


def test_bars_say_what_the_table_says(drawn, traffic):
    sizes = profiles.packet_sizes(traffic)
    heights = [bar.get_height() for bar in drawn["sizes"].axes[0].patches]
    assert heights[: len(sizes)] == pytest.approx((100 * sizes["share"]).tolist())


def test_packets_of_one_moment_have_a_figure(traffic):
    shares = schema.GAP_SHARES.empty()
    shares.loc[0] = ["all", 0.0, 1.0]
    assert figures.gap_plot(shares).svg()


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (figures.traffic_rate_plot, schema.TRAFFIC_TIMELINE),
        (figures.packet_size_plot, schema.PACKET_SIZES),
        (figures.gap_plot, schema.GAP_SHARES),
    ],
)
def test_nothing_to_draw_is_an_error_of_use(draw, table):
    with pytest.raises(UsageError):
        draw(table.empty())


def test_a_recorded_capture_is_announced(capture, traffic, capsys):
    table = views.show_traffic(traffic, capture)
    assert "recorded" in str(table)
    assert "1,334" in str(table)
    assert "Not measured" in capsys.readouterr().out
    assert "recorded" not in str(views.show_traffic(traffic))


def test_tables(traffic):
    assert "232" in str(views.show_ports(traffic, PORTS))
    assert "12 of 125" in repr(views.show_flows(traffic, rows=12))
    assert "402 ms" in str(views.show_gaps(traffic, PORTS))
    assert "0 were sent again" in repr(views.show_segments(traffic))


def test_names_from_the_file_are_text(printed):
    html = views.show_flows(printed)._repr_html_()
    assert HOSTILE not in html
    assert "&lt;b&gt;" in html
    assert HOSTILE not in traffic_text(printed)


def test_what_flows_cannot_tell_is_a_notice(printed):
    for view in (
        views.show_gaps,
        views.show_gap_distribution,
        views.show_packet_sizes,
        views.show_segments,
        views.show_traffic_rate,
    ):
        notice = view(printed)
        assert isinstance(notice, NotMeasured)
        assert "This iftop file holds no packets" in str(notice)


def test_the_reading(traffic, printed):
    text = traffic_text(traffic, PORTS)
    assert text.startswith("The capture holds 308 KiB in 125 flows, 83.4 kbytes/s over 3.8 s.")
    assert "it gave 232 answers to 232 requests, half of them within 841 µs" in text
    assert "Packets of up to 127 bytes are 49 % of all and carry 15 % of the bytes." in text
    assert "None of the 588 TCP segments was sent again" in text
    assert "Nothing went to or from port 53." in traffic_text(traffic, [53])
    assert "Port 8899 took 100 B and sent 300 B." in traffic_text(printed)
    assert "no packets" in traffic_text(printed)
    assert views.show_traffic_reading(traffic, PORTS).data == text
