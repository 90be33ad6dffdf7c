"""Steps from record to record of a pcap file in machine code, and over what is damaged.

A record has no mark of its own, so that after a damaged length the next one has to be guessed: a
place counts where several records in a row make sense, close in time to the last good one.

References
----------
draft-ietf-opsawg-pcap; the pcap-savefile(5) man page.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.packets.found import Packets, room_for_packets
from slonana_analysis.readers.packets.numbers import file32
from slonana_analysis.readers.scanning import Bytes, Integer

_NANOSECONDS = 1_000_000_000
_LARGEST_LENGTH = (1 << 31) - 1
# What a damaged stretch may be followed by: this many records in a row, or two before the end.
_CONVINCING = 3
_CONVINCING_AT_END = 2
_DAY = 86_400


class Layout(NamedTuple):
    """What the header of a pcap file says about its records.

    Attributes
    ----------
    big : bool
        Big-endian.
    tick_ns : int
        1000 or 1: what a fraction of a second counts in, ns.
    header : int
        Bytes before the packet in each record.
    snap : int
        Bytes that were captured of a packet at most; 0 unknown.
    limit : int
        Captured bytes that are believed of a record at most.
    link : int
        Link type by its LINKTYPE number.
    """

    big: bool
    tick_ns: int
    header: int
    snap: int
    limit: int
    link: int


class Record(NamedTuple):
    """The header of one record; ``fraction`` in ticks."""

    seconds: Integer
    fraction: Integer
    captured: Integer
    length: Integer


class Damage(NamedTuple):
    """What of a file is no whole record.

    Attributes
    ----------
    stretches : int
        Stretches that hold no record that makes sense.
    first : int
        Position of the first of them.
    lost : int
        Bytes in all of them.
    cut_at : int
        Position of the record that the file's end cuts; -1: none.
    cut_stated : int
        Captured bytes that it should have; -1 where its header is cut.
    """

    stretches: int
    first: int
    lost: int
    cut_at: int
    cut_stated: int


# Places in the state that steps from record to record hand on.
_COUNT, _AT, _SECONDS, _STRETCHES, _FIRST, _LOST, _CUT_STATED = range(7)


class Records:
    """Goes through a pcap file, giving its packets some at a time.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin : int
        Position of the first record.
    layout : Layout
        From the file's header.
    """

    def __init__(self, data: Bytes, begin: int, layout: Layout) -> None:
        self._data = data
        self._layout = layout
        self._state = np.array([0, begin, -1, 0, -1, 0, -1], np.int64)

    def __iter__(self) -> Iterator[Packets]:
        """Yield the packets of whole records; each time the same memory."""
        packets = room_for_packets()
        more = True
        while more:
            self._state[_COUNT] = 0
            more = _step(self._data, self._layout, packets, self._state)
            yield packets[: self._state[_COUNT]]

    @property
    def damage(self) -> Damage:
        """What is no whole record, once all packets were given."""
        _, at, _, stretches, first, lost, stated = self._state.tolist()
        cut_at = at if at < self._data.size else -1
        return Damage(stretches, first, lost, cut_at, stated)


@njit(cache=True, nogil=True)
def _step(data: Bytes, layout: Layout, packets: Packets, state: NDArray[np.int64]) -> bool:
    """Go from record to record; return whether there may be more for which there is no room."""
    at, seconds, row = state[_AT], state[_SECONDS], state[_COUNT]
    while at + layout.header <= data.size and row < packets.size:
        record = _record(data, at, layout)
        behind = at + layout.header + record.captured
        if _is_possible(record, layout) and behind <= data.size:
            seconds = record.seconds
            packets[row].at = at + layout.header
            packets[row].time_ns = seconds * _NANOSECONDS + record.fraction * layout.tick_ns
            packets[row].captured = record.captured
            packets[row].length = record.length
            packets[row].link = layout.link
            row += 1
        else:
            behind = _behind_damage(data, at, record, layout, seconds)
            if behind < 0:
                state[_CUT_STATED] = record.captured
                break
            state[_FIRST] = state[_FIRST] if state[_STRETCHES] else at
            state[_STRETCHES] += 1
            state[_LOST] += behind - at
        at = behind
    is_full = bool(row == packets.size)
    state[_AT], state[_SECONDS], state[_COUNT] = at, seconds, row
    return is_full


@njit(cache=True, nogil=True)
def _behind_damage(
    data: Bytes, at: Integer, record: Record, layout: Layout, seconds: Integer
) -> Integer:
    """Return where records go on behind one that cannot stand; -1: the file was cut within it."""
    possible = _is_possible(record, layout)
    if possible and _is_consistent(record, layout):
        # What lies in half a packet is never taken for records.
        return np.int64(-1)
    behind = _next_record(data, at + 1, layout, seconds)
    return np.int64(-1) if possible and behind == data.size else behind


@njit(cache=True, nogil=True)
def _record(data: Bytes, at: Integer, layout: Layout) -> Record:
    return Record(
        file32(data, at, layout.big),
        file32(data, at + 4, layout.big),
        file32(data, at + 8, layout.big),
        file32(data, at + 12, layout.big),
    )


@njit(cache=True, nogil=True)
def _is_possible(record: Record, layout: Layout) -> bool:
    """Return whether a record may be meant as it stands: lengths and time are in bounds."""
    return bool(
        record.captured <= layout.limit
        and 0 < record.length <= _LARGEST_LENGTH
        and record.fraction * layout.tick_ns < _NANOSECONDS
    )


@njit(cache=True, nogil=True)
def _is_consistent(record: Record, layout: Layout) -> bool:
    """Return whether a header's lengths agree, as those of every recording tool do."""
    if layout.snap == 0:
        return bool(record.captured <= record.length)
    return bool(record.captured == min(record.length, layout.snap))


@njit(cache=True, nogil=True)
def _next_record(data: Bytes, begin: Integer, layout: Layout, seconds: Integer) -> Integer:
    """Return where records go on from ``begin``, or the file's end if nowhere."""
    for at in range(begin, data.size - layout.header + 1):
        if _is_convincing(data, at, layout, seconds):
            return np.int64(at)
    return np.int64(data.size)


@njit(cache=True, nogil=True)
def _is_convincing(data: Bytes, begin: Integer, layout: Layout, seconds: Integer) -> bool:
    """Return whether records that make sense follow each other from here on."""
    at = np.int64(begin)
    for seen in range(_CONVINCING):
        if at == data.size:
            return seen > 0
        if at + layout.header > data.size:
            return seen >= _CONVINCING_AT_END
        record = _record(data, at, layout)
        if not _is_possible(record, layout) or not 0 < record.captured <= record.length:
            return False
        if seconds >= 0 and abs(record.seconds - seconds) > _DAY:
            return False
        at += layout.header + record.captured
        if at > data.size:
            return seen >= _CONVINCING_AT_END
    return True
