"""Packets and bytes over time, by port or flow."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.bins import bin_edges
from slonana_analysis.profiles.traffic.groups import By, group_packets, timed_packets_of


def traffic_timeline(
    traffic: Traffic, bins: int = 100, by: By = "port", ports: Sequence[int] = (), names: int = 6
) -> pd.DataFrame:
    """Return packets and bytes in equal bins of time.

    Parameters
    ----------
    traffic : Traffic
        With packets.
    bins : int
        Number of bins between the first and the last packet.
    by : {"port", "flow", "all"}
        What the rows of a bin are told apart by.
    ports : sequence of int
        With ``port``: the ports that matter; by default the busiest.
    names : int
        Groups listed by themselves, busiest first; the rest is ``(others)``.

    Returns
    -------
    DataFrame
        Columns of ``schema.TRAFFIC_TIMELINE``: a row for every bin and group, also where nothing
        was sent.

    Raises
    ------
    UnavailableError
        If there are no packets with times.
    UsageError
        If ``bins`` or ``names`` is less than one, ``by`` is unknown, or a number is no port.
    """
    packets = timed_packets_of(traffic)
    time = packets["time_ns"].to_numpy()
    edges = bin_edges(time, bins)
    groups = group_packets(traffic, packets, by, ports, names)
    count = len(groups.names)
    cell = (np.searchsorted(edges, time, side="right") - 1) * count + groups.member
    size = np.zeros(bins * count, np.int64)
    np.add.at(size, cell, packets["length"].to_numpy())
    return schema.TRAFFIC_TIMELINE.conform(
        pd.DataFrame(
            {
                "start_ns": np.repeat(edges[:-1], count),
                "end_ns": np.repeat(edges[1:], count),
                "group": np.tile(np.array(groups.names, dtype=object), bins),
                "packets": np.bincount(cell, minlength=bins * count),
                "bytes": size,
            }
        )
    )
