"""Traffic in words: what the tables and figures of a capture say."""

import math
from collections.abc import Iterator, Sequence

from slonana_analysis.errors import UnavailableError
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic import gaps, packet_sizes, port_summary, segments
from slonana_analysis.report.words import seconds_text
from slonana_analysis.units import format_bytes, format_rate, format_time

_SMALL = 127


def traffic_text(traffic: Traffic, ports: Sequence[int] = ()) -> str:
    """Return a paragraph about the traffic.

    Parameters
    ----------
    traffic : Traffic
        Packets, or flows that a tool printed.
    ports : sequence of int
        The services' ports; by default the lower port of each flow is taken for its service's.

    Returns
    -------
    str
        Markdown of numbers and ports, without any name from the file.
    """
    sentences = [*_amount(traffic), *_services(traffic, ports)]
    try:
        sentences += [*_sizes(traffic), *_silences(traffic), *_flaws(traffic)]
    except UnavailableError:
        sentences.append("The file holds flows and no packets, so it says nothing of single ones.")
    return " ".join(sentences)


def _amount(traffic: Traffic) -> Iterator[str]:
    flows = traffic.flows
    if flows.empty:
        yield "The capture holds no flows."
        return
    size = int(flows["bytes"].sum())
    timed = flows[flows["first_ns"] >= 0]
    seconds = (
        (int(timed["last_ns"].max()) - int(timed["first_ns"].min())) / 1e9 if len(timed) else 0
    )
    rate = (
        f", {format_rate(size / seconds, 'bytes')} over {seconds_text(seconds)}" if seconds else ""
    )
    yield f"The capture holds {format_bytes(size)} in {len(flows):,} flows{rate}."


def _services(traffic: Traffic, ports: Sequence[int]) -> Iterator[str]:
    for row in port_summary(traffic, ports).head(max(len(ports), 3)).to_dict("records"):
        protocol = "" if row["protocol"] == "ip" else f"{row['protocol'].upper()} "
        name = f"{protocol}port {row['port']}"
        took = f"took {format_bytes(row['bytes_in'])} and sent {format_bytes(row['bytes_out'])}"
        if row["requests"] > 0 and not math.isnan(row["p50_ns"]):
            yield (
                f"{name} {took}; it gave {row['responses']:,} answers to {row['requests']:,} "
                f"requests, half of them within {format_time(row['p50_ns'])}, the slowest after "
                f"{format_time(row['longest_ns'])}."
            )
        else:
            yield f"{name[:1].upper()}{name[1:]} {took}."
    silent = set(ports) - set(port_summary(traffic, ports)["port"].tolist())
    if silent:
        yield f"Nothing went to or from port {', '.join(str(port) for port in sorted(silent))}."


def _sizes(traffic: Traffic) -> Iterator[str]:
    sizes = packet_sizes(traffic)
    small = sizes[sizes["largest"] <= _SMALL]
    carried = int(small["bytes"].sum()) / max(int(sizes["bytes"].sum()), 1)
    yield (
        f"Packets of up to {_SMALL} bytes are {100 * small['share'].sum():.0f} % of all and carry "
        f"{100 * carried:.0f} % of the bytes."
    )


def _silences(traffic: Traffic) -> Iterator[str]:
    everything = gaps(traffic, by="all").iloc[0]
    if everything["longest_ns"] >= 0:
        yield (
            f"The longest time without any packet is {format_time(everything['longest_ns'])}; "
            f"half of the gaps are shorter than {format_time(everything['p50_ns'])}."
        )


def _flaws(traffic: Traffic) -> Iterator[str]:
    counts = segments(traffic)
    total = int(counts["segments"].sum())
    if not total:
        return
    again, late, missing = (
        int(counts[name].sum()) for name in ("retransmitted", "late", "missing")
    )
    if again or late or missing:
        yield (
            f"Of {total:,} TCP segments {again:,} were sent again and {late:,} came late; "
            f"{missing:,} bytes that the sequence numbers promise are not in the capture."
        )
    else:
        yield f"None of the {total:,} TCP segments was sent again, came late or is missing."
