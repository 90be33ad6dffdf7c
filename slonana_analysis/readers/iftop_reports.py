"""Takes iftop's reports apart, line by line.

References
----------
iftop(8); iftop 1.0pre4, ``ui_common.c`` and ``tui.c`` (units are powers of 1024).
"""

import re
from dataclasses import dataclass, field

from slonana_analysis.readers.losses import LossCounter

HEADING = re.compile(rb"\s*# Host name \(port/service if enabled\)\s+last 2s\s+last 10s\s+last 40s")

_QUANTITY = rb"([0-9]{1,15}(?:\.[0-9]{1,9})?)([KMGT]?)([bB])"
_FIELDS = rb"\s+" + rb"\s+".join([_QUANTITY] * 4) + rb"\s*$"
_SENT = re.compile(rb"\s{0,20}[0-9]{1,9} (\S{1,500})\s{1,200}=>" + _FIELDS)
_RECEIVED = re.compile(rb"\s{1,40}(\S{1,500})\s{1,200}<=" + _FIELDS)
_RATE = re.compile(
    rb"Total (send|receive|send and receive) rate:\s+" + rb"\s+".join([_QUANTITY] * 3) + rb"\s*$"
)
_SUM = re.compile(
    rb"(Peak rate|Cumulative) \(sent/received/total\):\s+"
    + rb"\s+".join([_QUANTITY] * 3)
    + rb"\s*$"
)
_END = re.compile(rb"={20,}\s*$")
_PREAMBLE = re.compile(
    rb"(interface|IP address is|IPv6 address is|MAC address is): *(.*)$|Listening on (.*)$"
)
_SCALES = {b"": 1.0, b"K": 2.0**10, b"M": 2.0**20, b"G": 2.0**30, b"T": 2.0**40}
_DIRECTIONS = {b"send": "sent", b"receive": "received", b"send and receive": "both"}
_LONGEST_LINE = 4096
_LONGEST_FACT = 200


@dataclass(frozen=True)
class Pair:
    """Two hosts, and what the first sent to the second and received from it.

    Attributes
    ----------
    first, second : str
        As printed: address or name, and port or service where iftop shows any; untrusted text.
    sent, received : tuple of float
        Bytes/s over the last 2, 10 and 40 s, and bytes in all.
    """

    first: str
    second: str
    sent: tuple[float, ...]
    received: tuple[float, ...]


@dataclass
class Report:
    """One report; totals and peaks in bytes/s by ``sent``, ``received`` and ``both``."""

    pairs: list[Pair] = field(default_factory=list)
    totals: dict[str, tuple[float, ...]] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    cumulative: dict[str, float] = field(default_factory=dict)
    begun: bool = False


class ReportParser:
    """Keeps the last whole report of a text, or what there is of the only one.

    Attributes
    ----------
    report : Report
        What was read.
    losses : LossCounter
        Lines that are not iftop's, and a report that is cut.
    header : dict of str to str
        What iftop says of the interface; untrusted text.
    """

    def __init__(self) -> None:
        self.report = Report()
        self.losses = LossCounter()
        self.header: dict[str, str] = {}
        self._current = Report()
        self._whole_reports = 0
        self._first_line: tuple[int, bytes, re.Match[bytes]] | None = None

    def parse(self, text: bytes) -> None:
        """Read a whole text."""
        lines = text.split(b"\n")
        rest = lines.pop()
        for number, line in enumerate(lines, start=1):
            self._take(number, line.removesuffix(b"\r"))
        self._drop_half_pair()
        if rest:
            self.losses.truncated = True
            self.losses.bytes_lost += len(rest)
            self.losses.say(f"the text ends within line {len(lines) + 1}")
        self._finish(len(lines))

    def _finish(self, lines: int) -> None:
        if self._current.begun:
            if not self.losses.truncated:
                self.losses.say(f"the last report is not finished at the end, line {lines}")
            self.losses.truncated = True
            if self._whole_reports:
                self.losses.dropped += len(self._current.pairs)
            else:
                self.report = self._current
        if self._whole_reports:
            self.header["reports"] = f"{self._whole_reports}, of which the last is shown"
        printed = sum(pair.sent[3] + pair.received[3] for pair in self.report.pairs)
        everything = self.report.cumulative.get("both", 0.0)
        if everything > 0:
            self.header["bytes of the flows printed"] = f"{100 * printed / everything:.0f} % of all"

    def _take(self, number: int, line: bytes) -> None:
        if len(line) > _LONGEST_LINE:
            self._lose(number, line)
        elif received := _RECEIVED.match(line):
            self._take_received(number, line, received)
        else:
            self._drop_half_pair()
            if sent := _SENT.match(line):
                self._first_line = (number, line, sent)
            elif not self._take_frame(line):
                self._lose(number, line)

    def _take_received(self, number: int, line: bytes, received: re.Match[bytes]) -> None:
        if self._first_line is None:
            self._lose(number, line)
            return
        sent, self._first_line = self._first_line[2], None
        self._current.begun = True
        self._current.pairs.append(
            Pair(_text(sent[1]), _text(received[1]), _quantities(sent, 4), _quantities(received, 4))
        )

    def _drop_half_pair(self) -> None:
        """Drop the first line of two hosts whose second does not follow."""
        if self._first_line is not None:
            self._current.begun = True
            self._lose(*self._first_line[:2])
            self.losses.dropped += 1
            self._first_line = None

    def _take_frame(self, line: bytes) -> bool:
        """Take a line that is not of two hosts; return whether it is iftop's."""
        if HEADING.match(line):
            self._current = Report(begun=True)
        elif rate := _RATE.match(line):
            self._current.totals[_DIRECTIONS[rate[1]]] = _quantities(rate, 3)
        elif sums := _SUM.match(line):
            values = dict(zip(("sent", "received", "both"), _quantities(sums, 3), strict=True))
            if sums[1] == b"Peak rate":
                self._current.peaks = values
            else:
                self._current.cumulative = values
        elif _END.match(line):
            if self._current.begun:
                self.report, self._current = self._current, Report()
                self._whole_reports += 1
        elif preamble := _PREAMBLE.match(line):
            name = _text(preamble[1]) if preamble[1] else "interface"
            self.header[name.removesuffix(" is")] = _text(preamble[2] or preamble[3] or b"")
        else:
            return not line.strip(b" \t-")
        return True

    def _lose(self, number: int, line: bytes) -> None:
        self.losses.bytes_lost += len(line)
        self.losses.count("lines are not text of iftop or have no partner", number)


def _quantities(match: re.Match[bytes], count: int) -> tuple[float, ...]:
    """Return the last ``count`` quantities of a line in bytes or bytes/s."""
    groups = match.groups()[-3 * count :]
    return tuple(
        float(number) * _SCALES[prefix] / (8 if unit == b"b" else 1)
        for number, prefix, unit in zip(groups[::3], groups[1::3], groups[2::3], strict=True)
    )


def _text(raw: bytes) -> str:
    return raw[:_LONGEST_FACT].decode("utf-8", "backslashreplace").strip()
