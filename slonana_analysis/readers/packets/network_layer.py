"""Reads IPv4 and IPv6 headers in machine code: addresses, protocol, and where the rest lies.

References
----------
RFC 791 (IPv4), RFC 8200 (IPv6 and its extension headers), RFC 2675 (jumbograms), RFC 4302 (AH).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.packets.numbers import network16, raw32
from slonana_analysis.readers.scanning import Bytes, Integer, word_at

_FRAGMENT, _AUTHENTICATION = 44, 51
# Hop-by-hop options, routing, destination options, mobility, HIP and shim6: all the same shape.
_OPTIONS = (0, 43, 60, 135, 139, 140)
_SHORTEST_IPV4, _IPV6_HEADER = 20, 40


class Internet(NamedTuple):
    """What an IP header says of its packet.

    Attributes
    ----------
    protocol : int
        Protocol of what it carries; -1 where the header is cut or damaged.
    at : int
        Position of what it carries.
    size : int
        Bytes that it carries, by the header and not by what was captured.
    first : bool
        Whether this is the whole datagram or its first fragment, so that ports stand here.
    """

    protocol: Integer
    at: Integer
    size: Integer
    first: bool


@njit(cache=True, nogil=True)
def internet_header(
    data: Bytes, begin: Integer, end: Integer, wire: Integer, key: NDArray[np.uint64]
) -> Internet:
    """Read the IP header at a position.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin, end : int
        From the header to the end of what was captured.
    wire : int
        Bytes on the wire from the header on; holds where a header leaves its own length open.
    key : ndarray of uint64, shape (1, 5)
        Its first four words are filled with source and target address, 16 bytes each as on the
        wire; the rest of an IPv4 address is zero.

    Returns
    -------
    Internet
        Its protocol is -1 where there are no addresses.
    """
    if data[begin] >> 4 == 4:
        return _ipv4(data, begin, end, wire, key)
    return _ipv6(data, begin, end, wire, key)


@njit(cache=True, nogil=True)
def _ipv4(
    data: Bytes, begin: Integer, end: Integer, wire: Integer, key: NDArray[np.uint64]
) -> Internet:
    if begin + _SHORTEST_IPV4 > end:
        return Internet(np.int64(-1), end, np.int64(0), first=False)
    header = np.int64(data[begin] & 15) * 4
    total = network16(data, begin + 2)
    if total == 0:
        # Handed to the network card to be cut into segments: the length is filled in there.
        total = np.int64(wire)
    if header < _SHORTEST_IPV4 or total < header:
        return Internet(np.int64(-1), end, np.int64(0), first=False)
    key[0, 0], key[0, 1] = raw32(data, begin + 12), 0
    key[0, 2], key[0, 3] = raw32(data, begin + 16), 0
    first = network16(data, begin + 6) & 0x1FFF == 0
    return Internet(np.int64(data[begin + 9]), begin + header, total - header, first)


@njit(cache=True, nogil=True)
def _ipv6(
    data: Bytes, begin: Integer, end: Integer, wire: Integer, key: NDArray[np.uint64]
) -> Internet:
    at = begin + _IPV6_HEADER
    if at > end:
        return Internet(np.int64(-1), end, np.int64(0), first=False)
    key[0, 0], key[0, 1] = word_at(data, begin + 8), word_at(data, begin + 16)
    key[0, 2], key[0, 3] = word_at(data, begin + 24), word_at(data, begin + 32)
    size = network16(data, begin + 4)
    # Zero stands for a jumbogram, or for a length that the network card fills in.
    stop = at + size if size else begin + np.int64(wire)
    protocol = np.int64(data[begin + 6])
    first = True
    while at + 8 <= end and at + 8 <= stop and first:
        if protocol in _OPTIONS:
            step = (np.int64(data[at + 1]) + 1) * 8
        elif protocol == _AUTHENTICATION:
            step = (np.int64(data[at + 1]) + 2) * 4
        elif protocol == _FRAGMENT:
            step = np.int64(8)
            first = network16(data, at + 2) & 0xFFF8 == 0
        else:
            break
        protocol = np.int64(data[at])
        at += step
    return Internet(protocol, at, max(stop - at, np.int64(0)), first)
