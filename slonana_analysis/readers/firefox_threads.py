"""The tables of one thread of a Firefox profile, whichever of the two formats holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.json_values import (
    integer,
    mapping,
    numbers,
    references,
    sequence,
    text,
)
from slonana_analysis.readers.losses import LossCounter

_NS_PER_MS = 1_000_000
_LARGEST = 2.0**53
# Beyond it a weight in nanoseconds does not fit.
_LARGEST_WEIGHT = 2.0**62
# What is read of any table: a file may name as many columns as it likes of the same few rows.
_COLUMNS = frozenset(
    {"prefix", "frame", "func", "location", "line", "resource", "lib", "name", "fileName"}
    | {"source", "stack", "time", "timeDeltas", "weight"}
)
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
    """Stacks, frames, functions and texts that samples refer to.

    Parameters
    ----------
    own, shared : mapping
        Where they stand: a thread, and what all threads share. Newer files share more.
    libraries : list
        Shared libraries that are referred to by number.

    Attributes
    ----------
    prefixes, stack_frames : list of int
        Table of stacks: the stack of the caller (-1: none) and the frame.
    frames : int
        How many frames there are.
    nameless : int
        How many frames that were asked for have no name.
    """

    def __init__(
        self, own: Mapping[str, Any], shared: Mapping[str, Any], libraries: list[Any]
    ) -> None:
        texts = text_table(own) or text_table(shared)
        self._texts = sequence(texts) or sequence(mapping(texts).get("_array"))
        stacks = columns_of(own.get("stackTable"))
        self._frames = columns_of(own.get("frameTable"))
        self._functions = columns_of(own.get("funcTable"))
        self._resources = columns_of(own.get("resourceTable"))
        self._sources = mapping(shared.get("sources"))
        self._libraries = libraries
        self.prefixes = references(stacks.get("prefix")).tolist()
        self.stack_frames = references(stacks.get("frame")).tolist()
        self.frames = len(sequence(self._frames.get("func" if self._has_functions else "location")))
        self.nameless = 0

    @property
    def stacks(self) -> int:
        """Number of rows that the table of stacks has."""
        return min(len(self.prefixes), len(self.stack_frames))

    @property
    def _has_functions(self) -> bool:
        return "func" in self._frames

    def frame(self, row: int) -> tuple[str, str, str, int]:
        """Return function, module, file and line of a frame; ``nameless`` counts the others."""
        line = max(integer(_at(self._frames, "line", row), 0), 0)
        if not self._has_functions:
            return self._located(self._name(_at(self._frames, "location", row)), line)
        function = integer(_at(self._frames, "func", row))
        resource = integer(_at(self._functions, "resource", function))
        library = mapping(_item(self._libraries, integer(_at(self._resources, "lib", resource))))
        module = text(library.get("path")) or text(library.get("name"))
        file = _at(self._functions, "fileName", function)
        if file is None:
            source = integer(_at(self._functions, "source", function))
            file = _at(self._sources, "filename", source)
        return (
            self._name(_at(self._functions, "name", function)),
            module or self._text(_at(self._resources, "name", resource)),
            self._text(file),
            line,
        )

    def _located(self, location: str, line: int) -> tuple[str, str, str, int]:
        """Take apart what Gecko writes: ``function (in library)``."""
        function, found, library = location.rpartition(" (in ")
        if found and library.endswith(")"):
            return function, library[:-1], "", line
        return location, "", "", line

    def _name(self, number: object) -> str:
        self.nameless += not isinstance(_item(self._texts, integer(number)), str)
        return self._text(number)

    def _text(self, number: object) -> str:
        return text(_item(self._texts, integer(number)))


def text_table(owner: Mapping[str, Any]) -> object:
    """Return the table of texts that a thread has, or all threads share; None if there is none."""
    return owner.get("stringArray") or owner.get("stringTable")


def columns_of(table: object) -> Mapping[str, Any]:
    """Return a table as columns by name, whether it is written so or as rows with a schema.

    Of rows, only the columns that are read here.
    """
    known = mapping(table)
    schema = mapping(known.get("schema"))
    if not schema:
        return known
    rows = sequence(known.get("data"))
    return {
        name: [_item(sequence(row), integer(place)) for row in rows]
        for name, place in schema.items()
        if name in _COLUMNS
    }


def thread_samples(
    thread: Mapping[str, Any], stacks: int, place: str, losses: LossCounter
) -> Samples:
    """Return the samples of a thread.

    Parameters
    ----------
    thread : mapping
        The thread.
    stacks : int
        How many stacks there are that samples can refer to.
    place : str
        What to call the thread in ``losses``.
    losses : LossCounter
        Told of samples whose columns are not equally long, or whose stack is not there.
    """
    columns = columns_of(thread.get("samples"))
    stack = references(columns.get("stack"))
    name, unit, scale = _UNITS.get(text(columns.get("weightType")), ("samples", "samples", 1))
    weighed = isinstance(columns.get("weight"), list)
    weight = numbers(columns.get("weight")) * scale if weighed else np.ones(stack.size)
    time = _times(columns, stack.size)
    sizes = (stack.size, time.size, weight.size)
    count = min(sizes)
    if (lost := max(sizes) - count) > 0:
        losses.dropped += lost
        losses.say(f"{lost} samples of {place} lack a stack, a time or a weight")
    if (declared := integer(columns.get("length"), 0)) > max(sizes):
        losses.say(f"{place} declares {declared} samples and holds {max(sizes)}")
    stack, weight, time = stack[:count], weight[:count], time[:count]
    largest = min(_LARGEST * scale, _LARGEST_WEIGHT)
    sound = (stack >= -1) & (stack < stacks) & (np.abs(weight) < largest)
    if (lost := int(count - sound.sum())) > 0:
        losses.dropped += lost
        losses.say(f"{lost} samples of {place} name no stack that is there, or no weight")
    timed = (time >= 0) & (time < _LARGEST / _NS_PER_MS)
    time_ns = np.where(timed, np.where(timed, time, 0.0) * _NS_PER_MS, -1.0).round()
    return Samples(
        stack[sound],
        time_ns[sound].astype(np.int64),
        weight[sound].round().astype(np.int64),
        name,
        unit,
    )


def _times(columns: Mapping[str, Any], count: int) -> NDArray[np.float64]:
    """Return the time of each sample in ms, NaN where none is known."""
    if isinstance(columns.get("time"), list):
        return numbers(columns.get("time"))
    if isinstance(columns.get("timeDeltas"), list):
        return np.cumsum(numbers(columns.get("timeDeltas")))
    return np.full(count, np.nan)


def _at(columns: Mapping[str, Any], name: str, row: int) -> object:
    return _item(sequence(columns.get(name)), row)


def _item(values: list[Any], place: int) -> object:
    return values[place] if 0 <= place < len(values) else None
