"""Flows with their rates, and how many there are over time."""

import numpy as np
import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.bins import bin_edges
from slonana_analysis.profiles.traffic.groups import timed_packets_of

_SECOND_NS = 1e9


def flow_rates(traffic: Traffic, window_s: int = 40) -> pd.DataFrame:
    """Return the flows with their shares and rates.

    Parameters
    ----------
    traffic : Traffic
        Packets, or flows that a tool printed with rates of its own.
    window_s : int
        Where the tool printed rates: over how many seconds; iftop knows 2, 10 and 40.

    Returns
    -------
    DataFrame
        Columns of ``schema.FLOW_RATES``, most bytes first. Rates of packets are over the length
        of the whole capture, so that those of different flows can be added up.

    Raises
    ------
    UsageError
        If the tool printed no rates over ``window_s``.
    """
    flows = traffic.flows
    counted = flows["packets"] >= 0
    length = _capture_seconds(flows)
    first, last = flows["first_ns"].to_numpy(), flows["last_ns"].to_numpy()
    packets = flows["packets"].where(counted, np.nan).to_numpy(np.float64)
    rates = flows["bytes"].to_numpy(np.float64) / length
    if not traffic.rates.empty:
        rates = _printed_rates(traffic, window_s)
    rows = pd.DataFrame(
        {
            **{name: flows[name] for name in schema.FLOWS.names[:8]},
            "share": flows["bytes"] / max(int(flows["bytes"].sum()), 1),
            "seconds": np.where(first >= 0, (last - first) / _SECOND_NS, np.nan),
            "packets_per_s": packets / length,
            "bytes_per_s": rates,
        }
    )
    return schema.FLOW_RATES.conform(rows.sort_values("bytes", ascending=False, kind="stable"))


def flow_counts(traffic: Traffic, bins: int = 100) -> pd.DataFrame:
    """Return how many flows were active, and how many began, in equal bins of time.

    Parameters
    ----------
    traffic : Traffic
        With packets.
    bins : int
        Number of bins between the first and the last packet.

    Returns
    -------
    DataFrame
        Columns of ``schema.FLOW_COUNTS``; a row for every bin.

    Raises
    ------
    UnavailableError
        If there are no packets with times.
    UsageError
        If ``bins`` is less than one.
    """
    packets = timed_packets_of(traffic)
    time = packets["time_ns"].to_numpy()
    edges = bin_edges(time, bins)
    flow = packets["flow"].to_numpy(np.int64)
    place = np.searchsorted(edges, time, side="right") - 1
    seen = np.unique((flow * bins + place)[flow >= 0])
    first = traffic.flows["first_ns"].to_numpy()
    opened = np.searchsorted(edges, first[first >= 0], side="right") - 1
    return schema.FLOW_COUNTS.conform(
        pd.DataFrame(
            {
                "start_ns": edges[:-1],
                "end_ns": edges[1:],
                "active": np.bincount(seen % bins, minlength=bins),
                "opened": np.bincount(opened, minlength=bins),
            }
        )
    )


def _capture_seconds(flows: pd.DataFrame) -> float:
    """Return the time from the first packet of all flows to the last; NaN where that is none."""
    timed = flows[flows["first_ns"] >= 0]
    if timed.empty:
        return np.nan
    seconds = (int(timed["last_ns"].max()) - int(timed["first_ns"].min())) / _SECOND_NS
    return seconds or np.nan


def _printed_rates(
    traffic: Traffic, window_s: int
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    rates = traffic.rates
    chosen = rates[
        (rates["flow"] >= 0) & (rates["statistic"] == "mean") & (rates["window_s"] == window_s)
    ]
    if chosen.empty and not traffic.flows.empty:
        known = sorted(set(rates["window_s"].tolist()))
        raise UsageError(f"{traffic.tool} printed rates over {known} seconds, not {window_s}")
    printed = np.full(len(traffic.flows), np.nan)
    printed[chosen["flow"].to_numpy()] = chosen["bytes_per_s"].to_numpy()
    return printed
