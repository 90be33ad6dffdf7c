"""Finds the records of a perf.data file, unpacked where perf compressed them.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` of Linux 6.1.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.scanning import Bytes, Integer, word_at
from slonana_analysis.readers.source import UNPACKED_LIMIT, zstd

_UNPACKED_CHUNK = 1 << 20


@dataclass(frozen=True)
class Records:
    """Where records lie.

    Attributes
    ----------
    data : ndarray of uint8
        The file, or its unpacked records behind one another.
    kinds, begins, ends : ndarray of int64, shape (n_records,)
        Type of each record and where it lies; its header included.
    """

    data: Bytes
    kinds: NDArray[np.int64]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    def of(self, *kinds: int) -> NDArray[np.int64]:
        """Return the rows of records of some kinds, in the order of the file."""
        return np.flatnonzero(np.isin(self.kinds, kinds))

    def raw(self, row: int) -> bytes:
        """Return one record."""
        return self.data[self.begins[row] : self.ends[row]].tobytes()


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
        Records that perf compressed stand behind the others.

    Raises
    ------
    FormatError
        If compressed records unpack to more than 8 GiB.
    """
    found = _walked(data, begin, end)
    reached = int(found.ends[-1]) if found.ends.size else begin
    reached = _behind_extra(data, found, reached)
    if reached < end:
        _note_stop(data, reached, end, losses)
    packed = found.of(f.COMPRESSED, f.COMPRESSED2)
    if not packed.size:
        return found
    unpacked = _unpack(found, packed, losses, source)
    inner = _walked(unpacked, 0, unpacked.size)
    whole = int(inner.ends[-1]) if inner.ends.size else 0
    if whole < unpacked.size:
        losses.truncated = True
        losses.dropped += 1
        losses.say("the compressed records end within a record")
    offset = data.size
    return Records(
        np.concatenate([data, unpacked]),
        np.concatenate([found.kinds, inner.kinds]),
        np.concatenate([found.begins, inner.begins + offset]),
        np.concatenate([found.ends, inner.ends + offset]),
    )


def _note_stop(data: Bytes, at: int, end: int, losses: LossCounter) -> None:
    losses.dropped += 1
    losses.bytes_lost += end - at
    size = struct.unpack_from("<H", data, at + 6)[0] if at + f.RECORD_HEADER <= end else 0
    if at + f.RECORD_HEADER > end or size > end - at:
        losses.truncated = True
        losses.say(f"the record at offset {at} is cut off, so it was dropped")
    else:
        losses.say(
            f"the record at offset {at} states a size of {size} bytes, so the {end - at} bytes "
            "from there on were not read"
        )


def _behind_extra(data: Bytes, found: Records, reached: int) -> int:
    """Return what is behind the last record, and the bytes that follow it without a header."""
    if found.kinds.size and found.kinds[-1] in (f.TRACING_DATA, f.AUXTRACE):
        return min(
            reached + int(_extra(data, found.kinds[-1], found.begins[-1], reached)), data.size
        )
    return reached


def _unpack(found: Records, packed: NDArray[np.int64], losses: LossCounter, source: str) -> Bytes:
    """Unpack the one stream that all compressed records are pieces of."""
    pieces, size = [], 0
    stream = zstd.ZstdDecompressor()
    for row in packed.tolist():
        # The newer kind states the length of its content, as it is padded.
        raw = found.raw(row)
        content = raw[8:]
        if found.kinds[row] == f.COMPRESSED2 and len(raw) >= 16:
            (length,) = struct.unpack_from("<Q", raw, 8)
            content = raw[16 : 16 + length]
        while content or not stream.needs_input:
            try:
                piece = stream.decompress(content, _UNPACKED_CHUNK)
            except (zstd.ZstdError, EOFError) as error:
                losses.dropped += 1
                losses.bytes_lost += int((found.ends - found.begins)[packed[packed >= row]].sum())
                losses.say(
                    f"the compressed record at offset {found.begins[row]} is damaged ({error})"
                )
                return _joined(pieces)
            content = b""
            size += len(piece)
            pieces.append(piece)
            if size > UNPACKED_LIMIT:
                raise FormatError(f"{source} unpacks to more than {UNPACKED_LIMIT >> 20} MiB")
            if stream.eof:
                content, stream = stream.unused_data, zstd.ZstdDecompressor()
            elif not piece:
                break
    return _joined(pieces)


def _joined(pieces: list[bytes]) -> Bytes:
    return np.frombuffer(b"".join(pieces), np.uint8)


def _walked(data: Bytes, begin: int, end: int) -> Records:
    count = _walk(data, begin, end, np.empty((0, 3), np.int64))
    table = np.empty((count, 3), np.int64)
    _walk(data, begin, end, table)
    return Records(data, table[:, 0], table[:, 1], table[:, 2])


@njit(cache=True, nogil=True)
def _walk(data: Bytes, begin: Integer, end: Integer, table: NDArray[np.int64]) -> Integer:
    """Count whole records, and write them where there is a table for them."""
    count, at = np.int64(0), np.int64(begin)
    while at + f.RECORD_HEADER <= end:
        word = word_at(data, at)
        kind = np.int64(word & np.uint64(0xFFFFFFFF))
        size = np.int64(word >> np.uint64(48))
        if size < f.RECORD_HEADER or at + size > end:
            break
        if table.shape[0]:
            table[count, 0] = kind
            table[count, 1] = at
            table[count, 2] = at + size
        count += 1
        extra = _extra(data, kind, at, at + size)
        if extra < 0 or extra > end - at - size:
            break
        at += size + extra
    return count


@njit(cache=True, nogil=True)
def _extra(data: Bytes, kind: Integer, begin: Integer, end: Integer) -> Integer:
    """Return how many bytes follow a record without belonging to any."""
    if kind == f.TRACING_DATA and end - begin >= 16:
        return ((np.int64(word_at(data, begin + 8)) & np.int64(0xFFFFFFFF)) + 7) & ~7
    if kind == f.AUXTRACE and end - begin >= 16:
        return np.int64(word_at(data, begin + 8))
    return np.int64(0)
