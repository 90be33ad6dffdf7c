"""How a notebook shows traffic: one call each, and a notice where the file cannot tell."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from IPython.display import Markdown, display

from slonana_analysis.errors import UnavailableError
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles import traffic as views
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.figures.traffic import (
    gap_plot,
    packet_size_plot,
    traffic_rate_plot,
)
from slonana_analysis.report.html_table import HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.tables import facts_table
from slonana_analysis.report.traffic_tables import (
    flow_rate_table,
    gap_table,
    port_table,
    segment_table,
)
from slonana_analysis.report.traffic_text import traffic_text
from slonana_analysis.report.views.prose import prose
from slonana_analysis.units import format_bytes

Shown = TypeVar("Shown")


def show_traffic(traffic: Traffic, capture: Capture | None = None) -> HtmlTable:
    """Return what was read of a capture; one that was made elsewhere is announced as such."""
    rows = [("Origin", "the file named in the parameters")]
    if capture is not None:
        facts = capture.facts
        rows = [
            ("Origin", "recorded, comes with the suite" if facts.recorded else "this machine"),
            ("Command", " ".join(facts.command)),
            ("Start", facts.start),
            *(("Note", note) for note in facts.notes),
        ]
        if facts.recorded:
            why = "No capture file was named."
            remedy = "What follows is the recorded capture that comes with the suite."
            display(NotMeasured("the traffic of this machine", why, remedy))  # type: ignore[no-untyped-call]
    loss = traffic.loss
    rows += [
        ("Format", " by ".join(filter(None, [traffic.format, traffic.tool]))),
        *((name.capitalize(), value) for name, value in traffic.header.items()),
        ("Packets", f"{len(traffic.packets):,}"),
        ("Flows", f"{len(traffic.flows):,}, one direction each"),
        ("File", format_bytes(loss.bytes)),
        ("Read", format_bytes(loss.bytes_read)),
        ("Records dropped", f"{loss.dropped:,}"),
        ("Ends too early", "yes" if loss.truncated else "no"),
        *(("Reason", reason) for reason in loss.reasons),
    ]
    return facts_table(rows, caption="The capture, and what was read of it")


def show_flows(traffic: Traffic, rows: int = 15) -> HtmlTable:
    """Return the flows with most bytes, with their rates, as a table."""
    return flow_rate_table(views.flow_rates(traffic), top=rows)


def show_ports(traffic: Traffic, ports: Sequence[int] = ()) -> HtmlTable:
    """Return what each service's port received, sent and answered, as a table."""
    return port_table(views.port_summary(traffic, ports))


def show_segments(traffic: Traffic, rows: int = 10) -> HtmlTable | NotMeasured:
    """Return TCP flows with bytes that were sent again, late or missing, as a table."""
    return _or_notice("TCP segments", lambda: segment_table(views.segments(traffic), top=rows))


def show_gaps(traffic: Traffic, ports: Sequence[int] = ()) -> HtmlTable | NotMeasured:
    """Return percentiles of the gaps between packets by port, as a table."""
    return _or_notice("gaps", lambda: gap_table(views.gaps(traffic, ports=ports)))


def show_gap_distribution(
    traffic: Traffic, ports: Sequence[int] = ()
) -> ReportFigure | NotMeasured:
    """Return the figure of how long the gaps between packets are."""
    return _or_notice("gaps", lambda: gap_plot(views.gap_shares(traffic, ports=ports)))


def show_packet_sizes(traffic: Traffic) -> ReportFigure | NotMeasured:
    """Return the figure of packets and bytes by packet size."""
    return _or_notice("packet sizes", lambda: packet_size_plot(views.packet_sizes(traffic)))


def show_traffic_rate(
    traffic: Traffic, ports: Sequence[int] = (), bins: int = 60
) -> ReportFigure | NotMeasured:
    """Return the figure of bytes per second over time, stacked by port."""
    return _or_notice(
        "traffic over time",
        lambda: traffic_rate_plot(views.traffic_timeline(traffic, bins, ports=ports)),
    )


def show_traffic_reading(traffic: Traffic, ports: Sequence[int] = ()) -> Markdown:
    """Return a paragraph that says what the tables and figures say."""
    return prose(traffic_text(traffic, ports))


def _or_notice(what: str, make: Callable[[], Shown]) -> Shown | NotMeasured:
    try:
        return make()
    except UnavailableError as error:
        why = str(error)
        return NotMeasured(what, f"{why[:1].upper()}{why[1:]}.")
