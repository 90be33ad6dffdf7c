# ruff: noqa: PLR0917, PLR1714, SIM109  # arrays one by one, and no search in a tuple: machine code
"""Takes the lines of callgrind text that say where the costs that follow belong.

References
----------
"Callgrind Format Specification", Valgrind Technical Documentation: grammar and body lines.
"""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.callgrind_numbers import (
    BAD_NAME,
    NEW_NAME,
    blanks_end,
    lose_line,
    lose_open_call,
    name_number,
    number,
)
from slonana_analysis.readers.callgrind_state import (
    CALL_BYTES,
    CALL_SEEN,
    CALLED,
    CALLED_FILE,
    CALLED_OBJECT,
    CALLER,
    CALLS,
    DISCARD,
    DONE,
    FILE,
    FILES,
    FULL,
    FUNCTION,
    FUNCTION_FILE,
    FUNCTIONS,
    HEADER,
    MISSING,
    NAME,
    OBJECT,
    OBJECTS,
    PLACE,
    UNREADABLE,
)
from slonana_analysis.readers.callgrind_sums import (
    NO_ROOM,
)
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing, inlined, line_end

_LONGEST_KEYWORD = 6
_LONGEST_KEY = 32
_USUAL_DIGITS = 15


def _packed(word: bytes) -> np.int64:
    return np.int64(int.from_bytes(word, "big"))


_FN, _FL, _FI, _FE = _packed(b"fn"), _packed(b"fl"), _packed(b"fi"), _packed(b"fe")
_OB, _COB, _CFN = _packed(b"ob"), _packed(b"cob"), _packed(b"cfn")
_CFI, _CFL = _packed(b"cfi"), _packed(b"cfl")
_CALLS_WORD, _RCALLS_WORD = _packed(b"calls"), _packed(b"rcalls")
_JUMP, _JCND, _JFI, _JFN = _packed(b"jump"), _packed(b"jcnd"), _packed(b"jfi"), _packed(b"jfn")


@inlined
def usual_line(  # noqa: PLR0911
    data: Bytes,
    begin: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
    numbered: NDArray[np.int32],
) -> Integer:
    """Take an empty line, ``calls=`` or ``keyword=(number)``, or return -1.

    Most lines beside costs are one of these. A line feed stands behind every line, so nothing here
    needs to look for the end.
    """
    if data[begin] == 10:
        return begin + 1
    packed = np.int64(data[begin])
    position = begin + 1
    while 97 <= data[position] <= 122:
        packed = (packed << 8) | np.int64(data[position])
        position += 1
    if data[position] != 61 or position - begin > _LONGEST_KEYWORD:
        return np.int64(-1)
    if packed == _CALLS_WORD:
        return _usual_call(data, begin, position + 1, now, losses)
    if data[position + 1] != 40:
        return np.int64(-1)
    first = position = position + 2
    value = np.int64(0)
    while 48 <= data[position] <= 57 and value < numbered.shape[1]:
        value = value * 10 + np.int64(data[position]) - 48
        position += 1
    kind = _kind(packed)
    if data[position] != 41 or data[position + 1] != 10 or position == first or kind < 0:
        return np.int64(-1)
    if value >= numbered.shape[1] or numbered[kind, value] == MISSING:
        return np.int64(-1)
    _apply(packed, np.int64(numbered[kind, value]), now, losses)
    return position + 2


@inlined
def _usual_call(
    data: Bytes,
    begin: Integer,
    first: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
) -> Integer:
    """Take ``calls=number``, whatever position follows, or return -1."""
    count = np.int64(0)
    position = first
    while 48 <= data[position] <= 57 and position - first < _USUAL_DIGITS:
        count = count * 10 + np.int64(data[position]) - 48
        position += 1
    if position == first or data[position] != 32:
        return np.int64(-1)
    while data[position] != 10:
        position += 1
    lose_open_call(now, losses)
    now[CALLS] = count
    now[CALL_BYTES] = position + 1 - begin
    return position + 1


