"""Reads pcap files, as tcpdump and most other capturing tools write them."""

import struct
from typing import BinaryIO

from slonana_analysis.errors import FormatError
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.packets.assembly import Recording, traffic_of
from slonana_analysis.readers.packets.decoding import Decoder
from slonana_analysis.readers.packets.link_layer import LINK_NAMES
from slonana_analysis.readers.pcap_records import Damage, Layout, Records

_HEADER = 24
_LINK_BITS = 0xFFFF
# Ticks in ns and bytes before each packet, by magic number. The third is of patched kernels (A.
# Kuznetzov's): the interface and the protocol stand between record header and packet.
_MAGICS = {0xA1B2C3D4: (1000, 16), 0xA1B23C4D: (1, 16), 0xA1B2CD34: (1000, 24)}
_BYTE_ORDERS = {">": "big-endian", "<": "little-endian"}
# Largest capture of a packet that libpcap believes, and that it believes of USB frames.
_USUAL_LIMIT, _HIGHEST_LIMIT = 262_144, 128 << 20


class PcapReader:
    """Reads pcap: us and ns, both byte orders, also with modified record headers."""

    name = "pcap"
    description = "packets captured by tcpdump"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is pcap."""
        return len(head) >= 4 and _byte_order(head) != ""

    def read(self, stream: BinaryIO, source: str) -> Traffic:
        """Return the packets and flows of a file.

        Parameters
        ----------
        stream : binary file
            At the beginning of the file.
        source : str
            What to call it in errors.

        Returns
        -------
        Traffic
            Only whole packets. Where a record's lengths are impossible the reading goes on at the
            next place where records make sense; the ledger says what was skipped.

        Raises
        ------
        FormatError
            If this is no pcap of version 2.4, or its header is cut.
        """
        data = all_bytes(stream, source)
        layout = _layout(data[:_HEADER].tobytes(), source)
        records, decoder = Records(data, _HEADER, layout), Decoder(data)
        for packets in records:
            decoder.add(packets)
        losses = LossCounter()
        _report(losses, records.damage, data.size)
        recording = Recording(self.name, "", _facts(layout))
        return traffic_of(decoder.finish(), data.size, losses, recording)


def _byte_order(head: bytes) -> str:
    """Return the byte order of a header for `struct`; empty if it is no pcap's."""
    return next(
        (order for order in "<>" if struct.unpack_from(f"{order}I", head)[0] in _MAGICS), ""
    )


def _layout(header: bytes, source: str) -> Layout:
    order = _byte_order(header) if len(header) >= 4 else ""
    if not order:
        raise FormatError(f"{source} does not begin with the magic number of pcap; check the file")
    if len(header) < _HEADER:
        raise FormatError(
            f"{source} ends within its header, after {len(header)} of {_HEADER} bytes; record again"
        )
    magic, major, minor, _, _, snap, link = struct.unpack(f"{order}IHHiIII", header)
    if (major, minor) != (2, 4):
        raise FormatError(
            f"{source} says that it is pcap version {major}.{minor}, and only 2.4 is read; rewrite "
            "it with 'tcpdump -r OLD -w NEW'"
        )
    tick_ns, record_header = _MAGICS[magic]
    limit = min(max(snap, _USUAL_LIMIT), _HIGHEST_LIMIT)
    return Layout(order == ">", tick_ns, record_header, snap, limit, link & _LINK_BITS)


def _facts(layout: Layout) -> dict[str, str]:
    return {
        "link type": LINK_NAMES.get(layout.link, str(layout.link)),
        "snapshot length": f"{layout.snap} bytes",
        "byte order": _BYTE_ORDERS[">" if layout.big else "<"],
        "resolution": "ns" if layout.tick_ns == 1 else "us",
    }


def _report(losses: LossCounter, damage: Damage, size: int) -> None:
    if damage.stretches:
        losses.dropped += damage.stretches
        losses.bytes_lost += damage.lost
        losses.say(
            f"{damage.stretches} stretches ({damage.lost} bytes) hold no record that makes sense, "
            f"the first at offset {damage.first}"
        )
    if damage.cut_at >= 0:
        losses.dropped += 1
        losses.bytes_lost += size - damage.cut_at
        losses.truncated = True
        part = "header" if damage.cut_stated < 0 else f"{damage.cut_stated} captured bytes"
        losses.say(
            f"the file ends within the record at offset {damage.cut_at}, before the end of its "
            f"{part}"
        )


READER = PcapReader()
