"""Makes the packet and flow tables of what was found and decoded."""

import socket

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.readers.interning import Names, intern_name, new_names, reserve_names
from slonana_analysis.readers.packets.decoding import Decoded
from slonana_analysis.readers.scanning import Integer

_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
# IP version and address.
_ADDRESS_BYTES = 17
_FAMILIES = {4: (socket.AF_INET, 4), 6: (socket.AF_INET6, 16)}


def packet_table(decoded: Decoded) -> pd.DataFrame:
    """Return the packets in the order of the file.

    Returns
    -------
    DataFrame
        Columns of ``schema.PACKETS``.
    """
    columns = {name: getattr(decoded, name) for name in schema.PACKETS.names}
    return schema.PACKETS.conform(pd.DataFrame(columns, copy=False))


def flow_table(decoded: Decoded) -> pd.DataFrame:
    """Return the flows in the order of their first packets.

    Returns
    -------
    DataFrame
        Columns of ``schema.FLOWS``.
    """
    keys = decoded.keys
    totals = np.empty((5, keys.size), np.int64)
    _add_up(decoded.flow, decoded.length, decoded.payload, decoded.time_ns, totals)
    with_ports = keys["ports"] > 0
    return schema.FLOWS.conform(
        pd.DataFrame(
            {
                "protocol": _protocols(keys["protocol"]),
                "source": _addresses(keys, "source"),
                "source_port": np.where(with_ports, keys["source_port"].astype(np.int32), -1),
                "target": _addresses(keys, "target"),
                "target_port": np.where(with_ports, keys["target_port"].astype(np.int32), -1),
                "packets": totals[0],
                "bytes": totals[1],
                "payload": totals[2],
                "first_ns": totals[3],
                "last_ns": totals[4],
            }
        )
    )


@njit(cache=True, nogil=True)
def _add_up(
    flow: NDArray[np.int32],
    length: NDArray[np.int32],
    payload: NDArray[np.int32],
    time_ns: NDArray[np.int64],
    totals: NDArray[np.int64],
) -> None:
    """Fill packets, bytes, payload, first and last time, one row each, a column for every flow."""
    totals[:2] = 0
    totals[2:] = -1
    for row in range(flow.size):
        which = flow[row]
        if which < 0:
            continue
        totals[0, which] += 1
        totals[1, which] += length[row]
        if payload[row] >= 0:
            totals[2, which] = max(totals[2, which], np.int64(0)) + payload[row]
        _widen(totals, which, time_ns[row])


@njit(cache=True, nogil=True)
def _widen(totals: NDArray[np.int64], which: Integer, time_ns: Integer) -> None:
    """Widen a flow's span of time to hold one more; packets need not be in order."""
    if time_ns < 0:
        return
    if totals[3, which] < 0 or time_ns < totals[3, which]:
        totals[3, which] = time_ns
    totals[4, which] = max(totals[4, which], time_ns)


def _protocols(numbers: NDArray[np.uint8]) -> pd.Categorical:
    distinct, codes = np.unique(numbers, return_inverse=True)
    names = [_PROTOCOLS.get(number, str(number)) for number in distinct.tolist()]
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype="str"))


def _addresses(keys: NDArray[np.void], field: str) -> pd.Categorical:
    """Return an address column; each distinct address is put into text once."""
    marked = np.zeros((keys.size, _ADDRESS_BYTES), np.uint8)
    marked[:, 0] = keys["version"]
    marked[:, 1:] = keys[field].copy().view(np.uint8).reshape(-1, _ADDRESS_BYTES - 1)
    codes = np.empty(keys.size, np.int32)
    distinct = _number(marked, new_names(), codes)
    text = distinct.text[: int(distinct.state[0]) * _ADDRESS_BYTES].view(f"V{_ADDRESS_BYTES}")
    names = [_address_text(address) for address in text.tolist()]
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype="str"))


@njit(cache=True, nogil=True)
def _number(rows: NDArray[np.uint8], names: Names, codes: NDArray[np.int32]) -> Names:
    """Fill in which distinct row each row is, and return the distinct rows."""
    for row in range(codes.size):
        names = reserve_names(names, rows.shape[1])
        codes[row] = intern_name(names, rows[row], 0, rows.shape[1])
    return names


def _address_text(marked: bytes) -> str:
    family, size = _FAMILIES[marked[0]]
    return socket.inet_ntop(family, marked[1 : 1 + size])