@borrowing
def other_line(
    data: Bytes,
    begin: Integer,
    end: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
    numbered: NDArray[np.int32],
) -> tuple[Integer, Integer]:
    """Take a line that does not begin like a cost line; return where the next is, and why."""
    following = line_end(data, begin, end) + 1
    stop = following - 1
    if stop > begin and data[stop - 1] == 13:
        stop -= 1
    if stop == begin or data[begin] == 35:
        return following, DONE
    keyword, position = _keyword(data, begin, stop)
    taken = np.int64(BAD_NAME)
    if keyword != 0:
        taken = _specification(keyword, data, position, stop, now, losses, numbered)
        if taken == NO_ROOM or taken == NEW_NAME:
            return begin, FULL if taken == NO_ROOM else NAME
    elif _is_header(data, begin, stop):
        return begin, HEADER
    elif blanks_end(data, begin, stop) == stop:
        return following, DONE
    if taken == BAD_NAME:
        lose_line(now, losses, UNREADABLE, following - begin)
        if now[CALL_SEEN] and now[CALLS] == MISSING:
            # It may have been the line that says that the next costs are a call's.
            now[CALLS] = DISCARD
    elif now[CALLS] >= 0:
        now[CALL_BYTES] = following - begin
    return following, DONE


@borrowing
def _keyword(data: Bytes, begin: Integer, stop: Integer) -> tuple[Integer, Integer]:
    """Return the letters before an equals sign in one integer, and what is behind; 0 if none."""
    packed = np.int64(0)
    position = begin
    while position < stop and position - begin <= _LONGEST_KEYWORD:
        byte = data[position]
        if byte == 61:
            return packed, position + 1
        if not 97 <= byte <= 122:
            break
        packed = (packed << 8) | np.int64(byte)
        position += 1
    return np.int64(0), begin


@borrowing
def _is_header(data: Bytes, begin: Integer, stop: Integer) -> bool:
    """Return whether a line is of the form ``key: value``."""
    position = begin
    while position < stop and position - begin <= _LONGEST_KEY:
        byte = data[position]
        if byte == 58:
            return bool(position > begin)
        letter = 97 <= byte | 32 <= 122
        if not letter and not (position > begin and (48 <= byte <= 57 or byte == 95)):
            return False
        position += 1
    return False


@borrowing
def _specification(
    keyword: Integer,
    data: Bytes,
    begin: Integer,
    stop: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
    numbered: NDArray[np.int32],
) -> Integer:
    """Take ``keyword=value``; return what ``name_number`` does, below zero if it was not taken."""
    if keyword == _CALLS_WORD or keyword == _RCALLS_WORD:
        return _calls(data, begin, stop, now, losses)
    if keyword == _JUMP or keyword == _JCND:
        return np.int64(0)
    kind = _kind(keyword)
    if kind < 0:
        return np.int64(BAD_NAME)
    name = name_number(data, begin, stop, kind, now, losses, numbered)
    if name >= 0:
        _apply(keyword, name, now, losses)
    return name


@inlined
def _apply(
    keyword: Integer, name: Integer, now: NDArray[np.int64], losses: NDArray[np.int64]
) -> None:
    """Note what a keyword says of the lines that follow."""
    lose_open_call(now, losses)
    if keyword == _CFN:
        now[CALLED] = name
        now[CALL_SEEN] = 1
    elif keyword == _CFI or keyword == _CFL:
        now[CALLED_FILE] = name
    elif keyword == _COB:
        now[CALLED_OBJECT] = name
    elif keyword != _JFI and keyword != _JFN:
        _enter(now, keyword, name)


@inlined
def _enter(now: NDArray[np.int64], keyword: Integer, name: Integer) -> None:
    """Note where the costs that follow belong."""
    now[PLACE] = now[CALLER] = MISSING
    if keyword == _FN:
        now[FUNCTION] = name
        now[FUNCTION_FILE] = now[FILE]
    elif keyword == _OB:
        now[OBJECT] = name
    else:
        now[FILE] = name
        if keyword == _FL:
            now[FUNCTION_FILE] = name


@inlined
def _kind(keyword: Integer) -> Integer:
    """Return which kind of name a keyword takes, -1 if the keyword is unknown."""
    if keyword == _FN or keyword == _CFN or keyword == _JFN:
        return np.int64(FUNCTIONS)
    if keyword == _OB or keyword == _COB:
        return np.int64(OBJECTS)
    file = keyword == _FL or keyword == _FI or keyword == _FE
    if file or keyword == _CFI or keyword == _CFL or keyword == _JFI:
        return np.int64(FILES)
    return np.int64(-1)


@borrowing
def _calls(
    data: Bytes,
    begin: Integer,
    stop: Integer,
    now: NDArray[np.int64],
    losses: NDArray[np.int64],
) -> Integer:
    """Take a ``calls=`` line: the next cost line is what the calls cost."""
    lose_open_call(now, losses)
    first = blanks_end(data, begin, stop)
    count, position = number(data, first, stop)
    if position == first or (position < stop and data[position] != 32 and data[position] != 9):
        now[CALLS] = DISCARD
        return np.int64(BAD_NAME)
    now[CALLS] = count
    return np.int64(0)
