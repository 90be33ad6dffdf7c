"""Follows ``perf script`` text from line to line: which sample is open, what belongs to it.

Most stack lines were there before: each is looked up as it stands, and only a new one is taken
apart.
"""

from slonana_analysis.readers import perf_lines
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_fields import Sample, SampleFields
from slonana_analysis.readers.profile_builder import ProfileBuilder

LONGEST_LINE = 1 << 20
_REMEMBERED_BYTES = 64 << 20
_REMEMBERED_LOCATIONS = 50_000
_HEADER_EDGE = b"# ========"
_HEADER_ENTRIES = 200
_HEADER_VALUE = 4096
_NO_LINES: dict[bytes, int] = {}

_UNREADABLE = "lines are not perf script text"
_TOO_LONG = "lines are longer than 1 MiB"
_HEADLESS = "samples were dropped because their first line is missing or damaged"


class PerfParser:
    """Takes lines in order; keeps its state from one part of a file to the next.

    Attributes
    ----------
    builder : ProfileBuilder
        Samples kept so far.
    fields : SampleFields
        Fields seen so far, with the unit of the weights.
    losses : LossCounter
        What could not be kept.
    header : dict of str to str
        What the comments at the top of the file state, by name.
    """

    def __init__(self) -> None:
        self.builder = ProfileBuilder()
        self.fields = SampleFields(self.builder)
        self.losses = LossCounter()
        self.header: dict[str, str] = {}
        self._line = 0
        self._known: dict[bytes, int] = {}
        self._known_bytes = 0
        self._located: dict[tuple[int, bytes], int] = {}
        self._sample: Sample | None = None
        self._sample_bytes = 0
        self._stack: list[int] = []
        # A line that may turn out to begin a sample, once a frame follows it.
        self._candidate: tuple[int, bytes] | None = None
        self._in_header = False
        self._stated = ""
        self._headless = False
        self._structured = False
        self._one_line = False
        self._recorder_lost = 0

    def feed(self, lines: list[bytes]) -> None:
        """Take whole lines, without their line feeds."""
        first = self._line + 1
        append = self._stack.append
        known = self._known if self._sample else _NO_LINES
        for number, line in enumerate(lines, first):
            frame = known.get(line)
            if frame is None:
                self._line = number
                self._take(line)
                known = self._known if self._sample else _NO_LINES
            else:
                append(frame)
        self._line = first + len(lines) - 1
        self._weigh_open_sample(lines, first)

    def _weigh_open_sample(self, lines: list[bytes], first: int) -> None:
        """Keep the size of the sample that would be dropped if the file ended here."""
        if self._sample is None:
            return
        begun_here = self._sample.line >= first
        own = lines[self._sample.line - first :] if begun_here else lines
        size = sum(map(len, own)) + len(own)
        self._sample_bytes = size if begun_here else self._sample_bytes + size

    def _take(self, line: bytes) -> None:
        """Take a line that is no stack line known already."""
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
        if self._sample is not None:
            self._close()
        else:
            self._forget_candidate()
            # Where perf was asked for no fields at all, a sample's first line is empty.
            self._candidate = (self._line, b"")
        self._headless = False

    def _indented(self, line: bytes, text: bytes) -> None:
        if text[0] == 0x20 and self._begins_sample(text):
            return
        frame = perf_lines.parse_frame(text)
        if frame is None:
            if not self._locate(text):
                self._stranger(line, text)
        elif self._sample is None and not self._open_bare(text):
            self._orphan(line)
        elif self._sample is not None:
            row = self.builder.frame(*frame)
            self._remember(line, row)
            self._stack.append(row)

    def _remember(self, line: bytes, row: int) -> None:
        self._known_bytes += len(line)
        if self._known_bytes > _REMEMBERED_BYTES:
            self._known.clear()
            self._known_bytes = len(line)
        self._known[line] = row

    def _locate(self, text: bytes) -> bool:
        """Take a ``srcline`` line: it says where in the source the frame above it stands."""
        self._push_own_frame()
        if self._sample is None or not self._stack:
            return False
        key = (self._stack[-1], text)
        row = self._located.get(key)
        if row is None:
            location = perf_lines.parse_location(text)
            if location is None:
                return False
            if len(self._located) >= _REMEMBERED_LOCATIONS:
                self._located.clear()
            row = self._located[key] = self.builder.frame_at(key[0], *location)
        self._stack[-1] = row
        return True

    def _begins_sample(self, text: bytes) -> bool:
        sample = self.fields.first_line(text)
        if sample is None:
            return False
        self._forget_candidate()
        if self._sample is not None:
            # No blank line in between: this file has a sample on every line.
            self._one_line = self._one_line or self._sample.whole or not self._stack
            self._close()
        sample.line = self._line
        self._sample = sample
        self._in_header = False
        self._structured = True
        self._headless = False
        return True

    def _open_bare(self, frame: bytes) -> bool:
        """Open a sample above this frame, if the file prints hardly any fields."""
        padded = perf_lines.one_line_frame(frame)
        if self._structured or not padded:
            return False
        number, text = self._candidate or (self._line, b"")
        alone = self._candidate is None
        sample = self.fields.bare_line(text.removesuffix(b"\r"))
        # perf puts a space before the only frame of a sample and a tab before one of many.
        if sample is None or (alone and frame[0] != 0x20):
            return False
        sample.line = number
        sample.own_frame = padded if alone else b""
        self._sample, self._candidate = sample, None
        if alone:
            self._close()
        return True

    def _push_own_frame(self) -> None:
        """Put the frame of a sample's own line on its stack, where no stack stands below it."""
        if self._sample is None or self._stack or not self._sample.own_frame:
            return
        frame = perf_lines.parse_frame(self._sample.own_frame)
        if frame is not None:
            self._stack.append(self.builder.frame(*frame))
            self._sample.whole = True

    def _close(self) -> None:
        self._push_own_frame()
        sample, self._sample = self._sample, None
        if sample is not None:
            node = self.builder.node(self._stack)
            self.builder.add(node, sample.thread, sample.time_ns, sample.weight, sample.event)
            self._stack.clear()

    def _stranger(self, line: bytes, text: bytes) -> None:
        """Take a line that begins no sample: a comment, side-band text, or what is not ours."""
        if text.startswith(b"#"):
            self._comment(text)
        elif perf_lines.is_annotation(text):
            self._recorder_lost += perf_lines.lost_count(text)
        elif self._sample is not None:
            self._reject(line, _UNREADABLE)
        else:
            self._forget_candidate()
            self._candidate = (self._line, line)

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

    def _forget_candidate(self) -> None:
        if self._candidate is not None and self._candidate[1]:
            number, line = self._candidate
            self.losses.count(_UNREADABLE, number)
            self.losses.bytes_lost += len(line) + 1
        self._candidate = None

    def _reject(self, line: bytes, kind: str) -> None:
        self._forget_candidate()
        self.losses.count(kind, self._line)
        self.losses.bytes_lost += len(line) + 1
        if self._needs_no_more(line):
            self._close()
        elif self._sample is not None:
            # A gap that is seen, so that a caller does not take over its callee's callees.
            self._stack.append(self.builder.frame("[unreadable]", ""))
            self._sample.rejected += len(line) + 1

    def _orphan(self, line: bytes) -> None:
        self._forget_candidate()
        if not self._headless:
            self._headless = True
            self.losses.dropped += 1
            self.losses.count(_HEADLESS, self._line)
        self.losses.bytes_lost += len(line) + 1

    def _needs_no_more(self, line: bytes) -> bool:
        """Return whether the open sample is whole without ``line``, which follows it."""
        if self._sample is None or line.startswith(b"\t"):
            return False
        own = self._one_line or bool(self._sample.own_frame)
        return self._sample.whole or (own and not self._stack)

    def finish(self, rest: bytes) -> None:
        """Take what stands behind the last line feed, and settle the last sample."""
        self._forget_candidate()
        whole = self._needs_no_more(rest)
        if rest:
            self._cut(rest, whole=whole)
        elif self._sample is not None and not whole:
            self.losses.truncated = True
            self.losses.say(
                "the file ends before the blank line that closes the sample of line "
                f"{self._sample.line}, so its stack may lack its outer frames"
            )
        self._close()
        if self._recorder_lost:
            self.losses.say(f"perf itself reports {self._recorder_lost} lost events")

    def _cut(self, rest: bytes, *, whole: bool) -> None:
        losses, number = self.losses, self._line + 1
        losses.truncated = True
        losses.bytes_lost += len(rest)
        if rest.startswith(b"#") and self._sample is None:
            losses.say(f"the file ends inside line {number}")
            return
        losses.dropped += 1
        losses.say(f"the file ends inside line {number}, so the sample there was dropped")
        if self._sample is not None and not whole:
            losses.bytes_lost += self._sample_bytes - self._sample.rejected
            self._sample = None
            self._stack.clear()
