"""What a comparison finds: things that were equal, counted, and differences in words."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal, TypeAlias

from slonana_analysis.profiles.names import printable

Kind: TypeAlias = Literal["figure", "table", "text", "page"]

_SHOWN_LINES = 12
_SHOWN_LETTERS = 120
# Beyond this difflib takes too long, and nobody reads on.
_COMPARED_LINES = 400


@dataclass(frozen=True)
class Difference:
    """Something that is not what was stored.

    Attributes
    ----------
    where : str
        File, or notebook and cell.
    what : str
        What differs, one clause; anything out of a file is escaped in it.
    excerpt : tuple of str
        A few lines of a diff, ``-`` stored and ``+`` made again, escaped; may be empty.
    """

    where: str
    what: str
    excerpt: tuple[str, ...] = ()


@dataclass
class Findings:
    """A tally that grows while a run is compared.

    Attributes
    ----------
    compared, identical : Counter of str
        Things by kind.
    differences : list of Difference
        In the order in which they were found.
    """

    compared: Counter[str] = field(default_factory=Counter)
    identical: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def note(self, kind: Kind, difference: Difference | None) -> None:
        """Count one thing, and keep how it differs if it does."""
        self.compared[kind] += 1
        if difference is None:
            self.identical[kind] += 1
        else:
            self.differences.append(difference)

    def complain(self, where: str, what: str) -> None:
        """Keep a difference that is not one of two things that could be compared."""
        self.differences.append(Difference(where, what))


def excerpt(stored: str, remade: str) -> tuple[str, ...]:
    """Return where two texts begin to differ, as a short diff that is safe to print.

    Parameters
    ----------
    stored, remade : str
        Any text; markup is broken into a line per element.

    Returns
    -------
    tuple of str
        At most a dozen lines of bounded length, those of ``stored`` after ``-``, those of
        ``remade`` after ``+``. Of a long line the part around its first difference is shown.
    """
    before, after = _lines(stored), _lines(remade)
    start = _shared(before, after)
    window = slice(start, start + _COMPARED_LINES)
    lines = list(_changes(before[window], after[window]))
    return (*lines[:_SHOWN_LINES], *(["…"] if len(lines) > _SHOWN_LINES else []))


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            continue
        for one, other in zip_longest(before[a:b], after[c:d]):
            start = _shared(one or "", other or "") if one and other else 0
            if one is not None:
                yield f"- {_around(one, start)}"
            if other is not None:
                yield f"+ {_around(other, start)}"


def _lines(text: str) -> Sequence[str]:
    return text.replace("><", ">\n<").split("\n")


def _shared(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines, or letters, two texts begin with in common."""
    pairs: Iterable[tuple[str, str]] = zip(before, after, strict=False)
    for place, (one, other) in enumerate(pairs):
        if one != other:
            return place
    return min(len(before), len(after))


def _around(line: str, start: int) -> str:
    """Return a line, escaped, or so much of it from shortly before a place on."""
    first = max(0, start - _SHOWN_LETTERS // 2) if len(line) > _SHOWN_LETTERS else 0
    part = line[first : first + _SHOWN_LETTERS]
    text = printable(part)
    return f"{'…' if first else ''}{text}{'…' if first + len(part) < len(line) else ''}"
