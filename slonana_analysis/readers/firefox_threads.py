"""The tables of one thread of a Firefox profile, whichever of the two formats holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.json_values import (
    integer,
    integers,
    mapping,
    numbers,
    sequence,
    text,
)
from slonana_analysis.readers.losses import LossCounter

_NS_PER_MS = 1_000_000
_LARGEST = 2.0**53
# Weight type of the file: event to call it, our unit, and how many of ours one of theirs is.
_UNITS = {"bytes": ("memory", "bytes", 1), "tracing-ms": ("time", "ns", _NS_PER_MS)}


@dataclass(frozen=True)
class Samples:
    """Samples of a thread: columns of equal length, and what they count."""

    stack: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    weight: NDArray[np.int64]
    event: str
    unit: str


class Tables:
    """Stacks, frames, functions and texts that a thread's samples refer to.

    Parameters
    ----------
    thread, process, whole : mapping
        The thread, the profile it stands in, and the file: newer files share tables among threads.
    """

    def __init__(
        self, thread: Mapping[str, Any], process: Mapping[str, Any], whole: Mapping[str, Any]
    ) -> None:
        self.thread = thread
        self._shared = mapping(whole.get("shared"))
        self._libraries = sequence(process.get("libs")) or sequence(whole.get("libs"))
        texts = self._table_of("stringArray") or self._table_of("stringTable")
        self._texts = sequence(texts) or sequence(mapping(texts).get("_array"))
        self._stacks = self._columns("stackTable")
        self._frames = self._columns("frameTable")
        self._functions = self._columns("funcTable")
        self._resources = self._columns("resourceTable")
        self.prefixes = integers(self._stacks.get("prefix"))
        self.stack_frames = integers(self._stacks.get("frame"))

    def _table_of(self, name: str) -> Any:  # noqa: ANN401  # JSON
        return self.thread.get(name) or self._shared.get(name)

    def _columns(self, name: str) -> Mapping[str, Any]:
        return columns_of(self._table_of(name))

    def path(self, stack: int) -> list[int]:
        """Return the frames of a stack, innermost first."""
        found = []
        while 0 <= stack < min(self.prefixes.size, self.stack_frames.size):
            found.append(int(self.stack_frames[stack]))
            prefix = int(self.prefixes[stack])
            # A caller stands above what it calls, in any sound file.
            stack = prefix if prefix < stack else -1
        return found

    def frame(self, row: int) -> tuple[str, str, str, int]:
        """Return function, module, file and line of a frame."""
        line = max(integer(_at(self._frames, "line", row), 0), 0)
        function = integer(_at(self._frames, "func", row))
        if "func" not in self._frames:
            return self._located(self._text(_at(self._frames, "location", row)), line)
        resource = integer(_at(self._functions, "resource", function))
        library = integer(_at(self._resources, "lib", resource))
        named = mapping(_item(self._libraries, library)).get("name")
        module = text(named) or self._text(_at(self._resources, "name", resource))
        file = self._text(_at(self._functions, "fileName", function))
        return self._text(_at(self._functions, "name", function)), module, file, line

    def _located(self, location: str, line: int) -> tuple[str, str, str, int]:
        """Take apart what Gecko writes: ``function (in library)``."""
        function, found, library = location.rpartition(" (in ")
        if found and library.endswith(")"):
            return function, library[:-1], "", line
        return location, "", "", line

    def _text(self, number: object) -> str:
        return text(_item(self._texts, integer(number)))


def columns_of(table: object) -> Mapping[str, Any]:
    """Return a table as columns by name, whether it is written so or as rows with a schema."""
    known = mapping(table)
    schema = mapping(known.get("schema"))
    if not schema:
        return known
    rows = sequence(known.get("data"))
    return {
        name: [_item(sequence(row), integer(place)) for row in rows]
        for name, place in schema.items()
    }


def thread_samples(tables: Tables, losses: LossCounter) -> Samples:
    """Return the samples of a thread.

    Parameters
    ----------
    tables : Tables
        Its tables.
    losses : LossCounter
        Told of samples whose columns are not equally long, or whose stack is not there.
    """
    columns = columns_of(tables.thread.get("samples"))
    stacks = [-1 if each is None else integer(each, -2) for each in sequence(columns.get("stack"))]
    stack = np.array(stacks, np.int64)
    times = columns.get("time") or columns.get("timeDeltas")
    time = numbers(times)
    if not columns.get("time"):
        time = np.cumsum(np.nan_to_num(time))
    event, unit, scale = _UNITS.get(text(columns.get("weightType")), ("samples", "samples", 1))
    weighed = isinstance(columns.get("weight"), list)
    weight = numbers(columns.get("weight")) * scale if weighed else np.ones(stack.size)
    count = min(stack.size, time.size if times else stack.size, weight.size)
    _note_uneven(stack.size, count, losses)
    stack, weight = stack[:count], weight[:count]
    time = time[:count] if times else np.full(count, np.nan)
    sound = (stack >= -1) & (stack < tables.prefixes.size) & (np.abs(weight) < _LARGEST * scale)
    if (lost := int(count - sound.sum())) > 0:
        losses.dropped += lost
        losses.say(f"{lost} samples were dropped because their stack or weight is not there")
    timed = np.abs(time) < _LARGEST / _NS_PER_MS
    time_ns = np.where(timed, np.where(timed, time, 0.0) * _NS_PER_MS, -1.0).round()
    return Samples(
        stack[sound],
        time_ns[sound].astype(np.int64),
        weight[sound].round().astype(np.int64),
        event,
        unit,
    )


def _note_uneven(stacks: int, count: int, losses: LossCounter) -> None:
    if count < stacks:
        losses.dropped += stacks - count
        losses.say(f"{stacks - count} samples were dropped because they lack a time or a weight")


def _at(columns: Mapping[str, Any], name: str, row: int) -> object:
    return _item(sequence(columns.get(name)), row)


def _item(values: list[Any], place: int) -> object:
    return values[place] if 0 <= place < len(values) else None
