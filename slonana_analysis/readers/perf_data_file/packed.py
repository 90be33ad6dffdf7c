"""Unpacks the records that ``perf record -z`` compressed.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` of Linux 6.1, PERF_RECORD_COMPRESSED.
"""

import os
import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.scanning import Bytes
from slonana_analysis.readers.source import UNPACKED_LIMIT, zstd

_CHUNK = 1 << 20


class Unpacked(NamedTuple):
    """The file with what was unpacked of it.

    Attributes
    ----------
    data : ndarray of uint8
        The file, then the unpacked records.
    begins, origins : ndarray of int64, shape (n_pieces,)
        Where in ``data`` the content of each compressed record begins, and where that record lies.
    damaged : bool
        Whether some could not be unpacked.
    """

    data: Bytes
    begins: NDArray[np.int64]
    origins: NDArray[np.int64]
    damaged: bool


def unpack(
    data: Bytes, pieces: Sequence[tuple[int, int, int]], losses: LossCounter, source: str
) -> Unpacked:
    """Unpack the one stream that all compressed records are pieces of.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    pieces : sequence of (int, int, int)
        Kind, position and size of each compressed record, in order.
    losses : LossCounter
        Told where the stream is damaged: nothing behind can be unpacked.
    source : str
        What to call the file in errors.

    Raises
    ------
    FormatError
        If it unpacks to more than 8 GiB or half of this machine's memory.
    """
    stream = zstd.ZstdDecompressor()
    target = _Growing(data, source)
    begins, origins = [], []
    damaged = False
    for number, (kind, begin, size) in enumerate(pieces):
        begins.append(target.used)
        origins.append(begin)
        content = _content(data[begin : begin + size].tobytes(), kind)
        try:
            stream = _feed(stream, content, target)
        except (zstd.ZstdError, EOFError) as error:
            damaged = True
            losses.dropped += 1
            losses.bytes_lost += sum(length for _, _, length in pieces[number:])
            losses.say(f"the compressed record at offset {begin} is damaged ({error})")
            break
    return Unpacked(
        target.content(), np.array(begins, np.int64), np.array(origins, np.int64), damaged
    )


def _content(raw: bytes, kind: int) -> bytes:
    # The newer kind states the length of its content, as it is padded.
    if kind == f.COMPRESSED2 and len(raw) >= 16:
        (length,) = struct.unpack_from("<Q", raw, 8)
        return raw[16 : 16 + length]
    return raw[8:]


def _feed(
    stream: "zstd.ZstdDecompressor", content: bytes, target: "_Growing"
) -> "zstd.ZstdDecompressor":
    while content or not stream.needs_input:
        piece = stream.decompress(content, _CHUNK)
        content = b""
        target.append(piece)
        if stream.eof:
            content, stream = stream.unused_data, zstd.ZstdDecompressor()
        elif not piece:
            break
    return stream


class _Growing:
    """An array that begins with the file and grows with what is really unpacked."""

    def __init__(self, data: Bytes, source: str) -> None:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        self._limit = data.size + min(UNPACKED_LIMIT, memory // 2)
        self._source = source
        self._array = np.empty(2 * data.size + _CHUNK, np.uint8)
        self._array[: data.size] = data
        self.used = data.size

    def append(self, piece: bytes) -> None:
        end = self.used + len(piece)
        if end > self._limit:
            raise FormatError(
                f"{self._source} unpacks to more than {self._limit >> 20} MiB; record for a "
                "shorter time, or without --compression-level"
            )
        if end > self._array.size:
            # Large arrays are moved by the page table, not copied.
            self._array.resize(max(end, self._array.size * 3 // 2), refcheck=False)
        self._array[self.used : end] = np.frombuffer(piece, np.uint8)
        self.used = end

    def content(self) -> Bytes:
        return self._array[: self.used]
