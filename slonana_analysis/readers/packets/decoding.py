"""Takes every packet of a file through its headers, once, and numbers the flows."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.packets.flow_numbers import (
    FlowTable,
    flow_keys,
    new_flow_table,
    slot_of,
    with_more_flows,
)
from slonana_analysis.readers.packets.found import Packets
from slonana_analysis.readers.packets.link_layer import UNREAD_LINK, network_header
from slonana_analysis.readers.packets.network_layer import internet_header
from slonana_analysis.readers.packets.transport_layer import transport_header
from slonana_analysis.readers.scanning import Bytes, Integer


class _Columns(NamedTuple):
    """Columns of ``schema.PACKETS`` that come from headers, a row for every packet."""

    flow: NDArray[np.int32]
    payload: NDArray[np.int32]
    flags: NDArray[np.uint8]
    sequence: NDArray[np.uint32]


_FROM_FILE = ("time_ns", "length", "captured")
_COLUMNS = (*_FROM_FILE, *_Columns._fields)


@dataclass(frozen=True)
class Decoded:
    """What a file and the headers of its packets say.

    Attributes
    ----------
    time_ns, length, captured, flow, payload, flags, sequence : ndarray, shape (n_packets,)
        Columns of ``schema.PACKETS``, in its dtypes.
    keys : structured ndarray of FLOW_KEY, shape (n_flows,)
        Flows in the order of their first packets; see ``flow_numbers``.
    unread : int
        Packets of a link type that is not read here.
    links : list of int
        Link types of all packets.
    """

    time_ns: NDArray[np.int64]
    length: NDArray[np.int32]
    captured: NDArray[np.int32]
    flow: NDArray[np.int32]
    payload: NDArray[np.int32]
    flags: NDArray[np.uint8]
    sequence: NDArray[np.uint32]
    keys: NDArray[np.void]
    unread: int
    links: list[int]


class Decoder:
    """Reads the headers of packets, some at a time, while they are still in the caches.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    """

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._flows = new_flow_table()
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
        self._unread = 0
        self._links: set[int] = set()

    def add(self, packets: Packets) -> None:
        """Read the headers of some packets, each of which lies within the file.

        Parameters
        ----------
        packets : ndarray of PACKET, shape (n_packets,)
            The next packets; may be overwritten afterwards.
        """
        columns = _Columns(
            np.full(packets.size, np.int32(-1)),
            np.full(packets.size, np.int32(-1)),
            np.zeros(packets.size, np.uint8),
            np.zeros(packets.size, np.uint32),
        )
        row = 0
        while row < packets.size:
            row, unread = _decode(self._data, packets, row, self._flows, columns)
            self._unread += unread
            if row < packets.size:
                self._flows = with_more_flows(self._flows)
        taken = (packets[name].copy() for name in _FROM_FILE)
        for name, part in zip(_COLUMNS, (*taken, *columns), strict=True):
            self._parts[name].append(part)
        self._links.update(np.unique(packets["link"]).tolist())

    def finish(self) -> Decoded:
        """Return what all packets say; nothing can be added after that."""
        # One column after the other, so that only one of them is there twice.
        columns: dict[str, Any] = {
            name: np.concatenate(self._parts.pop(name) or [np.empty(0, np.int32)])
            for name in _COLUMNS
        }
        return Decoded(
            **columns,
            keys=flow_keys(self._flows),
            unread=self._unread,
            links=sorted(self._links),
        )


@njit(cache=True, nogil=True)
def _decode(
    data: Bytes, packets: Packets, begin: Integer, flows: FlowTable, columns: _Columns
) -> tuple[int, int]:
    """Go on from a row until the table of flows is full; return where, and unread link types."""
    slots, keys, used, seed = flows
    flow, payload, flags, sequence = columns
    key = np.zeros((1, 5), np.uint64)
    unread = 0
    for row in range(begin, packets.size):
        if used[0] == keys.shape[0]:
            return row, unread
        start = packets[row].at
        end = start + packets[row].captured
        at = network_header(data, start, end, packets[row].link)
        if at < 0:
            unread += at == UNREAD_LINK
            continue
        internet = internet_header(data, at, end, start + packets[row].length - at, key)
        if internet.protocol < 0:
            continue
        transport = transport_header(data, end, internet)
        payload[row] = transport.payload
        flags[row] = transport.flags
        sequence[row] = transport.sequence
        key[0, 4] = _last_word(transport.ports, internet.protocol, data[at] >> 4)
        slot = slot_of(slots, keys, seed, key, 0)
        if slots[slot] < 0:
            keys[used[0]] = key[0]
            slots[slot] = used[0]
            used[0] += 1
        flow[row] = slots[slot]
    return packets.size, unread


@njit(cache=True, nogil=True)
def _last_word(ports: Integer, protocol: Integer, version: Integer) -> Integer:
    """Return the last eight bytes of a flow's key, in the order of `FLOW_KEY`."""
    has_ports = np.int64(ports >= 0)
    word = (ports if has_ports else np.int64(0)) | has_ports << 32
    return word | np.int64(protocol) << 40 | np.int64(version) << 48
