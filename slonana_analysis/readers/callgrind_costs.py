# ruff: noqa: PLR0917  # machine code is best handed its arrays one by one
"""Takes the cost lines of callgrind text, and adds them to what they belong to.

References
----------
"Callgrind Format Specification", Valgrind Technical Documentation: grammar and body lines.
"""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.callgrind_numbers import (
    blanks_end,
    count_loss,
    lose_line,
    number,
    subposition,
)
from slonana_analysis.readers.callgrind_state import (
    BAD_COSTS,
    BYTES_LOST,
    CALL_BYTES,
    CALL_SEEN,
    CALLED,
    CALLED_FILE,
    CALLED_OBJECT,
    CALLEE,
    CALLER,
    CALLS,
    CALLS_WEIGHT,
    COLUMNS,
    COSTS_WEIGHT,
    DONE,
    DROPPED,
    EVENTS,
    FILE,
    FULL,
    FUNCTION,
    FUNCTION_FILE,
    LINE_COLUMN,
    LINE_WEIGHT,
    MISSING,
    NEXT_LINE,
    OBJECT,
    ODD_LINE,
    PART,
    PLACE,
    RECORDS,
    SIGNED,
    SOURCE_LINE,
    TEXT_LINE,
    UNSET,
    WIDTH,
)
from slonana_analysis.readers.callgrind_sums import (
    MOST_EVENTS,
    NO_ROOM,
)
from slonana_analysis.readers.interning import (
    Rows,
    intern_row,
)
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing, inlined, line_end

_LARGEST_LINE = np.iinfo(np.int32).max


@inlined
def cost_line(
    data: Bytes,
    begin: Integer,
    end: Integer,
    now: NDArray[np.int64],
    values: NDArray[np.int64],
    heaviest: NDArray[np.float64],
) -> Integer:
    """Take a line of positions and costs apart; return where the next begins, -1 if it is damaged.

    Its source line and how many costs it has, up to the last that is not 0, are left in ``now``.
    """
    position = _positions(data, begin, end, now)
    width = filled = 0
    weight = 0.0
    events, signed = now[EVENTS], now[SIGNED]
    while position >= 0:
        token = blanks_end(data, position, end)
        byte = data[token]
        if byte == 10 or (byte == 13 and data[token + 1] == 10):
            now[WIDTH] = filled
            heaviest[LINE_WEIGHT] = weight
            return token + 1 if byte == 10 else token + 2
        if token == position or width >= events:
            break
        value, position = _cost(data, token, end, signed)
        if width < MOST_EVENTS:
            values[width] = value
            weight += abs(np.float64(value))
            if value != 0:
                filled = width + 1
        width += 1
    return np.int64(-1)


@inlined
def _positions(data: Bytes, begin: Integer, end: Integer, now: NDArray[np.int64]) -> Integer:
    """Note the source line; return what is behind the positions, -1 where they are damaged."""
    position = begin
    last, line_column = now[SOURCE_LINE], now[LINE_COLUMN]
    now[NEXT_LINE] = last
    for column in range(now[COLUMNS]):
        token = blanks_end(data, position, end)
        value, following = subposition(data, token, end, last)
        if following == token or (column > 0 and token == position):
            return np.int64(-1)
        if column == line_column:
            now[NEXT_LINE] = value
        position = following
    return position


@inlined
def _cost(data: Bytes, begin: Integer, end: Integer, signed: Integer) -> tuple[Integer, Integer]:
    """Return a cost and what is behind it, -1 where none stands there."""
    negative = signed != 0 and data[begin] == 45
    first = begin + 1 if negative else begin
    value, position = number(data, first, end)
    if position == first:
        # cachegrind once wrote a full stop for what it did not count.
        return np.int64(0), begin + 1 if data[begin] == 46 else np.int64(-1)
    return -value if negative else value, position


@inlined
def kept_line(line: Integer) -> Integer:
    """Return a source line as it is kept, 0 for what cannot be one."""
    return line if 0 <= line <= _LARGEST_LINE else np.int64(0)


@borrowing
def drop_line(
    data: Bytes,
    begin: Integer,
    end: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
) -> Integer:
    """Drop a cost line; return where the next line begins.

    Those that follow may still be relative to its position.
    """
    following = line_end(data, begin, end) + 1
    lose_line(now, losses, BAD_COSTS, following - begin)
    now[DROPPED] += 1
    if now[CALLS] >= 0:
        now[BYTES_LOST] += now[CALL_BYTES]
    _close_call(now)
    now[SOURCE_LINE] = now[NEXT_LINE]
    return following


@inlined
def _close_call(now: NDArray[np.int64]) -> None:
    now[CALLS] = MISSING
    now[CALL_SEEN] = 0
    now[CALLED_FILE] = now[CALLED_OBJECT] = UNSET


@inlined
def find_places(places: Rows, now: NDArray[np.int64], recent: NDArray[np.int64]) -> bool:
    """Note the place of the costs, or those of caller and callee; return if there was room."""
    if now[CALLS] == MISSING:
        if now[PLACE] == MISSING:
            now[PLACE] = _place(places, now[FUNCTION], now[OBJECT], now[FILE], now[PART])
        return bool(now[PLACE] != MISSING)
    if now[CALLER] == MISSING:
        now[CALLER] = _place(places, now[FUNCTION], now[OBJECT], now[FUNCTION_FILE], now[PART])
    function = now[CALLED]
    module = now[OBJECT] if now[CALLED_OBJECT] == UNSET else now[CALLED_OBJECT]
    file = now[FILE] if now[CALLED_FILE] == UNSET else now[CALLED_FILE]
    slot = (function * 31 + file * 7 + module) & (recent.shape[0] - 1)
    known = recent[slot, 0] == function and recent[slot, 1] == module
    if not known or recent[slot, 2] != file:
        recent[slot, 3] = _place(places, function, module, file, now[PART])
        recent[slot, 0] = function if recent[slot, 3] != MISSING else UNSET
        recent[slot, 1] = module
        recent[slot, 2] = file
    now[CALLEE] = recent[slot, 3]
    return bool(now[CALLER] != MISSING and now[CALLEE] != MISSING)


@borrowing
def _place(
    places: Rows, function: Integer, module: Integer, file: Integer, part: Integer
) -> Integer:
    """Return the number of a place, ``MISSING`` if the table is full."""
    if np.int64(places.state[0]) >= places.keys.shape[0]:
        return np.int64(MISSING)
    return intern_row(places, function, module, file, part)


@inlined
def settle(
    row: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
    heaviest: NDArray[np.float64],
    calls: NDArray[np.int64],
) -> Integer:
    """Note that a cost line was added to ``row``; return ``DONE``, or ``FULL`` if it was not."""
    of_call = now[CALLS] != MISSING
    if row == NO_ROOM or (of_call and row >= calls.size):
        return FULL
    heaviest[COSTS_WEIGHT] += heaviest[LINE_WEIGHT]
    if of_call:
        calls[row] += now[CALLS]
        heaviest[CALLS_WEIGHT] += np.float64(now[CALLS])
        _close_call(now)
    elif kept_line(now[NEXT_LINE]) != now[NEXT_LINE]:
        count_loss(losses, ODD_LINE, now[TEXT_LINE])
    now[SOURCE_LINE] = now[NEXT_LINE]
    now[RECORDS] += 1
    return DONE
