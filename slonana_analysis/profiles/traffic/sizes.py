"""How large the packets are."""

import numpy as np
import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.groups import packets_of

# The classes of RMON (RFC 2819), where an Ethernet frame without tags ends with 1514 bytes as
# capturing tools see it, without its checksum; beyond stand jumbo frames and offloaded segments.
_LARGEST = (63, 127, 255, 511, 1023, 1514, 4095, 9018, 16_383, 65_535)


def packet_sizes(traffic: Traffic) -> pd.DataFrame:
    """Return the distribution of packet sizes on the wire.

    Parameters
    ----------
    traffic : Traffic
        With packets.

    Returns
    -------
    DataFrame
        Columns of ``schema.PACKET_SIZES``: classes from the first to the last that has packets.

    Raises
    ------
    UnavailableError
        If there are no packets.
    """
    length = packets_of(traffic)["length"].to_numpy(np.int64)
    largest = np.array([*_LARGEST, max(int(length.max()), _LARGEST[-1] + 1)], np.int64)
    place = np.searchsorted(largest, length)
    packets = np.bincount(place, minlength=largest.size)
    size = np.bincount(place, length.astype(np.float64), largest.size).astype(np.int64)
    used = np.flatnonzero(packets)
    rows = pd.DataFrame(
        {
            "smallest": np.concatenate([[0], largest[:-1] + 1]),
            "largest": largest,
            "packets": packets,
            "bytes": size,
            "share": packets / length.size,
        }
    )
    return schema.PACKET_SIZES.conform(rows.iloc[used[0] : used[-1] + 1])
