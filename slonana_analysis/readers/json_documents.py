"""JSON that may be cut or damaged: what stands before the damage is a document all the same.

References
----------
RFC 8259.
"""

import json
import math
import os
import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.scanning import Bytes, Integer

_MARK = b"\xef\xbb\xbf"
_DEEPEST = 200
_QUOTE, _BACKSLASH, _COMMA = 34, 92, 44
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = 91, 93, 123, 125
_WORDS = (b"true", b"false", b"null", b"NaN", b"Infinity", b"-Infinity")
# What may be left of a number, and of an escape with the first bytes of a letter behind it.
_PART = re.compile(rb"[-+.0-9eE]*|u[0-9a-fA-F]{0,4}[\x80-\xff]{0,3}")
_LONGEST_WORD = 64
# What CPython takes at most for what such a character begins or ends, in bytes: an object with one
# member, a list with one, a list's slot with a number in it, half the head of a text.
_COSTS = {_OPEN_OBJECT: 240, _OPEN_LIST: 104, _COMMA: 40, _QUOTE: 32}


@dataclass(frozen=True)
class JsonDocument:
    """A document, its size in bytes, and what of it could not be read.

    Attributes
    ----------
    value : object
        The document.
    size : int
        In bytes.
    losses : LossCounter
        Told of damage.
    unfinished : list
        Lists and objects that were open where the text ended, outermost first.
    """

    value: Any
    size: int
    losses: LossCounter
    unfinished: list[Any] = field(default_factory=list)

    def is_whole(self, value: object) -> bool:
        """Return whether a list or object of the document was read to its end."""
        return all(value is not each for each in self.unfinished)

    def whole_items(self, values: list[Any]) -> list[Any]:
        """Return the items of a list, without the last one if that was cut."""
        return values if not values or self.is_whole(values[-1]) else values[:-1]


def begins_object(head: bytes) -> bool:
    """Return whether a file that begins with ``head`` may be a JSON object."""
    return head.removeprefix(_MARK).lstrip().startswith(b"{")


def read_json(stream: BinaryIO, source: str) -> JsonDocument:
    """Return the JSON document of a stream.

    Parameters
    ----------
    stream : binary file
        The text, in UTF-8.
    source : str
        What to call it in errors.

    Returns
    -------
    JsonDocument
        Of a damaged text, the values that are whole before the damage, in the lists and objects
        they stand in. Of members of one name in an object the last counts, as in JavaScript.

    Raises
    ------
    FormatError
        If it is not JSON from the beginning, has a number of thousands of digits, is nested too
        deeply, or would take more than half of this machine's memory.
    """
    data = all_bytes(stream, source)
    _check_cost(data, source)
    losses = LossCounter()
    begin = len(_MARK) if data[: len(_MARK)].tobytes() == _MARK else 0
    value, damage = _parse(data[begin:], source)
    if damage is None:
        return JsonDocument(value, data.size, losses)
    damage += begin
    closing = np.zeros(_DEEPEST, np.uint8)
    whole, depth, too_deep = _whole_values(data[:damage], closing)
    if too_deep:
        raise FormatError(f"{source} is nested deeper than {_DEEPEST} levels; it is no profile")
    text = data[begin:whole].tobytes() + bytes(closing[:depth][::-1])
    try:
        value = json.loads(text, parse_constant=_constant, object_pairs_hook=_last_behind)
    except ValueError as error:
        raise FormatError(f"{source} is not JSON at offset {damage}; export it again") from error
    losses.bytes_lost = data.size - whole
    losses.truncated = _is_cut(data, damage)
    losses.say(
        "the file ends before its JSON does"
        if losses.truncated
        else f"what stands at offset {damage} is not JSON, so the rest was not read"
    )
    return JsonDocument(value, data.size, losses, _open_path(value, depth))


def _check_cost(data: Bytes, source: str) -> None:
    """Refuse what would not fit: Python's objects can take twenty times the room of their text."""
    costs = np.zeros(256, np.int64)
    for character, cost in _COSTS.items():
        costs[character] = cost
    limit = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    if _cost(data, costs) > limit:
        raise FormatError(
            f"{source} holds more JSON than half of this machine's memory; record for a shorter "
            "time, or write pprof or collapsed stacks, which take less"
        )


@njit(cache=True, nogil=True)
def _cost(data: Bytes, costs: NDArray[np.int64]) -> Integer:
    total = np.int64(data.size)
    for byte in data:
        total += costs[byte]
    return total


def _parse(data: Bytes, source: str) -> tuple[Any, int | None]:
    """Return the value, or None and the offset at which it is damaged."""
    undecodable = None
    try:
        decoded = str(data.data, "utf-8")
    except UnicodeDecodeError as error:
        undecodable = error.start
        decoded = str(data[:undecodable].data, "utf-8")
    try:
        value = json.loads(decoded, parse_constant=_constant)
    except json.JSONDecodeError as error:
        return None, len(decoded[: error.pos].encode())
    except RecursionError as error:
        raise FormatError(
            f"{source} is nested deeper than {_DEEPEST} levels; it is no profile"
        ) from error
    except ValueError as error:
        raise FormatError(
            f"{source} holds a number of thousands of digits; no profile does"
        ) from error
    return value, undecodable


def _constant(name: str) -> float:
    return {"NaN": math.nan, "Infinity": math.inf}.get(name, -math.inf)


def _last_behind(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose last member stands last, even if its name was there before."""
    made: dict[str, Any] = {}
    for name, value in members:
        made.pop(name, None)
        made[name] = value
    return made


def _open_path(value: object, depth: int) -> list[Any]:
    """Return the lists and objects that had to be closed: each is the last thing in the one above.

    What stands last may be whole, where the text was cut right behind it.
    """
    path: list[Any] = []
    while len(path) < depth and isinstance(value, dict | list):
        path.append(value)
        inner = list(value.values()) if isinstance(value, dict) else value
        value = inner[-1] if inner else None
    return path


def _is_cut(data: Bytes, damage: int) -> bool:
    """Return whether something is missing at the end, rather than wrong in the middle."""
    rest = data[damage:]
    if rest.size and rest[0] == _QUOTE:
        return bool(_behind_text(rest, 1) > rest.size)
    word = rest.tobytes().strip() if rest.size <= _LONGEST_WORD else b"x"
    return any(known.startswith(word) for known in _WORDS) or _PART.fullmatch(word) is not None


@njit(cache=True, nogil=True)
def _whole_values(data: Bytes, closing: NDArray[np.uint8]) -> tuple[Integer, Integer, Integer]:
    """Return how far whole values reach, what is open there, and whether it is nested too deeply.

    ``closing`` gets the brackets that close what is open, outermost first.
    """
    depth, whole, open_there, place = 0, 0, 0, 0
    while place < data.size:
        byte = data[place]
        place += 1
        if byte == _QUOTE:
            place = _behind_text(data, place)
        elif byte in (_OPEN_LIST, _OPEN_OBJECT):
            if depth == closing.size:
                return whole, open_there, 1
            closing[depth] = byte + 2
            depth += 1
            whole, open_there = place, depth
        elif byte in (_CLOSE_LIST, _CLOSE_OBJECT) and depth:
            depth -= 1
            whole, open_there = place, depth
        elif byte == _COMMA:
            whole, open_there = place - 1, depth
    return whole, open_there, 0


@njit(cache=True, nogil=True)
def _behind_text(data: Bytes, place: Integer) -> Integer:
    """Return the position behind the closing quote of a text; beyond the data if it has none."""
    while place < data.size and data[place] != _QUOTE:
        place += 2 if data[place] == _BACKSLASH else 1
    return place + 1
