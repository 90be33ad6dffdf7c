"""Follows ``perf script`` text from line to line: which sample is open, what belongs to it.

This alone says what a text means. It takes every line apart anew; `perf_text` remembers for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from slonana_analysis.readers import perf_fields, perf_lines
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_fields import Memory, Sample, SampleFields

LONGEST_LINE = 1 << 20
_HEADER_EDGE = b"# ========"
_HEADER_ENTRIES = 200
_HEADER_VALUE = 4096

_UNREADABLE = "lines are not perf script text"
_TOO_LONG = "lines are longer than 1 MiB"
_HEADLESS = "samples were dropped because their first line is missing or damaged"


class Tables(perf_fields.Tables, Protocol):
    """Where samples and all they consist of are kept; as in ``ProfileBuilder``."""

    @property
    def samples(self) -> int:
        """Number of samples so far."""
        ...

    def frame_at(self, row: int, file: str, line: int) -> int:
        """Return the row of the frame that is frame ``row`` at this source line."""
        ...

    def node(self, stack: Sequence[int]) -> int:
        """Return the call-tree node of a stack of frames, innermost first."""
        ...

    def add(self, node: int, thread: int, time_ns: int, weight: int, event: int) -> None:
        """Append one sample."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A line that may turn out to begin a sample, once a frame follows it."""

    line: int
    offset: int
    text: bytes


@dataclass(slots=True)
class Standing:
    """Where in a file the parser stands.

    Attributes
    ----------
    line : int
        Lines taken so far.
    offset : int
        Bytes of the file in them.
    sample : Sample or None
        The open sample.
    stack : list of int
        Its frames so far, innermost first.
    candidate : Candidate or None
        The last line, if it may yet turn out to begin a sample.
    one_line, structured : bool
        Whether samples follow each other without blank lines, and have first lines.
    headless : bool
        Whether these frames belong to a sample whose first line was not found.
    """

    line: int = 0
    offset: int = 0
    sample: Sample | None = None
    stack: list[int] = field(default_factory=list)
    candidate: Candidate | None = None
    one_line: bool = False
    headless: bool = False
    structured: bool = False


