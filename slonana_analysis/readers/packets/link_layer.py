"""Finds the IP header of a packet behind its link layer, in machine code.

References
----------
tcpdump.org, "Link-layer header types"; IEEE 802.1Q (VLAN tags).
"""

import numpy as np
from numba import njit

from slonana_analysis.readers.packets.numbers import network16
from slonana_analysis.readers.scanning import Bytes, Integer

NOT_IP = -1
UNREAD_LINK = -2

LINK_NAMES = {
    0: "loopback (NULL)",
    1: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    108: "loopback (LOOP)",
    113: "Linux cooked (SLL)",
    228: "raw IPv4",
    229: "raw IPv6",
    276: "Linux cooked (SLL2)",
}
"""Link types whose packets are read, by LINKTYPE number."""

_NULL, _ETHERNET, _LOOP, _SLL, _SLL2 = 0, 1, 108, 113, 276
_IPV4, _IPV6 = 0x0800, 0x86DD


@njit(cache=True, nogil=True)
def network_header(data: Bytes, begin: Integer, end: Integer, link: Integer) -> Integer:
    """Return where the IP header of a packet begins.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin, end : int
        The captured bytes of the packet.
    link : int
        Link type by its LINKTYPE number.

    Returns
    -------
    int
        Position in ``data``; `NOT_IP` where the packet is no IP or is cut before it, and
        `UNREAD_LINK` where packets of the link type are not read here. At least one byte stands
        at the position, and its upper half is 4 or 6.
    """
    at = np.int64(begin)
    if link == _ETHERNET:
        at = _behind_tags(data, begin + 12, end)
    elif link == _SLL:
        at = _behind_tags(data, begin + 14, end)
    elif link == _SLL2:
        # Its protocol stands at the front, so that tags, if any, follow the header's end.
        at = _behind_cooked(data, begin, end)
    elif link in (_NULL, _LOOP):
        at = _behind_family(data, begin, end)
    elif link not in (12, 14, 101, 228, 229):
        return UNREAD_LINK
    if at < 0 or at >= end or data[at] >> 4 not in (4, 6):
        return NOT_IP
    return at


@njit(cache=True, nogil=True)
def _behind_family(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return where IP begins behind an address family in either byte order, or `NOT_IP`."""
    if begin + 4 > end or data[begin + 1] or data[begin + 2]:
        return np.int64(NOT_IP)
    # AF_INET is 2 everywhere; AF_INET6 is 10 on Linux and 24, 28 or 30 on the BSDs and macOS.
    family = np.int64(data[begin]) | np.int64(data[begin + 3])
    return np.int64(begin + 4) if family in (2, 10, 24, 28, 30) else np.int64(NOT_IP)


@njit(cache=True, nogil=True)
def _is_tag(kind: Integer) -> bool:
    """Return whether an EtherType is that of a VLAN tag: 802.1Q, 802.1ad, or QinQ before it."""
    return kind in (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)


@njit(cache=True, nogil=True)
def _behind_tags(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return where IP begins behind an EtherType and any number of VLAN tags, or `NOT_IP`."""
    at = begin
    while at + 2 <= end:
        kind = network16(data, at)
        if not _is_tag(kind):
            return at + 2 if kind in (_IPV4, _IPV6) else np.int64(NOT_IP)
        at += 4
    return np.int64(NOT_IP)


@njit(cache=True, nogil=True)
def _behind_cooked(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return where IP begins behind the 20 bytes of a version 2 cooked header, or `NOT_IP`."""
    if begin + 20 > end:
        return np.int64(NOT_IP)
    kind = network16(data, begin)
    if _is_tag(kind):
        return _behind_tags(data, begin + 22, end)
    return np.int64(begin + 20) if kind in (_IPV4, _IPV6) else np.int64(NOT_IP)
