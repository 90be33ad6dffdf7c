"""Reads one text of callgrind's format to its end, and judges whether it holds what it declares."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.readers import callgrind_state as at
from slonana_analysis.readers.callgrind_body import scan
from slonana_analysis.readers.callgrind_header import Header, Part, derived_factors
from slonana_analysis.readers.callgrind_numbers import lose_line, lose_open_call
from slonana_analysis.readers.callgrind_sums import MOST_EVENTS
from slonana_analysis.readers.callgrind_tables import (
    fits,
    make_profile,
    part_totals,
    spread,
    with_derived,
)
from slonana_analysis.readers.content import line_blocks
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.scanning import Bytes, line_end

_LARGEST_SUM = 2.0**62
_LONGEST_HEADER_LINE = 1 << 16
_LISTED_PARTS = 5
_COST_LINE = b"0123456789+-*"


class CostText:
    """A text of callgrind's format, or of cachegrind's, which is a subset of it.

    Parameters
    ----------
    signed : bool
        Whether costs may be below zero, as they are in differences.
    closing : dict of str to str
        Key of the line that a tool writes last, by how its ``creator:`` line begins; what is
        under the empty text holds without one.
    """

    def __init__(self, *, signed: bool, closing: dict[str, str]) -> None:
        self.header = Header()
        self._closing = closing
        self._size = 0
        self._sentences: list[str] = []
        self._truncated = False
        self._tables = at.new_tables()
        self._state = at.new_state(signed=signed)

    def read(self, stream: BinaryIO, source: str) -> None:
        """Read a stream to its end; ``source`` is what to call it in errors."""
        for block in line_blocks(stream, source):
            self._size += block.size
            whole = _behind_last_line_feed(block)
            self._lines(block, whole)
            if whole < block.size:
                self._cut(block[whole:])
        if self._state.now[at.CALLS] >= 0:
            self._truncated = True
            lose_open_call(self._state.now, self._state.losses)

    def _lines(self, block: Bytes, end: int) -> None:
        position = 0
        while position < end:
            position, why = scan(block, position, end, self._tables, self._state)
            if why == at.FULL:
                self._tables = at.roomy(self._tables, self._state)
            elif why == at.HEADER:
                position = self._header_line(block, position, end)

    def _header_line(self, block: Bytes, begin: int, end: int) -> int:
        stop = int(line_end(block, begin, end))
        now, header = self._state.now, self.header
        line = block[begin : min(stop, begin + _LONGEST_HEADER_LINE)].tobytes()
        if not header.take(line.decode("utf-8", "backslashreplace"), int(now[at.RECORDS])):
            lose_line(now, self._state.losses, at.UNREADABLE, stop + 1 - begin)
        if now[at.PART] != len(header.parts) - 1:
            lose_open_call(self._state.now, self._state.losses)
        now[at.PART] = len(header.parts) - 1
        now[at.EVENTS] = len(header.part.events) + header.part.surplus
        now[at.COLUMNS], now[at.LINE_COLUMN] = header.columns, header.line_column
        return stop + 1

    def _cut(self, rest: Bytes) -> None:
        now = self._state.now
        self._truncated = True
        now[at.BYTES_LOST] += rest.size
        if now[at.CALLS] < 0 and rest[0] in _COST_LINE:
            now[at.DROPPED] += 1
        self._sentences.append(
            f"the file ends inside line {now[at.TEXT_LINE] + 1}, so that line was dropped"
        )

    def profile(self, name: str, tool: str, source: str) -> Profile:
        """Return what was read.

        Parameters
        ----------
        name, tool : str
            Name of the format, and the tool where the text names none.
        source : str
            What to call the file in errors.

        Returns
        -------
        Profile
            Each source line of each function is a frame and a root; calls are edges between
            frames without a line.

        Raises
        ------
        FormatError
            If costs or calls add up to more than 64 bits hold.
        """
        if (self._state.heaviest > _LARGEST_SUM).any():
            raise FormatError(
                f"the costs in {source} add up to more than 64 bits hold, so the file is damaged; "
                "record again"
            )
        header = self.header
        parts = self._tables.places.keys[:, 3]
        own = spread(self._tables.lines, parts, header)
        below = spread(self._tables.edges, parts, header)
        self._judge(part_totals(own, len(header.parts), len(header.events)))
        factors, lost = derived_factors(header)
        heaviest = float(self._state.heaviest.max())
        lost += [event for event, factor in factors.items() if not fits(factor, heaviest)]
        factors = {event: factor for event, factor in factors.items() if event not in lost}
        self._sentences += [
            f"the formula of the event '{event}' could not be used" for event in lost
        ]
        events = [*header.events, *factors]
        description = Description(
            format=name,
            tool=header.facts.get("creator", tool).partition("-")[0].partition(" ")[0] or tool,
            unit="instructions" if events == ["Ir"] else "events",
            loss=self._ledger(),
            header=header.described(),
        )
        counted = len(header.events)
        derived = list(factors.values())
        costs = with_derived(own, derived, counted), with_derived(below, derived, counted)
        return make_profile(
            self._tables,
            header,
            costs=costs,
            events=events,
            description=description,
            source=source,
        )

    def _judge(self, totals: NDArray[np.int64]) -> None:
        """Hold what the body adds up to against what the file declares."""
        header = self.header
        if not header.started:
            self._truncated = True
            self._sentences.append(
                "the file ends before its line 'events:', without which costs mean nothing"
            )
            return
        creator = header.facts.get("creator", "")
        closing = next(
            (key for start, key in self._closing.items() if creator.startswith(start)), ""
        )
        if closing and closing not in header.part.declared:
            self._truncated = True
            self._sentences.append(
                f"the file ends without the line '{closing}:' that the tool writes last"
            )
        if not closing and "totals" not in header.part.declared:
            pairs = self._pairs(header.part, totals[-1])
            self._truncated |= any(cost > has for _, cost, has in pairs)
        short = list(self._disagreements(totals))
        self._sentences += short[:_LISTED_PARTS]
        if len(short) > _LISTED_PARTS:
            self._sentences.append(
                f"{len(short) - _LISTED_PARTS} more sums disagree in the same way"
            )
        if header.surplus_events:
            self._sentences.append(
                f"{header.surplus_events} events beyond the first {MOST_EVENTS} were not read"
            )
        if header.surplus_parts:
            self._sentences.append(f"{header.surplus_parts} parts were counted with the one before")

    def _pairs(self, part: Part, body: NDArray[np.int64]) -> Iterator[tuple[str, int, int]]:
        """Give event, declared and found cost of one part, by the line that is nearest to it."""
        declared = part.declared.get("totals", part.declared.get("summary", ()))
        if len(set(part.events)) == len(part.events):
            for event, cost in zip(part.events, declared, strict=False):
                yield self.header.events[event], cost, int(body[event])

    def _disagreements(self, totals: NDArray[np.int64]) -> Iterator[str]:
        parts = self.header.parts
        for number, part in enumerate(parts):
            who = f"part {number + 1} of the file" if len(parts) > 1 else "the file"
            line = "totals" if "totals" in part.declared else "summary"
            for event, cost, has in self._pairs(part, totals[number]):
                if cost != has:
                    yield f"{who} declares {cost} {event} ('{line}:'), its body holds {has}"

    def _ledger(self) -> LossLedger:
        now = self._state.now
        counted = [
            f"{count} {kind}, the first at line {line}"
            for kind, (count, line) in zip(at.LOSSES, self._state.losses.tolist(), strict=True)
            if count
        ]
        return LossLedger(
            bytes=self._size,
            bytes_read=self._size - int(now[at.BYTES_LOST]),
            records=int(now[at.RECORDS]),
            dropped=int(now[at.DROPPED]),
            truncated=self._truncated,
            reasons=(*counted, *self._sentences),
        )


def _behind_last_line_feed(block: Bytes) -> int:
    """Return where the whole lines of a block end; only the last one may be cut."""
    if block[-1] == ord("\n"):
        return int(block.size)
    feeds = np.flatnonzero(block == ord("\n"))
    return int(feeds[-1]) + 1 if feeds.size else 0
