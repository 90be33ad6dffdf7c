"""Reads what ``perf stat`` prints: text, ``-x`` fields, and ``-j`` JSON lines."""

import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import BinaryIO, Protocol

import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.model.counters import Counters
from slonana_analysis.readers.content import line_blocks
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_stat_csv import SeparatedLines, separator_of
from slonana_analysis.readers.perf_stat_json import JsonLines
from slonana_analysis.readers.perf_stat_rows import Row
from slonana_analysis.readers.perf_stat_text import TITLE, TextLines

_LONGEST_LINE = 1 << 16
_SNIFFED_LINES = 40
_BLOCK = 1 << 20
_INTERVALS = re.compile(r"#  +time [a-zA-Z ]*counts unit events *")
_STARTED = "# started on "
_UNREADABLE = "lines are not output of perf stat"


class _Lines(Protocol):
    """What readers of the three dialects have in common."""

    header: dict[str, str]

    @property
    def unfinished(self) -> str: ...
    def rows(self, line: str) -> list[Row] | None: ...


class PerfStatReader:
    """Reads counts of a whole run, of intervals, of processors or threads."""

    name = "perf-stat"
    description = "counts printed by 'perf stat', also with -x or -j"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is output of ``perf stat``."""
        lines = head.decode("utf-8", "replace").split("\n")[:_SNIFFED_LINES]
        return any(_dialect(line.rstrip("\r")) is not None for line in lines)

    def read(self, stream: BinaryIO, source: str) -> Counters:
        """Return the counts of a file.

        Parameters
        ----------
        stream : binary file
            At its beginning.
        source : str
            What to call it in errors.

        Returns
        -------
        Counters
            A row for each count, and one below it for the metric that perf derived from it, whose
            state is ``derived`` and whose unit is perf's text. The header holds ``started``,
            ``measured``, ``runs``, ``elapsed_s``, ``elapsed_spread``, ``user_s`` and ``sys_s``, as
            far as stated, and ``outputs`` where several follow each other in one file.

        Raises
        ------
        FormatError
            If a line is longer than 128 MiB.
        """
        counts = _Counts()
        for block in line_blocks(stream, source, _BLOCK):
            *lines, rest = block.tobytes().split(b"\n")
            counts.feed(lines)
            if rest:
                counts.cut(rest)
        return counts.finish(self.name)


class _Counts:
    """Takes lines in order and collects what they say."""

    def __init__(self) -> None:
        self._losses = LossCounter()
        self._header: dict[str, str] = {}
        self._columns: dict[str, list[object]] = {field.name: [] for field in fields(Row)}
        self._dialect: _Lines | None = None
        self._line = 0
        self._bytes = 0
        self._records = 0
        self._outputs = 0

    def feed(self, lines: Iterable[bytes]) -> None:
        """Take whole lines, without their line feeds."""
        for raw in lines:
            self._line += 1
            self._bytes += len(raw) + 1
            rows = None
            if len(raw) <= _LONGEST_LINE:
                rows = self._rows(raw.decode("utf-8", "backslashreplace").removesuffix("\r"))
            if rows is None:
                self._losses.count(_UNREADABLE, self._line)
                self._losses.bytes_lost += len(raw) + 1
            else:
                self._keep(rows)

    def _rows(self, line: str) -> list[Row] | None:
        if line.startswith(_STARTED):
            self._outputs += 1
            self._header.setdefault("started", line.removeprefix(_STARTED).strip())
            return []
        if self._dialect is None:
            self._dialect = _dialect(line)
        if self._dialect is not None:
            return self._dialect.rows(line)
        return [] if not line.strip() or line.startswith("#") else None

    def _keep(self, rows: list[Row]) -> None:
        self._records += bool(rows)
        for row in rows:
            for name, value in asdict(row).items():
                self._columns[name].append(value)

    def cut(self, rest: bytes) -> None:
        """Take what stands behind the last line feed."""
        self._bytes += len(rest)
        self._losses.bytes_lost += len(rest)
        self._losses.truncated = True
        self._losses.dropped += 1
        self._losses.say(f"the file ends inside line {self._line + 1}, so that line was dropped")

    def finish(self, name: str) -> Counters:
        """Return everything kept."""
        unfinished = self._dialect.unfinished if self._dialect else ""
        if unfinished and not self._losses.truncated:
            self._losses.truncated = True
            self._losses.say(unfinished)
        if self._outputs > 1:
            self._header["outputs"] = str(self._outputs)
        return Counters(
            format=name,
            tool="perf",
            table=schema.COUNTERS.conform(pd.DataFrame(self._columns)),
            loss=self._losses.ledger(self._bytes, self._records),
            header=self._header | (self._dialect.header if self._dialect else {}),
        )


def _dialect(line: str) -> _Lines | None:
    """Return the reader of the dialect that a line is in; None for a line of none or of all."""
    if len(line) > _LONGEST_LINE:
        return None
    if line.startswith(TITLE) or _INTERVALS.fullmatch(line):
        return TextLines()
    if line.startswith("{"):
        return JsonLines() if JsonLines().rows(line) else None
    separator = None if line.startswith("#") else separator_of(line)
    return None if separator is None else SeparatedLines(separator)


READER = PerfStatReader()
