"""Traffic as tables: flows, ports, gaps and TCP segments."""

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from slonana_analysis.profiles.traffic.groups import endpoints
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.units import format_bytes, format_rate, format_time

_NOTHING = "—"


def flow_rate_table(flows: pd.DataFrame, *, top: int = 15) -> HtmlTable:
    """Return flows (columns of ``schema.FLOW_RATES``) as a table, most bytes first."""
    shown = flows.head(top)
    columns = zip(
        shown["protocol"],
        endpoints(shown["source"], shown["source_port"]),
        endpoints(shown["target"], shown["target_port"]),
        shown["packets"].tolist(),
        shown["bytes"].tolist(),
        shown["share"].tolist(),
        shown["bytes_per_s"].tolist(),
        strict=True,
    )
    return HtmlTable(
        caption=f"Flows by their bytes, {len(shown):,} of {len(flows):,}",
        headings=(
            Heading("From"),
            Heading("To"),
            Heading("Protocol"),
            Heading("Packets", number=True),
            Heading("Bytes", number=True, note="on the wire"),
            Heading("Share", number=True, note="of the bytes of all flows"),
            Heading("Rate", number=True, note="over the whole capture, or as the tool printed it"),
        ),
        rows=tuple(
            (
                Cell(source),
                Cell(target),
                Cell(protocol),
                _count(packets),
                Cell(format_bytes(size), sort=size),
                Cell(f"{100 * share:.1f} %", sort=share),
                Cell(format_rate(rate, "bytes"), sort=_key(rate)),
            )
            for protocol, source, target, packets, size, share, rate in columns
        ),
        kind="flows",
        sortable=True,
        searchable=True,
    )


def port_table(ports: pd.DataFrame) -> HtmlTable:
    """Return ports (columns of ``schema.PORTS``) as a table."""
    return HtmlTable(
        caption="Services by port",
        headings=(
            Heading("Port"),
            Heading("Peers", number=True, note="address and port pairs that spoke with it"),
            Heading("In", number=True, note="on the wire, to the port"),
            Heading("Out", number=True, note="on the wire, from the port"),
            Heading("Requests", number=True, note="turns of a peer to speak on a TCP connection"),
            Heading("Responses", number=True, note="turns of the port to speak"),
            Heading("Answer, median", number=True, note="from a request's end to the first byte"),
            Heading("99 %", number=True, note="where there are at least 100 answers"),
            Heading("Longest", number=True),
        ),
        rows=tuple(_port_cells(row) for row in ports.to_dict("records")),
        kind="ports",
        sortable=True,
    )


def _port_cells(row: Mapping[Hashable, Any]) -> tuple[Cell, ...]:
    number = {name: float(value) for name, value in row.items() if name != "protocol"}
    return (
        Cell(f"{row['protocol']} {row['port']}", sort=number["port"]),
        _count(number["peers"]),
        *(
            Cell(
                format_bytes(number[f"bytes_{way}"]),
                sort=number[f"bytes_{way}"],
                detail=_packets(number[f"packets_{way}"]),
            )
            for way in ("in", "out")
        ),
        _count(number["requests"]),
        _count(number["responses"]),
        *(_time(number[name]) for name in ("p50_ns", "p99_ns", "longest_ns")),
    )


def gap_table(gaps: pd.DataFrame) -> HtmlTable:
    """Return gaps (columns of ``schema.GAPS``) as a table."""
    percentiles = ("p50_ns", "p90_ns", "p99_ns", "p999_ns")
    columns = zip(
        gaps["group"],
        gaps["packets"].tolist(),
        *(gaps[name].tolist() for name in percentiles),
        gaps["longest_ns"].tolist(),
        strict=True,
    )
    return HtmlTable(
        caption="Gaps between one packet and the next",
        headings=(
            Heading("Packets of"),
            Heading("Packets", number=True),
            Heading("Median", number=True),
            *(
                Heading(label, number=True, note="where at least one gap lies beyond it")
                for label in ("90 %", "99 %", "99.9 %")
            ),
            Heading("Longest silence", number=True),
        ),
        rows=tuple(
            (
                Cell(group),
                _count(packets),
                *(_time(value) for value in times),
                _time(math.nan if longest < 0 else longest),
            )
            for group, packets, *times, longest in columns
        ),
        kind="gaps",
        sortable=True,
    )


def segment_table(segments: pd.DataFrame, *, top: int = 10) -> HtmlTable:
    """Return TCP flows (columns of ``schema.SEGMENTS``) that are not flawless as a table."""
    flaws = segments[["retransmitted", "late", "holes"]].sum(axis=1)
    order = flaws[flaws > 0].sort_values(ascending=False, kind="stable").index
    shown = segments.loc[order[:top]]
    sums = [int(segments[name].sum()) for name in ("segments", "retransmitted", "late", "missing")]
    return HtmlTable(
        caption=(
            f"TCP flows with flaws, {len(shown):,} of {len(segments):,} flows; of {sums[0]:,} "
            f"segments in all {sums[1]:,} were sent again and {sums[2]:,} late, {sums[3]:,} bytes "
            "are missing"
        ),
        headings=(
            Heading("From"),
            Heading("To"),
            Heading("Segments", number=True, note="with payload, or opening the connection"),
            Heading("Sent again", number=True, note="bring only bytes seen before"),
            Heading("Late", number=True, note="fill a hole: reordered, or sent again after a loss"),
            Heading("Holes", number=True, note="places where the next packet skipped bytes"),
            Heading("Missing", number=True, note="skipped bytes that never came in this capture"),
        ),
        rows=tuple(_segment_rows(shown)),
        kind="segments",
        sortable=True,
    )


def _segment_rows(shown: pd.DataFrame) -> Iterable[tuple[Cell, ...]]:
    columns = zip(
        endpoints(shown["source"], shown["source_port"]),
        endpoints(shown["target"], shown["target_port"]),
        *(shown[name].tolist() for name in ("segments", "retransmitted", "late", "holes")),
        shown["missing"].tolist(),
        strict=True,
    )
    for source, target, *counts, missing in columns:
        yield (
            Cell(source),
            Cell(target),
            *(_count(count) for count in counts),
            Cell(format_bytes(missing), sort=missing),
        )


def _packets(number: float) -> str:
    return "" if number < 0 else f"{number:,.0f} packets"


def _count(number: float) -> Cell:
    return Cell(_NOTHING, sort="") if number < 0 else Cell(f"{number:,.0f}", sort=number)


def _time(nanoseconds: float) -> Cell:
    return Cell(format_time(nanoseconds), sort=_key(nanoseconds))


def _key(value: float) -> float | str:
    """Sort key: what is not a number has none and goes last."""
    return "" if math.isnan(value) else value
