"""The fields of a sample's first line, looked up as they stand before they are taken apart.

Between two samples of a file little but the time differs, so the text on either side of it was
nearly always there before.
"""

from dataclasses import dataclass

from slonana_analysis.readers import perf_lines
from slonana_analysis.readers.perf_lines import Counted, Origin
from slonana_analysis.readers.profile_builder import ProfileBuilder

_REMEMBERED = 50_000
# These tick in time: perf prints their period in ns.
_CLOCK_EVENTS = frozenset({"cpu-clock", "task-clock"})


@dataclass(slots=True)
class Sample:
    """Fields of a sample: rows of the thread and event tables, and the frame on its own line.

    ``line`` is where it begins, ``rejected`` the bytes of its lines that were given up already;
    ``whole`` says that its own frame is all the stack it has.
    """

    thread: int
    time_ns: int
    weight: int
    event: int
    own_frame: bytes
    line: int = 0
    whole: bool = False
    rejected: int = 0


class SampleFields:
    """Turns first lines into samples and remembers which units the weights came in.

    Attributes
    ----------
    timed : bool
        Whether a line with a time was seen; then every sample of the file has one.
    """

    def __init__(self, builder: ProfileBuilder) -> None:
        self.timed = False
        self._builder = builder
        self._units: dict[str, str] = {}
        self._threads: dict[bytes, int | None] = {}
        self._counted: dict[bytes, tuple[int, int, bytes] | None] = {}

    @property
    def unit(self) -> str:
        """Unit of all weights: ns, events, samples, or mixed."""
        units = set(self._units.values()) or {"samples"}
        return units.pop() if len(units) == 1 else "mixed"

    def first_line(self, text: bytes) -> Sample | None:
        """Return the sample that this line begins, or None if it plainly begins none."""
        parts = perf_lines.split_time(text)
        if parts is None:
            return None if self.timed or text.startswith(b"#") else self._timeless(text)
        before, time_ns, behind = parts
        if behind.lstrip().startswith(perf_lines.SIDE_BAND):
            return None
        thread, counted = self._thread_of(before), self._counted_in(behind)
        if thread is None or counted is None:
            return None
        self.timed = True
        return Sample(thread, time_ns, *counted)

    def _timeless(self, text: bytes) -> Sample | None:
        return self._sample(perf_lines.parse_timeless(text, strict=True))

    def bare_line(self, text: bytes) -> Sample | None:
        """Return the sample of a line that only the frames below it prove to begin one."""
        return self._sample(perf_lines.parse_timeless(text, strict=False))

    def _sample(self, fields: tuple[Origin, Counted] | None) -> Sample | None:
        if fields is None:
            return None
        origin, counted = fields
        return Sample(self._thread(origin), -1, *self._count(counted))

    def _thread_of(self, text: bytes) -> int | None:
        if text not in self._threads:
            if len(self._threads) >= _REMEMBERED:
                self._threads.clear()
            origin = perf_lines.parse_origin(text)
            self._threads[text] = None if origin is None else self._thread(origin)
        return self._threads[text]

    def _thread(self, origin: Origin) -> int:
        return self._builder.thread(origin.process, origin.thread, origin.name)

    def _counted_in(self, text: bytes) -> tuple[int, int, bytes] | None:
        if text not in self._counted:
            if len(self._counted) >= _REMEMBERED:
                self._counted.clear()
            counted = perf_lines.parse_counted(text)
            self._counted[text] = None if counted is None else self._count(counted)
        return self._counted[text]

    def _count(self, counted: Counted) -> tuple[int, int, bytes]:
        event = counted.event or "unknown"
        unit = "samples" if counted.period is None else _unit_of(event)
        self._units[event] = unit if self._units.get(event, unit) == unit else "mixed"
        weight = 1 if counted.period is None else counted.period
        return weight, self._builder.event(event), perf_lines.one_line_frame(counted.rest)


def _unit_of(event: str) -> str:
    return "ns" if event.partition(":")[0] in _CLOCK_EVENTS else "events"