class PerfParser:
    """Takes lines in order; keeps its state from one part of a file to the next.

    Parameters
    ----------
    tables : Tables
        Where samples are kept.
    memory : Memory, optional
        What is told of the lines.

    Attributes
    ----------
    fields : SampleFields
        Fields seen so far, with the unit of the weights.
    losses : LossCounter
        What could not be kept.
    header : dict of str to str
        What the comments at the top of the file state, by name.
    standing : Standing
        What is open; may be moved on by someone who took lines in between.
    """

    def __init__(self, tables: Tables, memory: Memory | None = None) -> None:
        self._tables = tables
        self._memory = memory or Memory()
        self.fields = SampleFields(tables, self._memory)
        self.losses = LossCounter()
        self.header: dict[str, str] = {}
        self.standing = Standing()
        self._in_header = False
        self._stated = ""
        self._recorder_lost = 0

    @property
    def regular(self) -> bool:
        """Whether only the open sample, if any, decides what the next line means."""
        candidate = self.standing.candidate
        return not self._in_header and (candidate is None or not candidate.text)

    def feed(self, lines: Sequence[bytes]) -> None:
        """Take whole lines, without their line feeds."""
        standing = self.standing
        for line in lines:
            standing.line += 1
            self._take(line)
            standing.offset += len(line) + 1

    def _take(self, line: bytes) -> None:
        """Take one line."""
        text = line.removesuffix(b"\r")
        if len(text) > LONGEST_LINE:
            self._reject(line, _TOO_LONG)
        elif self._in_header and self._continues_header(text):
            pass
        elif not text.strip():
            self._blank()
        elif text[0] in b" \t":
            self._indented(line, text)
        elif not self._begins_sample(text):
            self._stranger(line, text)

    def _blank(self) -> None:
        if self.standing.sample is not None:
            self._close()
        else:
            self._forget_candidate()
            # Where perf was asked for no fields at all, a sample's first line is empty.
            self._propose(b"")
        self.standing.headless = False

    def _indented(self, line: bytes, text: bytes) -> None:
        if text[0] == 0x20 and self._begins_sample(text):
            return
        frame = perf_lines.parse_frame(text)
        if frame is None:
            if not self._locate(line, text):
                self._stranger(line, text)
        elif self.standing.sample is None and not self._open_bare(text):
            self._orphan(line)
        elif self.standing.sample is not None:
            row = self._tables.frame(*frame)
            self._memory.learn_frame(line, row)
            self.standing.stack.append(row)

    def _locate(self, line: bytes, text: bytes) -> bool:
        """Take a ``srcline`` line: it says where in the source the frame above it stands."""
        self._push_own_frame()
        stack = self.standing.stack
        location = perf_lines.parse_location(text)
        if self.standing.sample is None or not stack or location is None:
            return False
        row = self._tables.frame_at(stack[-1], *location)
        self._memory.learn_location(stack[-1], line, row)
        stack[-1] = row
        return True

    def _begins_sample(self, text: bytes) -> bool:
        sample = self.fields.first_line(text)
        if sample is None:
            return False
        self._forget_candidate()
        standing = self.standing
        if standing.sample is not None:
            # No blank line in between: this file has a sample on every line.
            standing.one_line = standing.one_line or standing.sample.whole or not standing.stack
            self._close()
        sample.line, sample.offset = standing.line, standing.offset
        standing.sample = sample
        standing.structured = True
        standing.headless = False
        self._in_header = False
        return True

    def _open_bare(self, frame: bytes) -> bool:
        """Open a sample above this frame, if the file prints hardly any fields."""
        padded = perf_lines.one_line_frame(frame)
        if self.standing.structured or not padded:
            return False
        standing = self.standing
        alone = standing.candidate is None
        first = standing.candidate or Candidate(standing.line, standing.offset, b"")
        sample = self.fields.bare_line(first.text.removesuffix(b"\r"))
        # perf puts a space before the only frame of a sample and a tab before one of many.
        if sample is None or (alone and frame[0] != 0x20):
            return False
        sample.line, sample.offset = first.line, first.offset
        sample.own_frame = self.fields.own_frame(padded) if alone else -1
        standing.sample, standing.candidate = sample, None
        if alone:
            self._close()
        return True

    def _push_own_frame(self) -> None:
        """Put the frame of a sample's own line on its stack, where no stack stands below it."""
        sample, stack = self.standing.sample, self.standing.stack
        if sample is not None and not stack and sample.own_frame >= 0:
            stack.append(sample.own_frame)
            sample.whole = True

    def _close(self) -> None:
        self._push_own_frame()
        sample, self.standing.sample = self.standing.sample, None
        if sample is not None:
            node = self._tables.node(self.standing.stack)
            self._tables.add(node, sample.thread, sample.time_ns, sample.weight, sample.event)
            self.standing.stack.clear()

    def _stranger(self, line: bytes, text: bytes) -> None:
        """Take a line that begins no sample: a comment, side-band text, or what is not ours."""
        if text.startswith(b"#"):
            self._comment(text)
        elif perf_lines.is_annotation(text):
            self._recorder_lost += perf_lines.lost_count(text)
        elif self.standing.sample is not None:
            self._reject(line, _UNREADABLE)
        else:
            self._forget_candidate()
            self._propose(line)

    def _comment(self, text: bytes) -> None:
        if text.startswith(_HEADER_EDGE):
            self._in_header = not self._in_header
            return
        name, separator, value = text.lstrip(b"# ").partition(b" : ")
        key = perf_lines.decode(name.strip()[:_HEADER_VALUE])
        if separator and key and len(self.header) < _HEADER_ENTRIES:
            self._stated = key
            self._state(value, "; ")

    def _continues_header(self, text: bytes) -> bool:
        """Take a line of the header that is no comment: a command line may hold line feeds."""
        if text.startswith(b"#"):
            return False
        # A header whose end is missing ends where the first sample begins.
        if not self._begins_sample(text) and self._stated:
            self._state(text, "\n")
        return True

    def _state(self, value: bytes, separator: str) -> None:
        stated = perf_lines.decode(value.strip()[:_HEADER_VALUE])
        known = self.header.get(self._stated)
        whole = stated if known is None else f"{known}{separator}{stated}"
        self.header[self._stated] = whole[:_HEADER_VALUE]

    def _propose(self, line: bytes) -> None:
        self.standing.candidate = Candidate(self.standing.line, self.standing.offset, line)

    def _forget_candidate(self) -> None:
        candidate, self.standing.candidate = self.standing.candidate, None
        if candidate is not None and candidate.text:
            self.losses.count(_UNREADABLE, candidate.line)
            self.losses.bytes_lost += len(candidate.text) + 1

    def _reject(self, line: bytes, kind: str) -> None:
        self._forget_candidate()
        self.losses.count(kind, self.standing.line)
        self.losses.bytes_lost += len(line) + 1
        if self._needs_no_more(line):
            self._close()
        elif self.standing.sample is not None:
            # A gap that is seen, so that a caller does not take over its callee's callees.
            self.standing.stack.append(self._tables.frame("[unreadable]", ""))
            self.standing.sample.rejected += len(line) + 1

    def _orphan(self, line: bytes) -> None:
        self._forget_candidate()
        if not self.standing.headless:
            self.standing.headless = True
            self.losses.dropped += 1
            self.losses.count(_HEADLESS, self.standing.line)
        self.losses.bytes_lost += len(line) + 1

    def _needs_no_more(self, line: bytes) -> bool:
        """Return whether the open sample is whole without ``line``, which follows it."""
        if self.standing.sample is None or line.startswith(b"\t"):
            return False
        own = self.standing.one_line or self.standing.sample.own_frame >= 0
        return self.standing.sample.whole or (own and not self.standing.stack)

    def finish(self, rest: bytes) -> None:
        """Take what stands behind the last line feed, and settle the last sample."""
        self._forget_candidate()
        whole = self._needs_no_more(rest)
        if rest:
            self._cut(rest, whole=whole)
        elif self.standing.sample is not None and not whole:
            self.losses.truncated = True
            self.losses.say(
                "the file ends before the blank line that closes the sample of line "
                f"{self.standing.sample.line}, so its stack may lack its outer frames"
            )
        self._close()
        if self._recorder_lost:
            self.losses.say(f"perf itself reports {self._recorder_lost} lost events")

    def _cut(self, rest: bytes, *, whole: bool) -> None:
        losses, standing = self.losses, self.standing
        number = standing.line + 1
        losses.truncated = True
        losses.bytes_lost += len(rest)
        if rest.startswith(b"#") and standing.sample is None:
            losses.say(f"the file ends inside line {number}")
            return
        losses.dropped += 1
        losses.say(f"the file ends inside line {number}, so the sample there was dropped")
        sample = standing.sample
        if sample is not None and not whole:
            losses.bytes_lost += standing.offset - sample.offset - sample.rejected
            standing.sample = None
            standing.stack.clear()
