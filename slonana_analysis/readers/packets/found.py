"""Where the next packets of a capture file lie: one row for each.

It is one array of records because machine code takes and fills one array much faster than a tuple
of arrays, each of which is counted by reference in every step.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKET = np.dtype(
    [
        ("at", "i8"),
        ("time_ns", "i8"),
        ("captured", "i4"),
        ("length", "i4"),
        ("link", "i4"),
    ],
    align=True,
)
"""Position of the first captured byte in the file; time since the epoch, ns (-1: none recorded);
bytes in the file and on the wire; link type by its LINKTYPE number (tcpdump.org, "Link-layer header
types"), or `UNKNOWN_LINK`."""

Packets = NDArray[Any]
"""Array of `PACKET`, shape (n_packets,)."""

Row = Any
"""One row of it in machine code."""

UNKNOWN_LINK = -1
"""Link type of packets whose interface the file does not describe."""

# Few enough for the packets' headers to be in the caches still when they are decoded.
_AT_ONCE = 2048


def room_for_packets() -> Packets:
    """Return room for as many packets as are found before they are decoded."""
    return np.empty(_AT_ONCE, PACKET)
