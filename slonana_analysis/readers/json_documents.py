"""JSON that may be cut or damaged: what stands before the damage is a document all the same.

References
----------
RFC 8259.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.scanning import Bytes, Integer

# Python objects take some ten times the room of their text.
_LARGEST = 1 << 30
_DEEPEST = 200
_QUOTE, _BACKSLASH, _COMMA = 34, 92, 44
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = 91, 93, 123, 125


@dataclass(frozen=True)
class JsonDocument:
    """A document, its size in bytes, and what of it could not be read."""

    value: Any
    size: int
    losses: LossCounter


def read_json(stream: BinaryIO, source: str) -> JsonDocument:
    """Return the JSON document of a stream.

    Parameters
    ----------
    stream : binary file
        The text.
    source : str
        What to call it in errors.

    Returns
    -------
    JsonDocument
        Of a damaged text, the values that are whole before the damage, in the lists and objects
        they stand in.

    Raises
    ------
    FormatError
        If it is larger than 1 GiB, nested deeper than 200, or not JSON from the beginning.
    """
    data = all_bytes(stream, source)
    if data.size > _LARGEST:
        raise FormatError(
            f"{source} holds more than {_LARGEST >> 20} MiB of JSON; record for a shorter time"
        )
    losses = LossCounter()
    text = data.tobytes()
    value, damage = _parse(text)
    if damage is None:
        return JsonDocument(value, data.size, losses)
    stack = np.zeros(_DEEPEST, np.uint8)
    whole, depth, broken = _whole_values(data[:damage], stack)
    if broken:
        raise FormatError(f"{source} is nested deeper than {_DEEPEST} levels; it is no profile")
    value, again = _parse(text[:whole] + bytes(stack[:depth][::-1]))
    if again is not None:
        raise FormatError(f"{source} is not JSON at offset {damage}; export it again")
    losses.bytes_lost = data.size - whole
    at_end = not text[damage:].strip() or not _goes_on(text, damage)
    losses.truncated = at_end
    losses.say(
        "the file ends before its JSON does"
        if at_end
        else f"what stands at offset {damage} is not JSON, so the rest was not read"
    )
    return JsonDocument(value, data.size, losses)


def _goes_on(text: bytes, damage: int) -> bool:
    """Return whether there is something wrong rather than missing: a value cut at the end."""
    rest = text[damage:].strip()
    return not (
        rest.startswith(b'"')
        or any(word.startswith(rest) for word in (b"true", b"false", b"null"))
        or (len(rest) < 40 and set(rest) <= set(b"0123456789.eE+-"))
    )


def _parse(text: bytes) -> tuple[Any, int | None]:
    """Return the value, or None and where it is damaged."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        value, damage = _parse(text[: error.start])
        return (value, damage) if damage is not None else (None, error.start)
    try:
        return json.loads(decoded, parse_constant=_constant), None
    except json.JSONDecodeError as error:
        return None, len(decoded[: error.pos].encode())
    except RecursionError:
        return None, len(text)
    except ValueError:
        # A number with more digits than Python is willing to convert.
        return None, len(text)


def _constant(name: str) -> float:
    return {"NaN": math.nan, "Infinity": math.inf}.get(name, -math.inf)


@njit(cache=True, nogil=True)
def _whole_values(data: Bytes, stack: NDArray[np.uint8]) -> tuple[Integer, Integer, Integer]:
    """Return how far whole values reach, what is open there, and whether it is nested too deeply.

    ``stack`` gets the brackets that close what is open, outermost first.
    """
    depth, whole, open_there, place = 0, 0, 0, 0
    while place < data.size:
        byte = data[place]
        place += 1
        if byte == _QUOTE:
            place = _behind_text(data, place)
        elif byte in (_OPEN_LIST, _OPEN_OBJECT):
            if depth == stack.size:
                return whole, open_there, 1
            stack[depth] = byte + 2
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
    """Return the position behind the closing quote of a text, or the end of the data."""
    while place < data.size and data[place] != _QUOTE:
        place += 2 if data[place] == _BACKSLASH else 1
    return place + 1
