"""Reads pcapng files, as Wireshark and newer capturing tools write them."""

from typing import BinaryIO

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.packets.assembly import Recording, traffic_of
from slonana_analysis.readers.packets.decoding import Decoder
from slonana_analysis.readers.packets.found import room_for_packets
from slonana_analysis.readers.packets.link_layer import LINK_NAMES
from slonana_analysis.readers.pcapng_blocks import (
    AT,
    BAD,
    BAD_BYTES,
    BLOCK,
    COUNT,
    CUT,
    END,
    FIRST_BAD,
    FULL,
    INTERFACE,
    LINK,
    SECTION,
    is_cut,
    next_block,
    order_at,
    take_packets,
)
from slonana_analysis.readers.pcapng_interfaces import ByteOrder, Interfaces, section_texts
from slonana_analysis.readers.scanning import Bytes

_MAGIC = SECTION.to_bytes(4, "big")
_BYTE_ORDERS = (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a")
_SHORTEST_SECTION = 28
_MOST_NAMED = 8
_HARDWARE, _SYSTEM, _APPLICATION = 2, 3, 4


class PcapngReader:
    """Reads pcapng: several sections and interfaces, both byte orders, any resolution of time."""

    name = "pcapng"
    description = "packets captured by Wireshark, dumpcap or tshark"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is pcapng."""
        return head.startswith(_MAGIC) and head[8:12] in _BYTE_ORDERS

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
            Only packets of whole blocks. Blocks of unknown types are skipped, damaged ones too,
            and these are in the ledger, as is what the recording itself lost.

        Raises
        ------
        FormatError
            If this is no pcapng of version 1, or its first block is cut.
        """
        data = all_bytes(stream, source)
        if not self.sniff(data[:12].tobytes()):
            raise FormatError(f"{source} does not begin with a section of pcapng; check the file")
        walk = _Walk(data)
        walk.go()
        if not walk.sections:
            why = "; ".join(walk.losses.ledger(data.size, 0).reasons)
            raise FormatError(f"{source} holds no section of pcapng that can be read: {why}")
        recording = walk.recording(self.name)
        return traffic_of(walk.decoder.finish(), data.size, walk.losses, recording)


class _Walk:
    """Goes through a file from block to block."""

    def __init__(self, data: Bytes) -> None:
        self.losses = LossCounter()
        self.sections: list[dict[int, str]] = []
        self._data = data
        self.decoder = Decoder(data)
        self._room = room_for_packets()
        self._state = np.array([0, 0, 0, 0, -1], np.int64)
        self._order: ByteOrder = "little"
        self._declared_end = 0
        self._interfaces = Interfaces()
        self._all_interfaces: list[Interfaces] = []
        self._stretches: list[tuple[int, int]] = []

    def go(self) -> None:
        """Take everything there is, then put the losses into words."""
        why = -1
        while why != END:
            big = int(self._order == "big")
            rows = self._interfaces.rows
            why = int(take_packets(self._data, big, rows, self._room, self._state))
            if why == FULL:
                self._decode()
            elif why == BLOCK:
                self._take_block(int(self._state[AT]), big)
            elif why != END:
                self._step_over(int(self._state[AT]), big, may_be_cut=why == CUT)
        self._decode()
        self._say_losses()

    def _decode(self) -> None:
        self.decoder.add(self._room[: self._state[COUNT]])
        self._state[COUNT] = 0

    def _take_block(self, at: int, big: int) -> None:
        """Take a block that says something about what follows."""
        big = int(order_at(self._data, at, big))
        order: ByteOrder = "big" if big else "little"
        kind = int.from_bytes(self._data[at : at + 4].tobytes(), order)
        size = int.from_bytes(self._data[at + 4 : at + 8].tobytes(), order)
        body = self._data[at + 8 : at + size - 4].tobytes()
        self._state[AT] = at + size
        if kind == SECTION:
            self._begin_section(at, body, order)
        elif kind == INTERFACE:
            if not self._interfaces.describe(body, order):
                self._lose(at, at + size)
        else:
            self._interfaces.count_losses(body, order)

    def _begin_section(self, at: int, body: bytes, order: ByteOrder) -> None:
        version = int.from_bytes(body[4:6], order)
        if len(body) < _SHORTEST_SECTION - 12 or version != 1:
            self.losses.say(
                f"the section at offset {at} is of version {version}, and only version 1 is read"
            )
            self.losses.bytes_lost += self._data.size - at
            self._state[AT] = self._data.size
            return
        self._order = order
        length = int.from_bytes(body[8:16], order, signed=True)
        self._declared_end = int(self._state[AT]) + length if length >= 0 else 0
        self._interfaces = Interfaces()
        self._all_interfaces.append(self._interfaces)
        self.sections.append(section_texts(body, order))

    def _step_over(self, at: int, big: int, *, may_be_cut: bool) -> None:
        """Go on behind a block that does not fit, or stop where the file was cut within it."""
        size = self._data.size
        cut = may_be_cut and is_cut(self._data, at, big)
        behind = size if cut else int(next_block(self._data, at + 1, big))
        self._state[AT] = behind
        if behind < size or not may_be_cut:
            self._lose(at, behind)
            return
        self.losses.truncated = True
        self.losses.dropped += 1
        self.losses.bytes_lost += size - at
        self.losses.say(f"the file ends within the block at offset {at}")

    def _lose(self, begin: int, end: int) -> None:
        self._stretches.append((begin, end))
        self.losses.dropped += 1
        self.losses.bytes_lost += end - begin

    def _say_losses(self) -> None:
        if self._stretches:
            lost = sum(end - begin for begin, end in self._stretches)
            self.losses.say(
                f"{len(self._stretches)} stretches ({lost} bytes) hold no block that makes sense, "
                f"the first at offset {self._stretches[0][0]}"
            )
        bad, bad_bytes, first = (int(self._state[place]) for place in (BAD, BAD_BYTES, FIRST_BAD))
        if bad:
            self.losses.dropped += bad
            self.losses.bytes_lost += bad_bytes
            self.losses.say(
                f"{bad} packet blocks state lengths that they do not have, the first at offset "
                f"{first}"
            )
        if self._declared_end > self._data.size and not self.losses.truncated:
            self.losses.truncated = True
            self.losses.say(
                f"the last section should be {self._declared_end - self._data.size} bytes longer"
            )
        dropped = sum(sum(each.dropped.values()) for each in self._all_interfaces)
        if dropped:
            self.losses.say(
                f"{dropped} packets never reached the file: the recording itself could not keep up"
            )

    def recording(self, name: str) -> Recording:
        """Return what the file says of itself."""
        texts = self.sections[0]
        names = [name for each in self._all_interfaces for name in each.names]
        links = {
            int(link): LINK_NAMES.get(int(link), str(link))
            for each in self._all_interfaces
            for link in np.unique(each.rows[:, LINK])
        }
        facts = {
            "sections": str(len(self.sections)),
            "interfaces": _listed([name or "(no name)" for name in names]),
            "link type": _listed(list(links.values())),
            "system": texts.get(_SYSTEM, ""),
            "hardware": texts.get(_HARDWARE, ""),
        }
        header = {fact: value for fact, value in facts.items() if value}
        return Recording(name, texts.get(_APPLICATION, ""), header)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


READER = PcapngReader()
