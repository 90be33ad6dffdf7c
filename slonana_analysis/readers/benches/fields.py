"""Looks into decoded JSON from a stranger: every wrong type is an error that names its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError

_LONGEST_QUOTE = 80
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false"}


def quoted(text: str) -> str:
    """Return untrusted text short, in quotes, with everything invisible written as an escape."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…")


@dataclass(frozen=True)
class Field:
    """A value in a JSON document.

    Attributes
    ----------
    content : object
        The decoded value.
    source : str
        What to call the file in errors.
    place : str
        Path to the value, for example ``benchmarks[3].real_time``; empty at the top.
    """

    content: object
    source: str
    place: str = ""

    def get(self, key: str) -> "Field":
        """Return the value under ``key``; a FormatError if there is none."""
        found = self.find(key)
        if found is None:
            self.fail(f"has no '{key}'")
        return found

    def find(self, key: str) -> "Field | None":
        """Return the value under ``key``, or None if it is missing or null."""
        value = self.mapping().get(key)
        place = f"{self.place}.{key}" if self.place else key
        return None if value is None else Field(value, self.source, place)

    def mapping(self) -> dict[str, object]:
        """Return the value as an object of JSON."""
        if not isinstance(self.content, dict):
            self._wrong("an object")
        return self.content

    def items(self) -> Iterator[tuple[str, "Field"]]:
        """Go through the members of an object; null members too."""
        for key, value in self.mapping().items():
            yield key, Field(value, self.source, f"{self.place}[{quoted(key)}]")

    def elements(self) -> Iterator["Field"]:
        """Go through the elements of a list; null elements too."""
        for index, value in enumerate(self.sequence()):
            yield Field(value, self.source, f"{self.place}[{index}]")

    def sequence(self) -> list[object]:
        """Return the value as a list."""
        if not isinstance(self.content, list):
            self._wrong("a list")
        return self.content

    def text(self) -> str:
        """Return the value as text."""
        if not isinstance(self.content, str):
            self._wrong("text")
        return self.content

    def number(self) -> float:
        """Return the value as a number; it may be NaN or infinite."""
        return float(self._floats([self.content], "a number")[0])

    def numbers(self) -> NDArray[np.float64]:
        """Return the value, a list of numbers, as an array; they may be NaN or infinite.

        Returns
        -------
        ndarray of float64, shape (n,), in the file's unit
            In the file's order.

        Raises
        ------
        FormatError
            If it is no list, or an element is no number or too large for one.
        """
        return self._floats(self.sequence(), "a list of numbers")

    def is_true(self, key: str) -> bool:
        """Return whether the member ``key`` of an object is there and true."""
        return self.mapping().get(key) is True

    def scalars(self) -> dict[str, str]:
        """Return the members of an object that are text, numbers or truth values, as text."""
        return {
            key: str(value)
            for key, value in self.mapping().items()
            if isinstance(value, str | float | int)
        }

    def fail(self, problem: str) -> NoReturn:
        """Raise a FormatError that says what is wrong with this value.

        Raises
        ------
        FormatError
            Always.
        """
        where = f"'{self.place}'" if self.place else "the document"
        raise FormatError(
            f"{self.source} is malformed: {where} {problem}; let the tool write it again"
        )

    def _wrong(self, wanted: str) -> NoReturn:
        found = "null" if self.content is None else _KINDS.get(type(self.content), "a number")
        self.fail(f"should be {wanted}, but is {found}")

    def _floats(self, values: list[object], wanted: str) -> NDArray[np.float64]:
        # Exact types: a truth value would pass as a number otherwise.
        if not all(type(value) in (float, int) for value in values):
            kind = next(type(value) for value in values if type(value) not in (float, int))
            if values is self.content:
                self.fail(f"should be {wanted}, but holds {_KINDS.get(kind, 'null')}")
            self._wrong(wanted)
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            self.fail("holds a number that is too large")
