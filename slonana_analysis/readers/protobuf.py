"""The wire format of Protocol Buffers, as flat tables of fields.

Messages of one kind are taken apart in one sweep, so that a profile of a million samples makes a
handful of arrays and no object per message.

References
----------
Protocol Buffers documentation, "Encoding".
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Bytes, Integer

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_LONGEST_VARINT = 10
_BROKEN = -1


class Fields(NamedTuple):
    """Fields of some messages, in the order of the file.

    Attributes
    ----------
    message : ndarray of int64, shape (n_fields,)
        Which message a field is of.
    number, wire : ndarray of int64, shape (n_fields,)
        Field number and wire type.
    value : ndarray of int64, shape (n_fields,)
        Of a varint or fixed field: its value.
    begin, end : ndarray of int64, shape (n_fields,)
        Where its content lies; both 0 for a fixed field.
    whole : ndarray of int64, shape (n_messages,)
        How far each message could be taken apart: its end if nothing is wrong with it.
    """

    message: NDArray[np.int64]
    number: NDArray[np.int64]
    wire: NDArray[np.int64]
    value: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    whole: NDArray[np.int64]

    def spans(self, number: int) -> NDArray[np.int64]:
        """Return where the fields of bytes of a number lie, shape (n, 2): begin and end."""
        chosen = (self.number == number) & (self.wire == BYTES)
        return np.stack([self.begin[chosen], self.end[chosen]], axis=1)

    def of(self, number: int, wire: int) -> "Fields":
        """Return the fields of one number and wire type."""
        chosen = (self.number == number) & (self.wire == wire)
        return Fields._make([*(column[chosen] for column in self[:6]), self.whole])


def fields_of(data: Bytes, begins: NDArray[np.int64], ends: NDArray[np.int64]) -> Fields:
    """Take messages apart.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begins, ends : ndarray of int64, shape (n_messages,)
        Where each message lies.

    Returns
    -------
    Fields
        A message that is damaged gives the fields before the damage.
    """
    count = _walk(data, begins, ends, np.empty((0, 6), np.int64), np.empty(0, np.int64))
    table = np.empty((count, 6), np.int64)
    whole = np.empty(begins.size, np.int64)
    _walk(data, begins, ends, table, whole)
    return Fields._make([*(table[:, column] for column in range(6)), whole])


@njit(cache=True, nogil=True)
def varint_at(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return a varint as int64 bits and the position behind it, -1 if it is broken.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    begin, end : int
        Where it begins, and where it must have ended.
    """
    value = np.uint64(0)
    for place in range(min(end - begin, _LONGEST_VARINT)):
        byte = data[begin + place]
        value |= np.uint64(byte & 0x7F) << np.uint64(7 * place)
        if byte < 0x80:
            return np.int64(value), begin + place + 1
    return np.int64(0), np.int64(_BROKEN)


@njit(cache=True, nogil=True)
def field_at(data: Bytes, at: Integer, end: Integer) -> tuple[Integer, ...]:
    """Return number, wire type, value, begin, end and the position behind a field; -1 if broken.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    at, end : int
        Where its tag begins, and where the message ends.

    Returns
    -------
    tuple of int64
        ``begin`` and ``end`` are those of its content: of a varint its own bytes, so that it can be
        read like packed ones.
    """
    nothing = np.int64(0)
    broken = np.int64(_BROKEN)
    tag, behind = varint_at(data, at, end)
    number, wire = tag >> 3, tag & 7
    if behind < 0 or number <= 0:
        return number, wire, nothing, nothing, nothing, broken
    if wire == VARINT:
        begin = behind
        value, behind = varint_at(data, begin, end)
        return number, wire, value, begin, behind, behind
    if wire == BYTES:
        length, begin = varint_at(data, behind, end)
        if begin < 0 or length < 0 or length > end - begin:
            return number, wire, nothing, nothing, nothing, broken
        return number, wire, nothing, begin, begin + length, begin + length
    size = 8 if wire == FIXED64 else 4 if wire == FIXED32 else 0
    if size == 0 or size > end - behind:
        return number, wire, nothing, nothing, nothing, broken
    value = np.int64(0)
    for place in range(size):
        value |= np.int64(data[behind + place]) << (8 * place)
    return number, wire, value, nothing, nothing, behind + size


@njit(cache=True, nogil=True)
def _walk(
    data: Bytes,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    table: NDArray[np.int64],
    whole: NDArray[np.int64],
) -> Integer:
    """Count the fields, and write them where there is a table for them."""
    writing = whole.size > 0
    count = np.int64(0)
    for message in range(begins.size):
        at, end = begins[message], ends[message]
        while at < end:
            number, wire, value, begin, stop, behind = field_at(data, at, end)
            if behind < 0:
                break
            if writing:
                table[count, 0] = message
                table[count, 1] = number
                table[count, 2] = wire
                table[count, 3] = value
                table[count, 4] = begin
                table[count, 5] = stop
            count += 1
            at = behind
        if writing:
            whole[message] = at
    return count
