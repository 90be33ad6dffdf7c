r"""Takes usual stack lines apart: ``\t`` address, symbol, ``+0x`` offset, module in parentheses.

What is refused here (bytes that are not ASCII, no symbol, parentheses that do not pair) is for
``perf_lines.parse_frame``; what is accepted gets the very names that it would give.
"""

import numpy as np

from slonana_analysis.readers.interning import Names, intern_name, intern_row
from slonana_analysis.readers.perf_text.tables import FULL, NONE, SPARE, Reading
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing, inlined, same_bytes

_INLINED = np.frombuffer(b"[inlined]", np.uint8)
_UNKNOWN = np.frombuffer(b"[unknown] (", np.uint8)


@borrowing
def frame_of(data: Bytes, begin: Integer, end: Integer, reading: Reading) -> Integer:
    """Return the row of the frame that ``data[begin:end]`` is; -1 if that is not for here.

    ``state[FULL]`` is set where the tables have no room for it.
    """
    found, state = reading.found, reading.state
    text = name_begin(data, begin, end)
    if text < 0 or not _is_ascii(data, text, end):
        return NONE
    symbol_end, module_begin, module_end = _split(data, text, end)
    if symbol_end <= text:
        return NONE
    if not has_room(found.names, end - text):
        state[FULL] = 1
        return NONE
    function = intern_name(found.names, data, text, symbol_end)
    full = np.int64(found.frames.state[0]) >= found.frames.keys.shape[0]
    if full or not has_room(found.names, end - text):
        state[FULL] = 1
        return NONE
    module = _module(data, module_begin, module_end, found.names)
    return intern_row(found.frames, function, module, NONE, 0)


@borrowing
def name_begin(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return where the name behind an address begins; -1 if this is no line with both."""
    position = skip_blanks(data, begin, end)
    digits = position
    while position < end and is_hexadecimal(data[position]):
        position += 1
    if digits == begin or not 1 <= position - digits <= 16:
        return NONE
    if position + 1 >= end or data[position] != 32 or is_blank(data[position + 1]):
        return NONE
    return position + 1


@inlined
def skip_blanks(data: Bytes, position: Integer, end: Integer) -> Integer:
    """Return the first position from here with neither a space nor a tab."""
    while position < end and is_blank(data[position]):
        position += 1
    return position


@inlined
def is_blank(byte: Integer) -> bool:
    """Return whether the byte is a space or a tab."""
    return bool(byte == 32 or byte == 9)  # noqa: PLR1714  # numba compiles this to two comparisons


@inlined
def is_hexadecimal(byte: Integer) -> bool:
    """Return whether the byte is a lower-case hexadecimal digit."""
    return bool(48 <= byte <= 57 or 97 <= byte <= 102)


@borrowing
def _is_ascii(data: Bytes, begin: Integer, end: Integer) -> bool:
    every = np.uint8(0)
    for position in range(begin, end):
        every |= data[position]
    return bool(every < 128)


@inlined
def has_room(names: Names, length: Integer) -> bool:
    """Return whether one more name of this length fits."""
    count = np.int64(names.state[0])
    room = names.text.size - names.begins[count]
    return bool(count < names.hashes.size and length + SPARE <= room)


@borrowing
def _split(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer, Integer]:
    """Return the end of the symbol and both ends of the module; -1 first if not for here."""
    for position in range(end - 4, begin - 1, -1):
        if data[position] == 43 and data[position + 1] == 48 and data[position + 2] == 120:
            behind = position + 3
            while behind < end and is_hexadecimal(data[behind]):
                behind += 1
            if behind == position + 3:
                continue
            if behind == end:
                return position, end, end
            if _opens_module(data, behind, end):
                return position, behind + 2, end - 1
    return _split_without_offset(data, begin, end)


@borrowing
def _opens_module(data: Bytes, position: Integer, end: Integer) -> bool:
    opens = position + 2 < end and data[position] == 32 and data[position + 1] == 40
    return bool(opens and data[end - 1] == 41)


@borrowing
def _split_without_offset(
    data: Bytes, begin: Integer, end: Integer
) -> tuple[Integer, Integer, Integer]:
    if data[end - 1] != 41:
        return end, end, end
    known = _UNKNOWN.size
    if end - begin >= known and same_bytes(data, begin, _UNKNOWN, 0, known):
        return begin + 9, begin + known, end - 1
    depth, position = np.int64(0), end
    while position > begin:
        position -= 1
        depth += np.int64(data[position] == 41) - np.int64(data[position] == 40)
        if depth == 0:
            break
    if depth or position == begin:
        return NONE, NONE, NONE
    if data[position - 1] != 32:
        return end, end, end
    return position - 1, position + 1, end - 1


@borrowing
def _module(data: Bytes, begin: Integer, end: Integer, names: Names) -> Integer:
    """Return the number of the module's name without an offset into it; -1 if it is empty."""
    digits = end
    while digits > begin and is_hexadecimal(data[digits - 1]):
        digits -= 1
    offset = digits < end and digits - begin >= 3
    # No digit of ours is an x, so the digits end where the "0x" does.
    if offset and data[digits - 1] == 120 and data[digits - 2] == 48 and data[digits - 3] == 43:
        end = digits - 3
    if end == begin:
        return NONE
    if end - begin == _INLINED.size - 2 and same_bytes(data, begin, _INLINED, 1, end - begin):
        return intern_name(names, _INLINED, 0, _INLINED.size)
    return intern_name(names, data, begin, end)
