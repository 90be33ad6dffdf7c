"""The tables that pprof samples refer to: strings, functions, mappings, locations."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.protobuf import BYTES, VARINT, Fields, fields_of
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing

NO_TEXT = -1

# Field numbers of the message Profile.
_MAPPING, _LOCATION, _FUNCTION = 3, 4, 5
_UNKNOWN = "[unknown]"


class Texts:
    """The string table; a number without a string stands for the empty text."""

    def __init__(self, data: Bytes, table: Fields) -> None:
        self._texts = [
            data[begin:end].tobytes().decode("utf-8", "backslashreplace")
            for begin, end in zip(table.begin.tolist(), table.end.tolist(), strict=True)
        ]

    def text(self, number: int) -> str:
        """Return a string by its number."""
        return self._texts[number] if 0 <= number < len(self._texts) else ""

    def lacks(self, number: int) -> bool:
        """Return whether the table ends before a string."""
        return bool(self.beyond(np.array([number]))[0])

    def numbers_of(self, wanted: frozenset[str]) -> NDArray[np.int64]:
        """Return the numbers of all strings that are among those wanted."""
        found = [number for number, text in enumerate(self._texts) if text in wanted]
        return np.array(found, np.int64)

    def add(self, text: str) -> int:
        """Return the number of one more string."""
        self._texts.append(text)
        return len(self._texts) - 1

    def beyond(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which numbers have no string."""
        return (numbers < 0) | (numbers > 0) & (numbers >= len(self._texts))

    def known(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers with those that have no string, or an empty one, as -1."""
        # By the format the first string is empty.
        return np.where((numbers > 0) & (numbers < len(self._texts)), numbers, NO_TEXT)

    def all(self) -> list[str]:
        """Return all strings in order."""
        return self._texts


class Places(NamedTuple):
    """Locations: which frames each stands for.

    Attributes
    ----------
    ids, order : ndarray of int64, shape (n_locations,)
        Ids in ascending order, and the place in the file of the location that has each.
    begins, ends : ndarray of int64, shape (n_locations,)
        Frames of each location, in the order of the file, innermost first.
    """

    ids: NDArray[np.int64]
    order: NDArray[np.int64]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]


@borrowing
def place_of(places: Places, wanted: Integer) -> Integer:
    """Return the place of the location with an id, -1 where none has it."""
    low, high = 0, places.ids.size
    # Most producers count from 1 without a gap.
    if 0 < wanted <= high and places.ids[wanted - 1] == wanted:
        return places.order[wanted - 1]
    while low < high:
        middle = (low + high) // 2
        if places.ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < places.ids.size and places.ids[low] == wanted:
        return places.order[low]
    return np.int64(-1)


class Symbols(NamedTuple):
    """Frames of all locations.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames, 4)
        Function, module and file as string numbers, and the line.
    places : Places
        Frames of each location.
    """

    frames: NDArray[np.int64]
    places: Places


def read_symbols(data: Bytes, top: Fields, texts: Texts, losses: LossCounter) -> Symbols:
    """Return what locations stand for.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    top : Fields
        Fields of the message Profile.
    texts : Texts
        Its string table; names for locations without a function are added to it.
    losses : LossCounter
        Told of references that lead nowhere.

    Returns
    -------
    Symbols
        A location without a line has one frame, of an unknown function at its address.
    """
    functions = _Records(data, top.of(_FUNCTION, BYTES))
    mappings = _Records(data, top.of(_MAPPING, BYTES))
    locations = _Records(data, top.of(_LOCATION, BYTES))
    lines = locations.fields.of(4, BYTES)
    line = _Records(data, lines)
    function = line.number(1)
    row = functions.row_of(function)
    if (lost := int(((row < 0) & (function > 0)).sum())) > 0:
        losses.say(f"{lost} lines name a function that the file does not define")
    count = locations.count
    bare = np.setdiff1d(np.arange(count), lines.message)
    names = functions.number(2, row)
    if (nameless := int(texts.beyond(names).sum())) > 0:
        losses.truncated = True
        losses.say(f"the string table ends before the names of {nameless} lines do")
    named = texts.known(names)
    unknown = texts.add(_UNKNOWN)
    frames = np.empty((row.size + bare.size, 4), np.int64)
    owner = np.concatenate([lines.message, bare])
    frames[: row.size, 0] = np.where(named < 0, unknown, named)
    frames[row.size :, 0] = unknown
    frames[:, 1] = texts.known(mappings.number(5, mappings.row_of(locations.number(2)[owner])))
    frames[: row.size, 2] = texts.known(functions.number(4, row))
    frames[row.size :, 2] = NO_TEXT
    frames[: row.size, 3] = np.clip(line.number(2), 0, np.iinfo(np.int32).max)
    frames[row.size :, 3] = 0
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=count)
    ends = np.cumsum(counts)
    places = Places(locations.ids, locations.order, ends - counts, ends)
    return Symbols(frames[order], places)


class _Records:
    """Messages of one kind whose fields are numbers; their field 1 is the id."""

    def __init__(self, data: Bytes, messages: Fields) -> None:
        self.count = messages.number.size
        self.fields = fields_of(data, messages.begin, messages.end)
        ids = self.number(1)
        self.order = np.argsort(ids, kind="stable")
        self.ids = ids[self.order]

    def number(self, field: int, rows: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return a field of all records or of some (-1: none), 0 where it is not written."""
        # One more place for the record that is not there.
        values = np.zeros(self.count + 1, np.int64)
        chosen = self.fields.of(field, VARINT)
        values[chosen.message] = chosen.value
        return values[:-1] if rows is None else values[rows]

    def row_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the record of each id, -1 where none has it or the id is 0."""
        return np.where(ids == 0, -1, _find(self.ids, self.order, ids))


def _find(
    ordered: NDArray[np.int64], order: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not ordered.size:
        return np.full(wanted.size, -1, np.int64)
    place = np.minimum(np.searchsorted(ordered, wanted), ordered.size - 1)
    return np.where(ordered[place] == wanted, order[place], -1)
