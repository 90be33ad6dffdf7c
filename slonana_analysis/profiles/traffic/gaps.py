"""How long nothing came: gaps between one packet and the next."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.groups import By, group_packets, timed_packets_of

# A percentile is said where at least one gap lies beyond it.
_PERCENTILES = {"p50_ns": (50.0, 1), "p90_ns": (90.0, 10), "p99_ns": (99.0, 100)}
_PERCENTILES |= {"p999_ns": (99.9, 1000)}
_MOST_POINTS = 500


def gaps(
    traffic: Traffic, by: By = "port", ports: Sequence[int] = (), names: int = 8
) -> pd.DataFrame:
    """Return percentiles of the gaps between packets, and the longest silence.

    Parameters
    ----------
    traffic : Traffic
        With packets; they are put in the order of their times.
    by, ports, names
        Whose packets follow each other; as for ``traffic_timeline``.

    Returns
    -------
    DataFrame
        Columns of ``schema.GAPS``, busiest group first.

    Raises
    ------
    UnavailableError
        If there are no packets with times.
    UsageError
        If ``by`` is unknown, ``names`` is less than one, or a number is no port.
    """
    rows = []
    for name, time in _times_by_group(traffic, by, ports, names):
        gap = np.diff(time)
        longest = int(gap.argmax()) if gap.size else -1
        rows.append(
            {
                "group": name,
                "packets": time.size,
                "longest_ns": int(gap[longest]) if gap.size else -1,
                "silent_from_ns": int(time[longest]) if gap.size else -1,
                **{
                    column: float(np.percentile(gap, percent)) if gap.size >= least else np.nan
                    for column, (percent, least) in _PERCENTILES.items()
                },
            }
        )
    return schema.GAPS.conform(pd.DataFrame(rows))


def gap_shares(
    traffic: Traffic, by: By = "port", ports: Sequence[int] = (), names: int = 6
) -> pd.DataFrame:
    """Return which share of the gaps is at most how long: their distribution function.

    Parameters
    ----------
    traffic : Traffic
        With packets.
    by, ports, names
        As for `gaps`.

    Returns
    -------
    DataFrame
        Columns of ``schema.GAP_SHARES``, rising within each group; at most 500 points for a
        group, evenly spread over the gaps, first and last among them.

    Raises
    ------
    UnavailableError
        If there are no packets with times.
    UsageError
        As for `gaps`.
    """
    parts = [schema.GAP_SHARES.empty()]
    for name, time in _times_by_group(traffic, by, ports, names):
        gap = np.sort(np.diff(time))
        if gap.size:
            points = np.linspace(0, gap.size - 1, min(gap.size, _MOST_POINTS)).astype(np.int64)
            # Of equal gaps the last one tells the share that is at most as long.
            upto = np.searchsorted(gap, gap[points], side="right")
            parts.append(
                pd.DataFrame({"group": name, "gap_ns": gap[points], "share": upto / gap.size})
            )
    return schema.GAP_SHARES.conform(pd.concat(parts, ignore_index=True))


def _times_by_group(
    traffic: Traffic, by: By, ports: Sequence[int], names: int
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    packets = timed_packets_of(traffic)
    groups = group_packets(traffic, packets, by, ports, names)
    time = packets["time_ns"].to_numpy()
    for place, name in enumerate(groups.names):
        yield name, np.sort(time[groups.member == place])
