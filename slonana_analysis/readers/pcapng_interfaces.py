"""What a pcapng section says of its interfaces, and what the recording itself lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.pcapng_blocks import (
    LINK,
    OFFSET_NS,
    SHIFT,
    SNAP,
    TICK_NS,
    TICKS,
    TIMELESS,
)

ByteOrder: TypeAlias = Literal["big", "little"]

_END_OF_OPTIONS = 0
_NAME, _RESOLUTION, _OFFSET = 2, 9, 14
_DROPPED_BY_INTERFACE, _DROPPED_BY_SYSTEM = 5, 7
_SECOND_NS = 1_000_000_000
# 10 to the -18 s is the finest of which 64 bits still hold a second.
_FINEST_DECIMAL, _FINEST_BINARY = 18, 62
_LARGEST_OFFSET = (1 << 62) // _SECOND_NS
_LONGEST_NAME = 200


@dataclass
class Interfaces:
    """The interfaces of one section, in the order in which packets number them.

    Attributes
    ----------
    names : list of str
        As the file has them; empty where it has none; untrusted text.
    dropped : dict of int to int
        Packets that the recording lost, by interface: the last that the file says.
    """

    names: list[str] = field(default_factory=list)
    dropped: dict[int, int] = field(default_factory=dict)
    _rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros((4, 6), np.int64))

    @property
    def rows(self) -> NDArray[np.int64]:
        """The table that ``pcapng_blocks`` works with, shape (n_interfaces, 6)."""
        return self._rows[: len(self.names)]

    def describe(self, body: bytes, order: ByteOrder) -> bool:
        """Add an interface from the body of its block; return False where it makes no sense.

        Parameters
        ----------
        body : bytes
            Between the two lengths of the block.
        order : {"big", "little"}
            Byte order of the section.
        """
        if len(body) < 8:
            return False
        place = len(self.names)
        if place == self._rows.shape[0]:
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        row = self._rows[place]
        row[LINK] = int.from_bytes(body[:2], order)
        row[SNAP] = int.from_bytes(body[4:8], order)
        row[[TICK_NS, TICKS, SHIFT]] = 1000, 1, -1
        name = ""
        for code, value in _options(body[8:], order):
            if code == _NAME:
                name = value[:_LONGEST_NAME].decode("utf-8", "backslashreplace").rstrip("\0")
            elif code == _RESOLUTION and value:
                row[[TICK_NS, TICKS, SHIFT]] = _resolution(value[0])
            elif code == _OFFSET and len(value) == 8:
                seconds = int.from_bytes(value, order, signed=True)
                row[OFFSET_NS] = max(min(seconds, _LARGEST_OFFSET), -_LARGEST_OFFSET) * _SECOND_NS
        self.names.append(name)
        return True

    def count_losses(self, body: bytes, order: ByteOrder) -> None:
        """Take what an interface statistics block says that the recording lost."""
        if len(body) < 12:
            return
        lost = [
            int.from_bytes(value, order)
            for code, value in _options(body[12:], order)
            if code in (_DROPPED_BY_INTERFACE, _DROPPED_BY_SYSTEM) and len(value) == 8
        ]
        if lost:
            self.dropped[int.from_bytes(body[:4], order)] = sum(lost)


def section_texts(body: bytes, order: ByteOrder) -> dict[int, str]:
    """Return the texts among the options of a section header's body, by their code."""
    return {
        code: value[:_LONGEST_NAME].decode("utf-8", "backslashreplace").rstrip("\0")
        for code, value in _options(body[16:], order)
        if code in (2, 3, 4)
    }


def _resolution(code: int) -> tuple[int, int, int]:
    """Return ns of a tick, ticks of a ns, and binary digits (-1: decimal) of if_tsresol."""
    digits = code & 0x7F
    if digits > (_FINEST_BINARY if code & 0x80 else _FINEST_DECIMAL):
        return 1, 1, TIMELESS
    if code & 0x80:
        return 1, 1, digits
    return 10 ** max(9 - digits, 0), 10 ** max(digits - 9, 0), -1


def _options(data: bytes, order: ByteOrder) -> Iterator[tuple[int, bytes]]:
    """Yield code and value of each option as far as they are whole."""
    at = 0
    while at + 4 <= len(data):
        code, length = (
            int.from_bytes(data[at : at + 2], order),
            int.from_bytes(data[at + 2 : at + 4], order),
        )
        if code == _END_OF_OPTIONS or at + 4 + length > len(data):
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
