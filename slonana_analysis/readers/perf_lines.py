r"""The lines of ``perf script`` text: which fields a sample's first line holds, what a frame is.

A sample is a line of fields (``comm pid/tid [cpu] time: period event: trace fields``, any of them
absent), below it one line per stack frame, innermost first, and a blank line. Without a call graph
the one frame stands on the sample's own line. Names may hold spaces, colons and parentheses, so
fields are found by what surrounds them.

References
----------
``tools/perf/builtin-script.c`` (``perf_sample__fprintf_start``, ``process_event``) and
``tools/perf/util/evsel_fprintf.c`` (``sample__fprintf_callchain``) of Linux 6.1; perf-script(1).
"""

import re
from dataclasses import dataclass

INLINED = "[inlined]"
SIDE_BAND = b"PERF_RECORD_"

# Fields stand at the front of a line; a bound keeps hostile lines from costing quadratic time.
_FRONT = 1024

_TIME = re.compile(rb"(?:^|[ \t])(\d{1,9})\.(\d{6}|\d{9}):(?=[ \t]|$)")
_ORIGIN = re.compile(
    rb"[ \t]*+(?:(?P<comm>\S.{0,63}?)(?:[ \t]++|$))??"
    rb"(?:(?:(?P<process>-?\d{1,10})/)?(?P<thread>-?\d{1,10})(?:[ \t]++|$)"
    rb"(?:\[-?\d{1,6}\](?:[ \t]++|$))?(?:[A-Za-z]{1,4}(?:[ \t]++|$))?)?"
    rb"(?:\[-?\d{1,6}\][ \t]*+)?"
)
_EVENT = re.compile(
    rb"[ \t]*+(?:(?P<period>\d{1,18})[ \t]++)?"
    rb"(?P<event>(?:raw )?[^\s:]\S{0,255}?:)(?=\s|$)(?P<rest>.*)",
    re.DOTALL,
)
_PERIOD = re.compile(rb"[ \t]*+(?P<period>\d{1,18})(?=[ \t]|$)(?P<rest>.*)", re.DOTALL)
_ADDRESS_FIELD = re.compile(rb"[ \t]++[0-9a-f]{1,16}(?= [^ \t]|$)")
# perf pads an address to 16 columns behind a blank; nothing else on the line is that wide.
_ADDRESS_WIDTH = 17
_TIMELESS = re.compile(
    rb"[ \t]*+(?:(?P<comm>\S.{0,63}?)(?P<gap>[ \t]++|$))??"
    rb"(?:(?P<ids>(?:-?\d{1,10}/)?-?\d{1,10})(?:[ \t]++|$))?(?:\[-?\d{1,6}\](?:[ \t]++|$))?"
    rb"(?P<counted>(?:\d{1,18}(?:[ \t]++|$))?(?:(?:raw )?[^\s:]\S{0,255}?:(?:[ \t].*|$))?)",
    re.DOTALL,
)
_FRAME = re.compile(rb"[ \t]++(?P<address>[0-9a-f]{1,16})(?: (?P<name>[^ \t].*)?)?", re.DOTALL)
_OFFSET = re.compile(rb"(?P<symbol>.*)\+0x[0-9a-f]+(?: \((?P<module>.*)\))?", re.DOTALL)
_MODULE_OFFSET = re.compile(r"\+0x[0-9a-f]+$")
_LOCATION = re.compile(rb" {2}(?P<file>\S.{0,4095}?):(?P<line>\d{1,9})(?: \(discriminator \d+\))?")
_NO_LOCATION = re.compile(rb" {2}\S.{0,4095}?(?:\[[0-9a-f]+\]|\+0x[0-9a-f]+)")
_SOURCE_CODE = re.compile(rb"\|\d+ ")
_LOST = re.compile(rb"PERF_RECORD_LOST(?:_SAMPLES)?\b.*?\blost (\d{1,18})")


@dataclass(frozen=True)
class Origin:
    """Who a sample was taken of; ids are -1 and the name empty where not printed."""

    process: int
    thread: int
    name: str


@dataclass(frozen=True)
class Counted:
    """What was counted: period (None where not printed), event with its colon, and what follows.

    The event is empty where none is printed.
    """

    period: int | None
    event: bytes
    rest: bytes

    @property
    def event_name(self) -> str:
        """Name of the event."""
        return decode(self.event[:-1]) or "unknown"


def decode(text: bytes) -> str:
    r"""Return bytes of a file as text; what is not UTF-8 stays visible as ``\xNN``."""
    return text.decode("utf-8", "backslashreplace")


def split_time(line: bytes) -> tuple[bytes, int, bytes] | None:
    """Return what stands before the time, the time in ns, and what stands behind it.

    Parameters
    ----------
    line : bytes
        A line without its end.

    Returns
    -------
    tuple of (bytes, int, bytes), or None
        None if there is no time in the line.
    """
    found = _TIME.search(line, 0, _FRONT)
    if found is None:
        return None
    seconds, fraction = found.groups()
    time_ns = int(seconds) * 1_000_000_000 + int(fraction) * (1000 if len(fraction) == 6 else 1)
    return line[: found.start()], time_ns, line[found.end() :]


