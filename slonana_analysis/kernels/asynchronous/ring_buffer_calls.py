"""A ring buffer of entries, compiled: a header of 24 bytes, then the payload, round the end.

The validator's headers count as they do there, and hold the payload's length, the entry's number
and eight bytes of nothing: what they hold there is not visible from outside. One byte always stays
free, so that a full buffer is not taken for an empty one.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.byte_ranges import copy
from slonana_analysis.kernels.asynchronous.rules import ENTRY_HEADER_BYTES, AsyncError

# What the cursors are; all in bytes but the last.
HEAD, TAIL, USED, PUSHED = range(4)
CURSORS = 4

_SUCCESS, _FULL = int(AsyncError.SUCCESS), int(AsyncError.BUFFER_FULL)
_INVALID = int(AsyncError.INVALID_BUFFER)
_LENGTH_BYTES = 8


@njit(cache=True, error_model="numpy", nogil=True)
def push(buffer: NDArray[np.uint8], cursors: NDArray[np.int64], payload: NDArray[np.uint8]) -> int:
    """Append an entry.

    Parameters
    ----------
    buffer : ndarray of uint8, shape (capacity,)
        Changed.
    cursors : ndarray of int64, shape (4,)
        Where entries begin and end; changed.
    payload : ndarray of uint8, shape (n_bytes,)
        What is appended.

    Returns
    -------
    int
        `AsyncError`: success, invalid buffer for an empty payload, or buffer full.
    """
    length = payload.size
    if length == 0:
        return _INVALID
    if cursors[USED] + ENTRY_HEADER_BYTES + length > buffer.size - 1:
        return _FULL
    start = cursors[TAIL]
    _write_number(buffer, start, length)
    _write_number(buffer, start + _LENGTH_BYTES, cursors[PUSHED] + 1)
    _write_number(buffer, start + 2 * _LENGTH_BYTES, 0)
    first = (start + ENTRY_HEADER_BYTES) % buffer.size
    whole = min(length, buffer.size - first)
    copy(buffer[first:], payload, whole)
    copy(buffer, payload[whole:], length - whole)
    cursors[TAIL] = (first + length) % buffer.size
    cursors[USED] += ENTRY_HEADER_BYTES + length
    cursors[PUSHED] += 1
    return _SUCCESS


@njit(cache=True, error_model="numpy", nogil=True)
def front_length(buffer: NDArray[np.uint8], cursors: NDArray[np.int64]) -> int:
    """Return the length of the oldest entry's payload in bytes; 0 where there is no entry.

    Parameters
    ----------
    buffer : ndarray of uint8, shape (capacity,)
        Read.
    cursors : ndarray of int64, shape (4,)
        Read.
    """
    if cursors[USED] == 0:
        return 0
    length = 0
    for place in range(_LENGTH_BYTES):
        length |= int(buffer[(cursors[HEAD] + place) % buffer.size]) << (8 * place)
    return length


@njit(cache=True, error_model="numpy", nogil=True)
def pop(buffer: NDArray[np.uint8], cursors: NDArray[np.int64], out: NDArray[np.uint8]) -> int:
    """Remove the oldest entry.

    Parameters
    ----------
    buffer : ndarray of uint8, shape (capacity,)
        Read.
    cursors : ndarray of int64, shape (4,)
        Where entries begin and end; changed.
    out : ndarray of uint8, shape (n_bytes,)
        Receives the payload.

    Returns
    -------
    int
        The payload's length; 0 where there is no entry, or none that fits ``out``, which then
        stays.
    """
    length = front_length(buffer, cursors)
    if length == 0 or length > out.size:
        return 0
    first = (cursors[HEAD] + ENTRY_HEADER_BYTES) % buffer.size
    whole = min(length, buffer.size - first)
    copy(out, buffer[first:], whole)
    copy(out[whole:], buffer, length - whole)
    cursors[HEAD] = (first + length) % buffer.size
    cursors[USED] -= ENTRY_HEADER_BYTES + length
    return length


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _write_number(buffer: NDArray[np.uint8], start: int, value: int) -> None:
    for place in range(_LENGTH_BYTES):
        buffer[(start + place) % buffer.size] = np.uint8(value >> (8 * place) & 0xFF)
