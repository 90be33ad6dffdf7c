"""Takes DHAT's JSON apart value by value, so that what is whole in a damaged file can be read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_DECODER = json.JSONDecoder(strict=False)
_BLANK = re.compile(r"[ \t\r\n]*")
_KEY = re.compile(r'[ \t\r\n,]*"([A-Za-z0-9_]{1,40})"[ \t\r\n]*:[ \t\r\n]*')
_NEXT_POINT = re.compile(r'\{\s*"tb"\s*:')
_MOST_FACTS = 100


@dataclass
class Scan:
    """What was found in a text.

    Attributes
    ----------
    facts : dict
        Values of all keys but the two lists, by key.
    points : list of dict
        Program points: objects of the list ``pps``.
    frames : list of str
        The list ``ftbl``, as far as it is whole.
    dropped : int
        Program points that could not be read.
    lost : int
        Bytes that ended up in nothing.
    first_damage : int
        Line of the first damage; 0 if there is none.
    whole : bool
        Whether the text ends where its outermost object does.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    points: list[dict[str, Any]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    dropped: int = 0
    lost: int = 0
    first_damage: int = 0
    whole: bool = False


def scan(text: str) -> Scan:
    """Return what is whole in a text.

    Parameters
    ----------
    text : str
        Decoded with ``surrogateescape``, so that its bytes can be counted.

    Returns
    -------
    Scan
        Behind damage in the list of program points it goes on with the next of them; a list of
        frames ends at its first damage, for numbers refer to it.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found = Scan()

    def scan(self) -> Scan:
        """Go through the outermost object."""
        text, found = self._text, self._found
        self._skip_blank()
        if not text.startswith("{", self._at):
            self._lose_until(len(text))
            return found
        self._at += 1
        while key := _KEY.match(text, self._at):
            begin, self._at = self._at, key.end()
            if key[1] == "pps":
                self._points()
            elif key[1] == "ftbl":
                found.frames += (str(frame) for frame in self._elements(str))
            elif not self._fact(key[1]):
                self._at = begin
                break
        self._skip_blank()
        if text.startswith("}", self._at):
            self._at += 1
            self._skip_blank()
            found.whole = self._at == len(text)
        self._lose_until(len(text))
        return found

    def _fact(self, key: str) -> bool:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return False
        if len(self._found.facts) < _MOST_FACTS and isinstance(value, str | int):
            self._found.facts[key] = value
        return True

    def _points(self) -> None:
        while True:
            self._found.points += self._elements(dict)
            if self._text.startswith("]", self._at - 1):
                return
            self._found.dropped += 1
            following = _NEXT_POINT.search(self._text, self._at + 1)
            table = self._text.find('"ftbl"', self._at)
            if following is None or 0 <= table < following.start():
                if table >= 0:
                    self._lose_until(table)
                return
            self._lose_until(following.start())

    def _elements(self, kind: type) -> Iterator[Any]:
        """Give the elements of a list from here on; ends behind its bracket, or before damage."""
        text = self._text
        self._skip_blank()
        if text.startswith("[", self._at):
            self._at += 1
        while True:
            self._skip_blank()
            begin = self._at
            if text.startswith("]", begin):
                self._at += 1
                return
            if text.startswith(",", begin):
                begin += 1
            try:
                value, end = _DECODER.raw_decode(text, _BLANK.match(text, begin).end())  # type: ignore[union-attr]  # blank matches anywhere
            except (ValueError, RecursionError):
                return
            if not isinstance(value, kind):
                return
            self._at = end
            yield value

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _lose_until(self, end: int) -> None:
        lost = self._text[self._at : end]
        if lost and not self._found.first_damage:
            self._found.first_damage = self._text.count("\n", 0, self._at) + 1
        self._found.lost += len(lost.encode("utf-8", "surrogateescape"))
        self._at = end