def parse_origin(text: bytes) -> Origin | None:
    """Return the fields before a sample's time, or None if these are not such fields."""
    found = _ORIGIN.fullmatch(text) if len(text) <= _FRONT else None
    if found is None:
        return None
    comm, process, thread = found.group("comm", "process", "thread")
    return Origin(int(process or -1), int(thread or -1), decode(comm or b""))


def parse_counted(text: bytes) -> Counted | None:
    """Return the fields behind a sample's time, or None if these are not such fields."""
    found = _EVENT.match(text)
    if found is not None:
        period, event, rest = found.group("period", "event", "rest")
        return Counted(None if period is None else int(period), event, rest)
    if not text.strip() or one_line_frame(text):
        return Counted(None, b"", text)
    found = _PERIOD.match(text)
    if found is None:
        return None
    rest = found["rest"]
    known = not rest.strip() or one_line_frame(rest)
    return Counted(int(found["period"]), b"", rest) if known else None


def parse_timeless(line: bytes, *, strict: bool) -> tuple[Origin, Counted] | None:
    """Return the fields of a sample's first line that holds no time.

    Parameters
    ----------
    line : bytes
        A line without its end.
    strict : bool
        Ask for a thread id, padded as perf pads it, and an event: other text does not look like
        that. Without it almost any short line passes, which is right only for a line with frames
        below it.

    Returns
    -------
    tuple of (Origin, Counted), or None
        None if the line is no such line.
    """
    found = _TIMELESS.fullmatch(line[:_FRONT])
    if found is None:
        return None
    counted = parse_counted(found["counted"])
    origin = parse_origin(line[: found.start("counted")])
    if counted is None or origin is None:
        return None
    if strict and not (counted.event and found["ids"] and _padded(found)):
        return None
    return origin, counted


def _padded(found: re.Match[bytes]) -> bool:
    first_id = found["ids"].partition(b"/")[0]
    return len(found["gap"] or b"") + len(first_id) >= 6


def one_line_frame(rest: bytes) -> bytes:
    """Return the frame that stands on a sample's own line, as a line; empty if there is none."""
    found = _ADDRESS_FIELD.match(rest)
    return rest if found is not None and found.end() >= _ADDRESS_WIDTH else b""


def parse_frame(line: bytes) -> tuple[str, str] | None:
    """Return function and module of a stack line.

    Parameters
    ----------
    line : bytes
        A line without its end.

    Returns
    -------
    tuple of (str, str), or None
        The offset into the symbol is left out. Without a symbol the function is the address; an
        inlined function's module is ``[inlined]``. None if the line is no stack line.
    """
    found = _FRAME.fullmatch(line)
    if found is None:
        return None
    symbol, module = _split_module(found["name"] or b"")
    function = decode(symbol) or f"0x{decode(found['address'])}"
    name = _MODULE_OFFSET.sub("", decode(module))
    return function, INLINED if name == "inlined" else name


def _split_module(text: bytes) -> tuple[bytes, bytes]:
    """Split ``symbol+0x1a (module)``; symbols and modules may both hold parentheses."""
    found = _OFFSET.fullmatch(text)
    if found is not None:
        return found["symbol"], found["module"] or b""
    if not text.endswith(b")"):
        return text, b""
    if text.startswith(b"[unknown] ("):
        return b"[unknown]", text[11:-1]
    start = _opening_parenthesis(text)
    if start > 0 and text[start - 1 : start] != b" ":
        return text, b""
    return text[: max(start - 1, 0)], text[start + 1 : -1]


def _opening_parenthesis(text: bytes) -> int:
    """Return the position of the parenthesis that the last one closes, or of the last `` (``."""
    depth, position = 0, len(text)
    while position > 0:
        position -= 1
        depth += (text[position] == 0x29) - (text[position] == 0x28)
        if depth == 0:
            return position
    return text.rfind(b" (") + 1


def parse_location(line: bytes) -> tuple[str, int] | None:
    """Return file and line of a ``srcline`` line; empty and 0 if perf had none for the frame."""
    text = line.removesuffix(b" (inlined)")
    found = _LOCATION.fullmatch(text)
    if found is not None and found["file"] != b"??":
        return decode(found["file"]), int(found["line"])
    return ("", 0) if found is not None or _NO_LOCATION.fullmatch(text) else None


def is_annotation(line: bytes) -> bool:
    """Return whether the line is side-band text that perf prints between samples on request."""
    return SIDE_BAND in line[:_FRONT] or _SOURCE_CODE.match(line) is not None


def lost_count(line: bytes) -> int:
    """Return how many events or samples this side-band line reports lost; 0 for other lines."""
    found = _LOST.search(line, 0, _FRONT)
    return int(found[1]) if found is not None else 0
