"""Finds the records of a perf.data file, unpacked where perf compressed them.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` of Linux 6.1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.packed import Unpacked, unpack
from slonana_analysis.readers.scanning import Bytes, Integer, word_at

# Kinds of records that do not exist yet have no number of their own here.
_OTHER_KIND = 255


class _Table(NamedTuple):
    kinds: NDArray[np.uint8]
    begins: NDArray[np.int64]
    sizes: NDArray[np.uint16]


@dataclass(frozen=True)
class Records:
    """Where records lie.

    Attributes
    ----------
    data : ndarray of uint8
        The file, and what was unpacked of it behind.
    kinds : ndarray of uint8, shape (n_records,)
        Type of each record.
    begins : ndarray of int64, shape (n_records,)
        Where it lies.
    sizes : ndarray of uint16, shape (n_records,)
        Its bytes, with its header.
    file_size : int
        Where in ``data`` the file ends.
    """

    data: Bytes
    kinds: NDArray[np.uint8]
    begins: NDArray[np.int64]
    sizes: NDArray[np.uint16]
    file_size: int

    def of(self, *kinds: int) -> NDArray[np.int64]:
        """Return the rows of records of some kinds, in the order of the file."""
        wanted = np.zeros(_OTHER_KIND + 1, np.bool_)
        wanted[list(kinds)] = True
        return np.flatnonzero(wanted[self.kinds])

    def raw(self, row: int) -> bytes:
        """Return one record."""
        begin = int(self.begins[row])
        return self.data[begin : begin + int(self.sizes[row])].tobytes()


def find_records(data: Bytes, begin: int, end: int, losses: LossCounter, source: str) -> Records:
    """Return the records between two positions.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin, end : int
        Where its records lie.
    losses : LossCounter
        Told of a record that is cut or has a size it cannot have, and of packed data that are
        damaged.
    source : str
        What to call the file in errors.

    Returns
    -------
    Records
        Records that perf compressed stand where the compressed ones did.

    Raises
    ------
    FormatError
        If compressed records unpack to more than this machine can hold.
    """
    table, stop = _walked(data, begin, end)
    if stop != end:
        _note_stop(data, table, (begin, stop, end), losses)
    found = Records(data, *table, data.size)
    rows = found.of(f.COMPRESSED, f.COMPRESSED2)
    if not rows.size:
        return found
    pieces = [
        (int(found.kinds[row]), int(found.begins[row]), int(found.sizes[row]))
        for row in rows.tolist()
    ]
    return _together(found, unpack(data, pieces, losses, source), losses)


def _together(found: Records, unpacked: Unpacked, losses: LossCounter) -> Records:
    """Return plain and unpacked records in the order in which perf received them."""
    data = unpacked.data
    inner, stop = _walked(data, found.data.size, data.size)
    if stop != data.size:
        losses.truncated = losses.truncated or not unpacked.damaged
        losses.dropped += 1
        losses.say("the compressed records end within a record, which was dropped")
    piece = np.searchsorted(unpacked.begins, inner.begins, side="right") - 1
    order = np.argsort(np.concatenate([found.begins, unpacked.origins[piece]]), kind="stable")
    return Records(
        data,
        np.concatenate([found.kinds, inner.kinds])[order],
        np.concatenate([found.begins, inner.begins])[order],
        np.concatenate([found.sizes, inner.sizes])[order],
        found.file_size,
    )


def _note_stop(
    data: Bytes, table: _Table, positions: tuple[int, int, int], losses: LossCounter
) -> None:
    begin, stop, end = positions
    losses.dropped += 1
    if stop > end:
        behind = int(table.begins[-1]) + int(table.sizes[-1])
        losses.truncated = True
        losses.bytes_lost += end - behind
        losses.say(f"what follows the record before offset {behind} is cut off")
        return
    losses.bytes_lost += end - stop
    size = int(data[stop + 6]) | int(data[stop + 7]) << 8 if stop + 8 <= end else 0
    if stop + f.RECORD_HEADER > end or size > end - stop:
        losses.truncated = True
        losses.say(f"the record at offset {stop} is cut off, so it was dropped")
    else:
        losses.say(
            f"the record at offset {stop} states a size of {size} bytes, so the {end - stop} "
            f"bytes from there on were not read ({stop - begin} were)"
        )


def _walked(data: Bytes, begin: int, end: int) -> tuple[_Table, int]:
    """Return the whole records, and where they stop: behind ``end`` if something is cut."""
    count, stop = _walk(data, begin, end, _new_table(0))
    table = _new_table(int(count))
    _walk(data, begin, end, table)
    return table, int(stop)


def _new_table(size: int) -> _Table:
    return _Table(np.empty(size, np.uint8), np.empty(size, np.int64), np.empty(size, np.uint16))


@njit(cache=True, nogil=True)
def _walk(data: Bytes, begin: Integer, end: Integer, table: _Table) -> tuple[Integer, Integer]:
    """Count whole records, and write them where there is a table for them."""
    count, at = np.int64(0), np.int64(begin)
    while at + f.RECORD_HEADER <= end:
        word = word_at(data, at)
        kind = np.int64(word & np.uint64(0xFFFFFFFF))
        size = np.int64(word >> np.uint64(48))
        if size < f.RECORD_HEADER or at + size > end:
            break
        if table.begins.size:
            table.kinds[count] = min(int(kind), _OTHER_KIND)
            table.begins[count] = at
            table.sizes[count] = size
        count += 1
        extra = _extra(data, kind, at, size)
        if extra < 0 or extra > end - at - size:
            return count, np.int64(end + 1)
        at += size + extra
    return count, at


@njit(cache=True, nogil=True)
def _extra(data: Bytes, kind: Integer, begin: Integer, size: Integer) -> Integer:
    """Return how many bytes follow a record without belonging to any."""
    if kind == f.TRACING_DATA and size >= 16:
        return ((np.int64(word_at(data, begin + 8)) & np.int64(0xFFFFFFFF)) + 7) & ~7
    if kind == f.AUXTRACE and size >= 16:
        return np.int64(word_at(data, begin + 8))
    return np.int64(0)
