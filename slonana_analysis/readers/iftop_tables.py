"""Makes the flow and rate tables of one of iftop's reports."""

import re
from collections.abc import Iterator

import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.readers.iftop_reports import Pair, Report

_BRACKETED = re.compile(r"\[(?P<host>.+)\]:(?P<port>[0-9]{1,5})")
_PLAIN = re.compile(r"(?P<host>[^:]+):(?P<port>[0-9]{1,5})")
_WINDOWS = (2, 10, 40)
# iftop counts in slots of two seconds and its peak is the fullest of them.
_PEAK_WINDOW = 2
_NO_PORT = -1
_HIGHEST_PORT = 65_535


def flow_table(report: Report) -> pd.DataFrame:
    """Return both directions of all pairs, the first host's sending first.

    Returns
    -------
    DataFrame
        Columns of ``schema.FLOWS``; iftop knows neither protocols nor packets.
    """
    rows = [row for pair in report.pairs for row in _directions(pair)]
    columns = ["source", "source_port", "target", "target_port", "bytes"]
    return schema.FLOWS.conform(
        pd.DataFrame(rows, columns=columns).assign(
            protocol="ip", packets=-1, payload=-1, first_ns=-1, last_ns=-1
        )
    )


def rate_table(report: Report) -> pd.DataFrame:
    """Return the rates of all flows and of everything together.

    Returns
    -------
    DataFrame
        Columns of ``schema.RATES``, bytes/s.
    """
    rows: list[tuple[int, str, str, int, float]] = []
    for place, pair in enumerate(report.pairs):
        for flow, direction, values in (
            (2 * place, "sent", pair.sent),
            (2 * place + 1, "received", pair.received),
        ):
            rows += _means(flow, direction, values)
    for direction, values in report.totals.items():
        rows += _means(-1, direction, values)
    rows += [(-1, each, "peak", _PEAK_WINDOW, value) for each, value in report.peaks.items()]
    return schema.RATES.conform(pd.DataFrame(rows, columns=schema.RATES.names))


def _means(
    flow: int, direction: str, values: tuple[float, ...]
) -> Iterator[tuple[int, str, str, int, float]]:
    for window, value in zip(_WINDOWS, values, strict=False):
        yield flow, direction, "mean", window, value


def _directions(pair: Pair) -> Iterator[tuple[str, int, str, int, int]]:
    first, second = _endpoint(pair.first), _endpoint(pair.second)
    yield (*first, *second, round(pair.sent[3]))
    yield (*second, *first, round(pair.received[3]))


def _endpoint(text: str) -> tuple[str, int]:
    """Return host and port; a service's name stays with the host, because it is no number."""
    match = _BRACKETED.fullmatch(text) or _PLAIN.fullmatch(text)
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        return text, _NO_PORT
    return match["host"], int(match["port"])
