"""Steps from block to block of a pcapng section in machine code.

Packets are taken on the way; blocks that change what packets mean are left to the caller. Every
block states its length at both ends, and by that blocks are found again behind damage.

References
----------
draft-ietf-opsawg-pcapng.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.packets.found import UNKNOWN_LINK, Packets, Row
from slonana_analysis.readers.packets.numbers import file16, file32
from slonana_analysis.readers.scanning import Bytes, Integer

SECTION, INTERFACE, STATISTICS = 0x0A0D0D0A, 1, 5
"""Types of the blocks that the caller reads: they change or tell of what is recorded."""

_OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 2, 3, 6
# Types below this are in the standard or were registered; behind damage nothing else is believed.
_HIGHEST_KNOWN = 0x40000000
# What a block that the file's end cuts may state and still be believed: its type, its bytes, and
# the bytes of a packet block that are not the packet.
_HIGHEST_USUAL, _LARGEST_USUAL, _MOST_BESIDE_PACKET = 16, 1 << 20, 1 << 17
_SHORTEST = 12
_BYTE_ORDER = 0x1A2B3C4D
_LARGEST_LENGTH = (1 << 31) - 1
_LATEST = np.uint64((1 << 63) - 1)
_SECOND_NS = 1_000_000_000

LINK, SNAP, TICK_NS, TICKS, SHIFT, OFFSET_NS = range(6)
"""Columns of an interface's row: link type; snapshot length (0: none); ns of a tick and ticks of a
ns, one of which is 1; binary digits of a second's fraction (-1: it is decimal); what is added to
every time, ns."""

TIMELESS = -2
"""Binary digits of an interface whose resolution is so fine that 64 bits hold no time in it."""

BLOCK, END, CUT, DAMAGED, FULL = range(5)
"""Why the stepping stopped: a block for the caller, the file's end, a block that is cut, one that
is damaged, no room for a packet."""

AT, COUNT, BAD, BAD_BYTES, FIRST_BAD = range(5)
"""Places in the state that the steps hand on: the next block, packets so far, packet blocks that
hold no packet that makes sense, bytes in them, and the position of the first."""


@njit(cache=True, nogil=True)
def take_packets(
    data: Bytes,
    big: Integer,
    interfaces: NDArray[np.int64],
    packets: Packets,
    state: NDArray[np.int64],
) -> Integer:
    """Take packets up to the next block that is not one.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    big : int
        Whether the section is big-endian.
    interfaces : ndarray of int64, shape (n_interfaces, 6)
        Columns as in `LINK` and so on.
    packets : ndarray of PACKET
        Filled from row ``state[COUNT]``.
    state : ndarray of int64, shape (5,)
        See `AT`; moved on.

    Returns
    -------
    int
        Why this stopped; see `BLOCK`.
    """
    at = state[AT]
    why = END
    while at < data.size:
        why = block_state(data, at, big)
        kind = file32(data, at, big) if why == BLOCK else np.int64(0)
        if why != BLOCK or kind in (SECTION, INTERFACE, STATISTICS):
            break
        if kind in (_ENHANCED_PACKET, _SIMPLE_PACKET, _OLD_PACKET):
            if state[COUNT] == packets.size:
                why = FULL
                break
            if _fill(data, at, big, interfaces, packets[state[COUNT]]):
                state[COUNT] += 1
            else:
                state[FIRST_BAD] = state[FIRST_BAD] if state[BAD] else at
                state[BAD] += 1
                state[BAD_BYTES] += file32(data, at + 4, big)
        at += file32(data, at + 4, big)
        why = END
    state[AT] = at
    return np.int64(why)


@njit(cache=True, nogil=True)
def block_state(data: Bytes, at: Integer, big: Integer) -> Integer:
    """Return whether a whole `BLOCK` stands at a position, or one that is `CUT` or `DAMAGED`."""
    left = data.size - at
    if left < _SHORTEST:
        return np.int64(CUT)
    order = order_at(data, at, big)
    size = file32(data, at + 4, order)
    if size < _SHORTEST or size % 4 or order < 0:
        return np.int64(DAMAGED)
    if size > left:
        return np.int64(CUT)
    return np.int64(BLOCK if file32(data, at + size - 4, order) == size else DAMAGED)


@njit(cache=True, nogil=True)
def order_at(data: Bytes, at: Integer, big: Integer) -> Integer:
    """Return whether a block is big-endian: a section header says so itself; -1: it does not."""
    if file32(data, at, 0) != SECTION:
        return np.int64(big)
    if file32(data, at + 8, 0) == _BYTE_ORDER:
        return np.int64(0)
    return np.int64(1 if file32(data, at + 8, 1) == _BYTE_ORDER else -1)


@njit(cache=True, nogil=True)
def is_cut(data: Bytes, at: Integer, big: Integer) -> bool:
    """Return whether the block at a position, which is too long, makes sense but for the end.

    Then it was the file that was cut, and what lies in it is never taken for blocks.
    """
    left = data.size - at
    if left < _SHORTEST:
        return True
    order = order_at(data, at, big)
    kind, size = file32(data, at, order), file32(data, at + 4, order)
    if kind == _ENHANCED_PACKET and left >= 28:
        beside = size - file32(data, at + 20, order)
        return bool(32 <= beside <= _MOST_BESIDE_PACKET)
    return bool(kind == SECTION or 0 < kind < _HIGHEST_USUAL) and bool(size <= _LARGEST_USUAL)


@njit(cache=True, nogil=True)
def next_block(data: Bytes, begin: Integer, big: Integer) -> Integer:
    """Return where blocks go on behind damage: two that fit, or one before the file's end.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin : int
        Where to look from.
    big : bool
        Whether the section is big-endian.

    Returns
    -------
    int
        Position of a block; the file's size where there is none.
    """
    for at in range(begin, data.size - _SHORTEST + 1):
        if not _is_likely(data, at, big):
            continue
        behind = at + file32(data, at + 4, order_at(data, at, big))
        if data.size - behind < _SHORTEST or _is_likely(data, behind, big):
            return np.int64(at)
    return np.int64(data.size)


@njit(cache=True, nogil=True)
def _is_likely(data: Bytes, at: Integer, big: Integer) -> bool:
    kind = file32(data, at, big)
    known = kind == SECTION or 0 < kind < _HIGHEST_KNOWN
    return bool(known and block_state(data, at, big) == BLOCK)


@njit(cache=True, nogil=True)
def _fill(
    data: Bytes, at: Integer, big: Integer, interfaces: NDArray[np.int64], packet: Row
) -> bool:
    """Fill a row with the packet of a whole packet block; return whether the block holds one."""
    kind, size = file32(data, at, big), file32(data, at + 4, big)
    start, time_ns, which = at + 28, np.int64(-1), np.int64(0)
    if kind == _SIMPLE_PACKET:
        if size < 16:
            return False
        start = at + 12
        length = file32(data, at + 8, big)
        captured = _simple_size(length, size, interfaces)
    elif size >= 32:
        captured, length = file32(data, at + 20, big), file32(data, at + 24, big)
        which = file32(data, at + 8, big) if kind == _ENHANCED_PACKET else file16(data, at + 8, big)
        ticks = file32(data, at + 12, big) << 32 | file32(data, at + 16, big)
        if which < interfaces.shape[0]:
            time_ns = _time_ns(np.uint64(ticks), interfaces, which)
    else:
        return False
    if start + captured > at + size - 4 or not 0 < length <= _LARGEST_LENGTH:
        return False
    packet.at = start
    packet.time_ns = time_ns
    packet.captured = captured
    packet.length = length
    packet.link = interfaces[which, LINK] if which < interfaces.shape[0] else UNKNOWN_LINK
    return True


@njit(cache=True, nogil=True)
def _simple_size(length: Integer, size: Integer, interfaces: NDArray[np.int64]) -> Integer:
    """Return the captured bytes of a simple packet block, which does not state them."""
    snap = interfaces[0, SNAP] if interfaces.shape[0] else np.int64(0)
    captured = min(length, snap) if snap else length
    return min(captured, size - 16)


@njit(cache=True, nogil=True)
def _time_ns(ticks: Integer, interfaces: NDArray[np.int64], which: Integer) -> Integer:
    """Return a time (ticks as uint64) since the epoch in ns; -1 where 64 bits do not hold it."""
    shift, tick_ns = interfaces[which, SHIFT], np.uint64(interfaces[which, TICK_NS])
    steps = ticks // np.uint64(interfaces[which, TICKS])
    if shift == TIMELESS or (shift < 0 and steps > _LATEST // tick_ns):
        return np.int64(-1)
    if shift < 0:
        time = np.int64(steps * tick_ns)
    else:
        seconds = np.int64(ticks >> np.uint64(shift))
        # Thirty bits of ns times what is kept of the fraction must stay within 63.
        drop = max(shift - 33, np.int64(0))
        mask = (np.uint64(1) << np.uint64(shift)) - np.uint64(1)
        fraction = np.int64((ticks & mask) >> np.uint64(drop))
        if seconds < 0 or seconds >= np.int64(_LATEST) // _SECOND_NS:
            return np.int64(-1)
        time = seconds * _SECOND_NS + ((fraction * _SECOND_NS) >> (shift - drop))
    offset = interfaces[which, OFFSET_NS]
    if offset > 0 and time > np.int64(_LATEST) - offset:
        return np.int64(-1)
    return max(time + offset, np.int64(-1))
