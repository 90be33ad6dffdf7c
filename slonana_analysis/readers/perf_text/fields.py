"""Finds the fields of a sample's first line: what stands before its time, the time, what follows.

The rules are those of the regular expressions of ``perf_lines``, which say what perf prints.
"""

import numpy as np

from slonana_analysis.readers.perf_text.frames import is_blank, is_hexadecimal, skip_blanks
from slonana_analysis.readers.perf_text.tables import NONE
from slonana_analysis.readers.scanning import Bytes, Integer, decimal, inlined

# Within the bytes that ``perf_lines`` looks for a time in, whatever that time's length.
_FRONT = 1000
_SECOND = 1_000_000_000
_LONGEST_EVENT = 256
_WIDEST_PERIOD = 18
# perf pads an address to 16 columns behind a blank; nothing else on the line is that wide.
_ADDRESS_WIDTH = 17
_RAW = np.frombuffer(b"raw", np.uint8)


@inlined
def find_time(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer, Integer]:
    """Return where the text before the time ends, where that behind it begins, and the time in ns.

    The first is -1 where there is no time.
    """
    front = min(end, begin + _FRONT)
    digits = begin
    for position in range(begin, front):
        byte = data[position]
        if 48 <= byte <= 57:
            continue
        if byte == 46 and 1 <= position - digits <= 9:
            stands = digits == begin or is_blank(data[digits - 1])
            behind, nanoseconds = _fraction(data, position + 1, end)
            if stands and behind > 0:
                seconds, _ = decimal(data, digits, position)
                return max(digits - 1, begin), behind, seconds * _SECOND + nanoseconds
        digits = position + 1
    return NONE, NONE, NONE


@inlined
def _fraction(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return what follows ``micro or nanoseconds:``, and the nanoseconds; -1 first without them."""
    value, behind = decimal(data, begin, end)
    width = behind - begin
    if behind >= end or data[behind] != 58 or (width != 6 and width != 9):  # noqa: PLR1714  # as above
        return NONE, NONE
    if behind + 1 < end and not is_blank(data[behind + 1]):
        return NONE, NONE
    return behind + 1, value * 1000 if width == 6 else value


@inlined
def find_counted(
    data: Bytes, begin: Integer, end: Integer
) -> tuple[Integer, Integer, Integer, Integer, Integer]:
    """Return period, event and own frame of what stands behind the time.

    Returns
    -------
    tuple of (period, event_begin, event_end, frame_begin, frame_end)
        Period -1 where none is printed and -2 where the text is not for here. An event includes
        its colon and is empty where none is printed; so is a frame.
    """
    start = skip_blanks(data, begin, end)
    if start == end:
        return NONE, end, end, end, end
    period, behind = decimal(data, start, end)
    width = behind - start
    separate = behind == end or is_blank(data[behind])
    if not (1 <= width <= _WIDEST_PERIOD and separate):
        period, behind = np.int64(NONE), start
    event = skip_blanks(data, behind, end)
    event_end = _event_end(data, event, end)
    if event_end > 0:
        frame = event_end if is_own_frame(data, event_end, end) else end
        return period, event, event_end, frame, end
    if is_own_frame(data, begin, end):
        return NONE, end, end, begin, end
    if period >= 0 and event == end:
        return period, end, end, end, end
    if period >= 0 and is_own_frame(data, behind, end):
        return period, end, end, behind, end
    return -2, end, end, end, end


@inlined
def _event_end(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return what is behind the event that begins here; -1 if none does."""
    stop = _word_end(data, begin, end)
    raw = stop - begin == _RAW.size and stop + 1 < end and data[stop] == 32
    if raw and data[begin] == _RAW[0] and data[begin + 1] == _RAW[1] and data[begin + 2] == _RAW[2]:
        begin = stop + 1
        stop = _word_end(data, begin, end)
    length = stop - begin - 1
    known = 1 <= length <= _LONGEST_EVENT and data[begin] != 58 and data[stop - 1] == 58
    return stop if known else NONE


@inlined
def _word_end(data: Bytes, begin: Integer, end: Integer) -> Integer:
    position = begin
    while position < end and not (data[position] == 32 or 9 <= data[position] <= 13):
        position += 1
    return position


@inlined
def is_own_frame(data: Bytes, begin: Integer, end: Integer) -> bool:
    """Return whether the text is a frame that stands on its sample's own line."""
    digits = skip_blanks(data, begin, end)
    behind = digits
    while behind < end and is_hexadecimal(data[behind]):
        behind += 1
    if digits == begin or not 1 <= behind - digits <= 16 or behind - begin < _ADDRESS_WIDTH:
        return False
    if behind == end:
        return True
    return data[behind] == 32 and behind + 1 < end and not is_blank(data[behind + 1])
