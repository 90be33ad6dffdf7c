"""Reads ports, payload, flags and sequence numbers of TCP and UDP in machine code.

References
----------
RFC 9293 (TCP), RFC 768 (UDP), RFC 9260 (SCTP: ports as in the other two).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from slonana_analysis.readers.packets.network_layer import Internet
from slonana_analysis.readers.packets.numbers import network16, network32, raw32
from slonana_analysis.readers.scanning import Bytes, Integer

TCP, UDP, SCTP = 6, 17, 132
_UDP_HEADER, _TCP_HEADER = 8, 20


class Transport(NamedTuple):
    """What the headers say of one packet.

    Attributes
    ----------
    payload, flags, sequence : int
        Columns of ``schema.PACKETS``.
    ports : int
        Source port and target port, four bytes as on the wire; -1 where there are none.
    """

    payload: Integer
    flags: Integer
    sequence: Integer
    ports: Integer


@njit(cache=True, nogil=True)
def transport_header(data: Bytes, end: Integer, internet: Internet) -> Transport:
    """Read what stands behind an IP header.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    end : int
        End of what was captured of the packet.
    internet : Internet
        What the IP header says.

    Returns
    -------
    Transport
        Payload -1 where it is not TCP or UDP, or too little was captured to tell. Of later
        fragments everything is payload, so that the fragments of a datagram add up.
    """
    payload, flags, sequence, ports = np.int64(-1), np.int64(0), np.int64(0), np.int64(-1)
    protocol, at, size, first = internet
    if not first and protocol in (TCP, UDP):
        payload = size
    elif first and protocol in (TCP, UDP, SCTP) and at + 4 <= end and size >= 4:
        ports = np.int64(raw32(data, at))
        if protocol == UDP:
            payload = _udp_payload(data, at, end, size)
        elif protocol == TCP:
            payload, flags, sequence = _tcp(data, at, end, size)
    return Transport(payload, flags, sequence, ports)


@njit(cache=True, nogil=True)
def _udp_payload(data: Bytes, at: Integer, end: Integer, size: Integer) -> Integer:
    carried = size - _UDP_HEADER
    if carried < 0:
        return np.int64(-1)
    if at + 6 > end:
        return carried
    # The first fragment states the whole datagram's length, a jumbogram zero: IP knows better.
    stated = network16(data, at + 4) - _UDP_HEADER
    return stated if 0 <= stated <= carried else carried


@njit(cache=True, nogil=True)
def _tcp(data: Bytes, at: Integer, end: Integer, size: Integer) -> tuple[Integer, Integer, Integer]:
    """Return payload, flags and sequence number as far as they were captured."""
    payload, flags, sequence = np.int64(-1), np.int64(0), np.int64(0)
    if at + 8 <= end:
        sequence = network32(data, at + 4)
    if at + 13 <= end:
        header = np.int64(data[at + 12] >> 4) * 4
        if _TCP_HEADER <= header <= size:
            payload = size - header
    if at + 14 <= end:
        flags = np.int64(data[at + 13])
    return payload, flags, sequence
