"""Reads the numbers and names of callgrind text in machine code.

References
----------
"Callgrind Format Specification", Valgrind Technical Documentation: subposition compression, name
compression, numbers.
"""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.callgrind_state import (
    BYTES_LOST,
    CALL_BYTES,
    CALLS,
    DROPPED,
    LARGEST_NUMBER,
    MISSING,
    NAME_BEGIN,
    NAME_END,
    NAME_ROW,
    NO_COSTS,
    NUMBER,
    TEXT_LINE,
    UNDEFINED,
)
from slonana_analysis.readers.callgrind_sums import NO_ROOM
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing, inlined

# The most digits that cannot overflow an int64.
_DIGITS = 18
_HEX_DIGITS = 16
BAD_NAME = -4
"""No name stands there that could be kept."""
NEW_NAME = -5
"""The name must be looked up."""


@inlined
def number(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return the number at ``begin``, decimal or ``0x`` and hexadecimal, and what is behind it.

    The position is ``begin`` where no number stands there, or one that an int64 may not hold.
    """
    value = np.int64(0)
    position = begin
    while position < end:
        digit = np.int64(data[position]) - 48
        if not 0 <= digit <= 9:
            break
        value = value * 10 + digit
        position += 1
    if position - begin > _DIGITS:
        return np.int64(0), begin
    if position == begin + 1 and value == 0 and position < end and data[position] == 120:
        return _hexadecimal(data, begin, end)
    return value, position


@borrowing
def _hexadecimal(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    value = np.int64(0)
    first = position = begin + 2
    while position < end:
        digit = np.int64(data[position]) - 48
        if not 0 <= digit <= 9:
            digit = (np.int64(data[position]) | 32) - 87
            if not 10 <= digit <= 15:
                break
        value = (value << 4) | digit
        position += 1
    if position == first or position - first > _HEX_DIGITS:
        return np.int64(0), begin
    return value, position


@inlined
def subposition(
    data: Bytes, begin: Integer, end: Integer, last: Integer
) -> tuple[Integer, Integer]:
    """Return a position, which may be given relative to ``last``, and what is behind it.

    The position in the text is ``begin`` where none stands there.
    """
    first = data[begin]
    if first == 42:  # *
        return last, begin + 1
    if first != 43 and first != 45:  # noqa: PLR1714  # + and -; a set is searched slowly here
        return number(data, begin, end)
    distance, position = number(data, begin + 1, end)
    if position == begin + 1:
        return last, begin
    return (last + distance if first == 43 else last - distance), position


@inlined
def blanks_end(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the first position from ``begin`` without a space or tab."""
    position = begin
    while position < end and (data[position] == 32 or data[position] == 9):
        position += 1
    return position


@borrowing
def name_number(  # noqa: PLR0917
    data: Bytes,
    begin: Integer,
    end: Integer,
    kind: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
    numbered: NDArray[np.int32],
) -> Integer:
    """Return the row of the name that stands between ``begin`` and ``end``.

    Parameters
    ----------
    data : ndarray of uint8
        The text.
    begin, end : int
        What follows the equals sign: ``name``, ``(number) name`` or ``(number)``.
    kind : int
        ``FUNCTIONS``, ``FILES`` or ``OBJECTS``.
    now, losses
        As in ``State``.
    numbered
        As in ``Tables``.

    Returns
    -------
    int
        ``NEW_NAME`` for a text whose row the caller must look up, leave in ``now[NAME_ROW]`` and
        ask again; ``NO_ROOM`` if the tables must be made larger first; ``BAD_NAME`` for a number
        that is out of all bounds.
    """
    first = blanks_end(data, begin, end)
    if not (first + 1 < end and data[first] == 40 and 48 <= data[first + 1] <= 57):
        return _row_of_text(first, end, now)
    value, position = number(data, first + 1, end)
    if position == first + 1 or position >= end or data[position] != 41 or value >= LARGEST_NUMBER:
        return np.int64(BAD_NAME)
    if value >= numbered.shape[1]:
        now[NUMBER] = value
        return np.int64(NO_ROOM)
    text = blanks_end(data, position + 1, end)
    if text < end:
        row = _row_of_text(text, end, now)
    elif numbered[kind, value] != MISSING:
        return np.int64(numbered[kind, value])
    else:
        # What it is called in the file is better than nothing, and cannot be taken for a name.
        row = _row_of_text(first, position + 1, now)
        if row >= 0:
            count_loss(losses, UNDEFINED, now[TEXT_LINE])
    if row >= 0:
        numbered[kind, value] = row
    return row


@borrowing
def _row_of_text(begin: Integer, end: Integer, now: NDArray[np.int64]) -> Integer:
    """Return the row that was looked up for this text, or ask for it."""
    row = now[NAME_ROW]
    now[NAME_ROW] = MISSING
    if row == MISSING:
        now[NAME_BEGIN] = begin
        now[NAME_END] = end
        return np.int64(NEW_NAME)
    return row


@borrowing
def count_loss(losses: NDArray[np.int64], kind: Integer, line: Integer) -> None:
    """Count one more loss of a kind, met at this line."""
    if losses[kind, 0] == 0:
        losses[kind, 1] = line
    losses[kind, 0] += 1


@borrowing
def lose_line(
    now: NDArray[np.int64], losses: NDArray[np.int64], kind: Integer, size: Integer
) -> None:
    """Count a line of ``size`` bytes that is kept in nothing."""
    count_loss(losses, kind, now[TEXT_LINE])
    now[BYTES_LOST] += size


@inlined
def lose_open_call(now: NDArray[np.int64], losses: NDArray[np.int64]) -> None:
    """Count the call whose cost line did not come."""
    if now[CALLS] >= 0:
        count_loss(losses, NO_COSTS, now[TEXT_LINE])
        now[DROPPED] += 1
        now[BYTES_LOST] += now[CALL_BYTES]
    now[CALLS] = MISSING
