"""The header lines of callgrind text: what was counted, in which part of the run, and its sum.

References
----------
"Callgrind Format Specification", Valgrind Technical Documentation: header lines.
"""

import re
from dataclasses import dataclass, field

from slonana_analysis.readers.callgrind_sums import MOST_EVENTS

_MOST_FACTS = 200
_LONGEST_FACT = 4096
_MOST_PARTS = 100_000
_OF_A_PART = frozenset({"pid", "thread", "part"})
_FACTS = frozenset({"version", "creator", "cmd"})
_TERM = re.compile(r"(?:(\d{1,9})\s*\*?\s*)?([^\s\d+*=:][^\s+*=:]*)")
_COST = re.compile(r"-?\d{1,19}")


@dataclass
class Part:
    """One dump of one thread.

    Attributes
    ----------
    process, thread, number : int
        Process id, thread number, number of the dump; -1 where the file does not say.
    events : tuple of int
        What each column of the cost lines counts: rows of ``Header.events``.
    surplus : int
        Columns behind those, which are not kept.
    declared : dict of str to tuple of int
        Values of the lines ``summary`` and ``totals``, by key.
    """

    process: int = -1
    thread: int = -1
    number: int = -1
    events: tuple[int, ...] = ()
    surplus: int = 0
    declared: dict[str, tuple[int, ...]] = field(default_factory=dict)


class Header:
    """Takes header lines in order.

    Attributes
    ----------
    parts : list of Part
        At least one; the last is the one being read.
    events : list of str
        Names of all events.
    derived : dict of str to str
        Formulas of events that are computed from others, by name.
    facts : dict of str to str
        What the file says of its own recording.
    columns, line_column : int
        How many positions a cost line begins with, and which of them is the source line, -1 if
        none is.
    surplus_events, surplus_parts : int
        What was declared beyond what is kept.
    """

    def __init__(self) -> None:
        self.parts = [Part()]
        self.events: list[str] = []
        self.derived: dict[str, str] = {}
        self.facts: dict[str, str] = {}
        self.columns = 1
        self.line_column = 0
        self.surplus_events = 0
        self.surplus_parts = 0
        self._records = 0

    @property
    def part(self) -> Part:
        """The part being read."""
        return self.parts[-1]

    @property
    def started(self) -> bool:
        """Whether an ``events:`` line was read, without which costs mean nothing."""
        return bool(self.events)

    def take(self, line: str, records: int) -> bool:
        """Take one line.

        Parameters
        ----------
        line : str
            Of the form ``key: value``.
        records : int
            Cost lines kept so far in the whole file.

        Returns
        -------
        bool
            Whether it was understood. Any key may stand before the first ``events:`` line.
        """
        key, _, value = line.partition(":")
        value = value.strip()
        if key in ("summary", "totals"):
            return self._declare(key, value)
        if key in _OF_A_PART:
            return self._begin(key, value, records)
        if key == "events":
            return self._count(value, records)
        if key in ("positions", "event"):
            return self._place(value) if key == "positions" else self._define(value)
        if key == "desc":
            name, _, value = value.partition(":")
            self._state(name.strip() or key, value.strip())
        elif key in _FACTS or not self.started:
            self._state(key, value)
        else:
            return False
        return True

    def described(self) -> dict[str, str]:
        """Return the facts, with the totals that a file of one part declares."""
        declared = {
            key: ", ".join(
                f"{cost} {self.events[event]}"
                for event, cost in zip(self.part.events, costs, strict=False)
            )
            for key, costs in self.part.declared.items()
        }
        return {**self.facts, **(declared if len(self.parts) == 1 else {})}

    def _declare(self, key: str, value: str) -> bool:
        words = value.split()
        if not words or not all(_COST.fullmatch(word) for word in words):
            return False
        self.part.declared[key] = tuple(int(word) for word in words[:MOST_EVENTS])
        return True

    def _begin(self, key: str, value: str, records: int) -> bool:
        if not re.fullmatch(r"\d{1,18}", value):
            return False
        self._renew(records)
        name = {"pid": "process", "part": "number"}.get(key, key)
        setattr(self.part, name, int(value))
        return True

    def _renew(self, records: int) -> None:
        """Begin another part where costs, or their totals, were read since this one began."""
        if records == self._records and "totals" not in self.part.declared:
            return
        if len(self.parts) >= _MOST_PARTS:
            self.surplus_parts += 1
            return
        self._records = records
        self.parts.append(Part(self.part.process, -1, -1, self.part.events, self.part.surplus))

    def _count(self, value: str, records: int) -> bool:
        names = value.split()
        if not names:
            return False
        self._renew(records)
        self.part.surplus = max(len(names) - MOST_EVENTS, 0)
        self.surplus_events = max(self.surplus_events, self.part.surplus)
        kept = [name[:_LONGEST_FACT] for name in names[:MOST_EVENTS]]
        for name in kept:
            if name not in self.events:
                self.events.append(name)
        self.part.events = tuple(self.events.index(name) for name in kept)
        return True

    def _place(self, value: str) -> bool:
        words = value.split()
        if (
            not words
            or set(words) - {"instr", "addr", "bb", "line"}
            or len(words) > len(set(words))
        ):
            return False
        self.columns = len(words)
        self.line_column = words.index("line") if "line" in words else -1
        return True

    def _define(self, value: str) -> bool:
        definition, _, description = value.partition(":")
        name, _, formula = definition.partition("=")
        name = name.strip()
        if not name:
            return False
        if description.strip():
            self._state(f"event {name}", description.strip())
        if formula.strip() and len(self.derived) < MOST_EVENTS:
            self.derived[name] = formula.strip()[:_LONGEST_FACT]
        return True

    def _state(self, key: str, value: str) -> None:
        key, value = key[:_LONGEST_FACT], value[:_LONGEST_FACT]
        known = self.facts.get(key)
        if known is None and len(self.facts) < _MOST_FACTS:
            self.facts[key] = value
        elif known is not None and value not in known:
            self.facts[key] = f"{known}; {value}"[:_LONGEST_FACT]


def derived_factors(header: Header) -> tuple[dict[str, dict[int, int]], list[str]]:
    """Return how derived events are computed from those that were counted.

    Parameters
    ----------
    header : Header
        Formulas are sums of names, each with a whole number in front or not; a name may be that
        of another derived event.

    Returns
    -------
    factors : dict
        For each derived event the factor of each counted event, a row of ``header.events``.
    lost : list of str
        Names whose formula could not be understood.
    """
    known = {name: {row: 1} for row, name in enumerate(header.events)}
    open_formulas = {
        name: _terms(formula) for name, formula in header.derived.items() if name not in known
    }
    while open_formulas:
        ready = [
            name
            for name, terms in open_formulas.items()
            if terms and all(term in known for _, term in terms)
        ]
        if not ready:
            break
        for name in ready:
            sums: dict[int, int] = {}
            for factor, term in open_formulas.pop(name):
                for row, times in known[term].items():
                    sums[row] = sums.get(row, 0) + factor * times
            known[name] = sums
    names = [name for name in header.derived if name in known and name not in header.events]
    return {name: known[name] for name in names}, list(open_formulas)


def _terms(formula: str) -> list[tuple[int, str]]:
    """Return factor and name of every term; nothing where the formula is none."""
    matches = [_TERM.fullmatch(term.strip()) for term in formula.split("+")]
    found = [(int(match[1] or 1), match[2]) for match in matches if match]
    return found if len(found) == len(matches) else []
