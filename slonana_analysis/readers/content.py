"""The bytes of an opened input as arrays: all at once, or in blocks of whole lines."""

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.scanning import Bytes

BLOCK = 8 << 20
_FIRST = 1 << 20
# A text without any line feed is no text; nothing that a profiler prints comes near this.
_LONGEST_LINE = 128 << 20


def all_bytes(stream: BinaryIO, source: str) -> Bytes:
    """Return everything that is left of a stream.

    Parameters
    ----------
    stream : binary file
        The input.
    source : str
        What to call it in errors.

    Returns
    -------
    ndarray of uint8, shape (n_bytes,)
        Writable, owned by the caller. It grows with what really arrives, so that a header that
        promises more costs nothing.

    Raises
    ------
    FormatError
        If the input is larger than half of this machine's memory.
    """
    limit = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    # One byte more than the file has, so that its end is seen without growing.
    buffer = np.empty((file_size(stream) or _FIRST) + 1, np.uint8)
    used = 0
    while read := _fill(stream, buffer, used):
        used += read
        if used > limit:
            raise FormatError(
                f"{source} holds more than {limit >> 20} MiB, half of this machine's memory; read "
                "it on a larger one, or record for a shorter time"
            )
        if used == buffer.size:
            buffer = _grown(buffer)
    return buffer[:used]


def line_blocks(stream: BinaryIO, source: str, size: int = BLOCK) -> Iterator[Bytes]:
    """Give a text in blocks that end at line feeds.

    Parameters
    ----------
    stream : binary file
        The text.
    source : str
        What to call it in errors.
    size : int
        Bytes of a block; a longer line makes its block larger.

    Yields
    ------
    ndarray of uint8
        View of the block, overwritten by the next one: keep nothing of it. Only the last block
        may end without a line feed.

    Raises
    ------
    FormatError
        If a line is longer than 128 MiB.
    """
    buffer = np.empty(size, np.uint8)
    used = 0
    while read := _fill(stream, buffer, used):
        used += read
        if used < buffer.size:
            continue
        whole = _behind_last_line_feed(buffer)
        if whole:
            yield buffer[:whole]
            used = buffer.size - whole
            buffer[:used] = buffer[whole:].copy()
        elif buffer.size >= _LONGEST_LINE:
            raise FormatError(f"{source} holds a line of over 128 MiB; it is no text of a profiler")
        else:
            buffer = _grown(buffer)
    if used:
        yield buffer[:used]


def file_size(stream: BinaryIO) -> int | None:
    """Return the size in bytes of the plain file that a stream reads, None where it is unknown."""
    try:
        return os.fstat(stream.fileno()).st_size or None
    except (OSError, io.UnsupportedOperation, AttributeError):
        return None


def _fill(stream: BinaryIO, buffer: Bytes, used: int) -> int:
    read: int | None = stream.readinto(buffer[used:].data)  # type: ignore[attr-defined]  # BinaryIO's stub lacks what every binary file has
    return read or 0


def _grown(buffer: Bytes) -> Bytes:
    larger = np.empty(2 * buffer.size, np.uint8)
    larger[: buffer.size] = buffer
    return larger


def _behind_last_line_feed(buffer: Bytes) -> int:
    step = 1 << 16
    for begin in range(max(buffer.size - step, 0), -step, -step):
        feeds = np.flatnonzero(buffer[max(begin, 0) : begin + step] == ord("\n"))
        if feeds.size:
            return max(begin, 0) + int(feeds[-1]) + 1
    return 0
