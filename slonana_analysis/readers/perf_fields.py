"""The fields of a sample's first line, turned into rows of the thread and event tables."""

from dataclasses import dataclass
from typing import Protocol

from slonana_analysis.readers import perf_lines
from slonana_analysis.readers.perf_lines import Counted, Origin

# These tick in time: perf prints their period in ns.
_CLOCK_EVENTS = frozenset({"cpu-clock", "task-clock"})


@dataclass(slots=True)
class Sample:
    """Fields of a sample: rows of the thread and event tables, and of the frame on its own line.

    ``own_frame`` is -1 where there is none. ``line`` and ``offset`` are where the sample begins,
    ``rejected`` the bytes of its lines that were given up already; ``whole`` says that its own
    frame is all the stack it has.
    """

    thread: int
    time_ns: int
    weight: int
    event: int
    own_frame: int
    line: int = 0
    offset: int = 0
    whole: bool = False
    rejected: int = 0


class Tables(Protocol):
    """Where threads, events and frames get their rows."""

    def frame(self, function: str, module: str, file: str = "", line: int = 0) -> int:
        """Return the row of a frame."""
        ...

    def thread(self, process: int, thread: int, name: str) -> int:
        """Return the row of a thread."""
        ...

    def event(self, name: str) -> int:
        """Return the code of an event."""
        ...


class Memory:
    """Is told what the parts of lines mean, so that a faster reader need not ask again.

    This one forgets at once; what is remembered never changes a result.
    """

    def learn_frame(self, line: bytes, row: int) -> None:
        """Learn that a line, wherever it stands below a sample's first line, is this frame."""

    def learn_own_frame(self, text: bytes, row: int) -> None:
        """Learn that this text behind the fields of a first line is this frame."""

    def learn_location(self, frame: int, line: bytes, row: int) -> None:
        """Learn that a line below this frame makes it the frame ``row``."""

    def learn_origin(self, text: bytes, thread: int) -> None:
        """Learn that this text before a time is this thread."""

    def learn_event(self, text: bytes, *, weighted: bool, event: int) -> None:
        """Learn that this text behind a time, with or without a period, is this event."""

    def learn_head(self, text: bytes, sample: Sample) -> None:
        """Learn that this line, while no line had a time yet, begins such a sample."""


class SampleFields:
    """Turns first lines into samples and remembers which units the weights came in.

    Parameters
    ----------
    tables : Tables
        Where threads, events and frames get their rows.
    memory : Memory
        What is told of the lines.

    Attributes
    ----------
    timed : bool
        Whether a line with a time was seen; then every sample of the file has one.
    """

    def __init__(self, tables: Tables, memory: Memory) -> None:
        self.timed = False
        self._tables = tables
        self._memory = memory
        self._units: dict[str, str] = {}

    @property
    def unit(self) -> str:
        """Unit of all weights: ns, events, samples, or mixed."""
        units = set(self._units.values()) or {"samples"}
        return units.pop() if len(units) == 1 else "mixed"

    @property
    def units(self) -> dict[str, str]:
        """Unit of each event, where they differ; else empty."""
        return dict(self._units) if self.unit == "mixed" else {}

    def first_line(self, text: bytes) -> Sample | None:
        """Return the sample that this line begins, or None if it plainly begins none."""
        parts = perf_lines.split_time(text)
        if parts is None:
            return None if self.timed or text.startswith(b"#") else self._timeless(text)
        before, time_ns, behind = parts
        if behind.lstrip().startswith(perf_lines.SIDE_BAND):
            return None
        origin, counted = perf_lines.parse_origin(before), perf_lines.parse_counted(behind)
        if origin is None or counted is None:
            return None
        self.timed = True
        sample = self._sample(origin, counted, time_ns)
        self._memory.learn_origin(before, sample.thread)
        self._memory.learn_event(
            counted.event, weighted=counted.period is not None, event=sample.event
        )
        return sample

    def _timeless(self, text: bytes) -> Sample | None:
        fields = perf_lines.parse_timeless(text, strict=True)
        if fields is None:
            return None
        sample = self._sample(*fields)
        self._memory.learn_head(text, sample)
        return sample

    def bare_line(self, text: bytes) -> Sample | None:
        """Return the sample of a line that only the frames below it prove to begin one."""
        fields = perf_lines.parse_timeless(text, strict=False)
        return None if fields is None else self._sample(*fields)

    def _sample(self, origin: Origin, counted: Counted, time_ns: int = -1) -> Sample:
        thread = self._tables.thread(origin.process, origin.thread, origin.name)
        name = counted.event_name
        unit = "samples" if counted.period is None else _unit_of(name)
        self._units[name] = unit if self._units.get(name, unit) == unit else "mixed"
        weight = 1 if counted.period is None else counted.period
        own_frame = self.own_frame(perf_lines.one_line_frame(counted.rest))
        return Sample(thread, time_ns, weight, self._tables.event(name), own_frame)

    def own_frame(self, text: bytes) -> int:
        """Return the row of the frame that stands on a sample's own line; -1 if there is none."""
        frame = perf_lines.parse_frame(text)
        if frame is None:
            return -1
        row = self._tables.frame(*frame)
        self._memory.learn_own_frame(text, row)
        return row


def _unit_of(event: str) -> str:
    return "ns" if event.partition(":")[0] in _CLOCK_EVENTS else "events"
