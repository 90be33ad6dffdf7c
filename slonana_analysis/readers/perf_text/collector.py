"""What Python learns of a text, put where machine code finds it."""

from collections.abc import Sequence

import numpy as np

from slonana_analysis.readers.assembly import Collected
from slonana_analysis.readers.interning import Names, intern_name, intern_row, name_list
from slonana_analysis.readers.perf_fields import Memory, Sample
from slonana_analysis.readers.perf_text import tables
from slonana_analysis.readers.perf_text.frames import has_room
from slonana_analysis.readers.perf_text.lines import node_of
from slonana_analysis.readers.perf_text.tables import (
    LAST,
    NONE,
    OWN_FRAME,
    SAMPLES,
    STACK_FRAME,
    STATE_SIZE,
    UNWEIGHTED,
    WEIGHTED,
    Reading,
)
from slonana_analysis.readers.scanning import Bytes

# Bounds of a cache: forgetting costs time and never changes a result.
_REMEMBERED_BYTES = 32 << 20
_REMEMBERED_LINES = 1 << 18


class Collector(Memory):
    """Tables and memory of one text; what ``PerfParser`` fills and ``take_lines`` fills faster.

    Attributes
    ----------
    memory, found, state, stack
        As in ``Reading``.
    """

    def __init__(self) -> None:
        self.memory = tables.new_memory()
        self.found = tables.new_found()
        self.state = np.zeros(STATE_SIZE, np.int64)
        self.state[LAST] = NONE
        self.stack = np.empty(256, np.int32)
        self._threads: dict[tuple[int, int, str], int] = {}
        self._events: dict[str, int] = {}

    @property
    def reading(self) -> Reading:
        """All of these, as ``take_lines`` takes them."""
        return Reading(self.memory, self.found, self.stack, self.state)

    @property
    def samples(self) -> int:
        """Number of samples so far."""
        return int(self.state[SAMPLES])

    def make_room(self, length: int, depth: int) -> None:
        """Make room for one more of everything: texts of ``length``, a stack of ``depth``."""
        lines = self.memory.lines
        count = int(lines.state[0])
        if lines.begins[count] > _REMEMBERED_BYTES or count > _REMEMBERED_LINES:
            self.memory = tables.new_memory()
            self.state[LAST] = NONE
        self.memory = tables.roomier_memory(self.memory, length)
        self.found = tables.roomier_found(self.found, length, depth, self.samples)

    def frame(self, function: str, module: str, file: str = "", line: int = 0) -> int:
        """Return the row of a frame; ``file`` and ``line`` are empty and 0 where unknown."""
        return self._frame(self._name(function), self._name(module), self._name(file), line)

    def frame_at(self, row: int, file: str, line: int) -> int:
        """Return the row of the frame that is frame ``row`` at this source line."""
        function, module = self.found.frames.keys[row, :2].tolist()
        return self._frame(function, module, self._name(file), line)

    def _frame(self, function: int, module: int, file: int, line: int) -> int:
        if int(self.found.frames.state[0]) >= self.found.frames.keys.shape[0]:
            self.make_room(0, 0)
        return int(intern_row(self.found.frames, function, module, file, line))

    def _name(self, text: str) -> int:
        if not text:
            return NONE
        name = _bytes_of(text.encode())
        if not has_room(self.found.names, name.size):
            self.make_room(name.size, 0)
        return int(intern_name(self.found.names, name, 0, name.size))

    def thread(self, process: int, thread: int, name: str) -> int:
        """Return the row of a thread; ids are -1 where unknown."""
        return self._threads.setdefault((process, thread, name), len(self._threads))

    def event(self, name: str) -> int:
        """Return the code of an event."""
        return self._events.setdefault(name, len(self._events))

    def node(self, stack: Sequence[int]) -> int:
        """Return the call-tree node of a stack of frames, innermost first; -1 if it is empty."""
        if int(self.found.nodes.state[0]) + len(stack) > self.found.nodes.parents.size:
            self.make_room(0, len(stack))
        return int(node_of(self.found.nodes, np.array(stack, np.int32), len(stack)))

    def add(self, node: int, thread: int, time_ns: int, weight: int, event: int) -> None:
        """Append one sample."""
        sample = self.samples
        if sample >= self.found.node.size:
            self.make_room(0, 0)
        found = self.found
        found.node[sample] = node
        found.thread[sample] = thread
        found.event[sample] = event
        found.time_ns[sample] = time_ns
        found.weight[sample] = weight
        self.state[SAMPLES] = sample + 1

    def learn_frame(self, line: bytes, row: int) -> None:
        """Learn that a line below a sample's first line is this frame."""
        number = self._remembered("lines", line)
        self.memory.line_facts[number, STACK_FRAME] = row

    def learn_own_frame(self, text: bytes, row: int) -> None:
        """Learn that this text behind the fields of a first line is this frame."""
        number = self._remembered("lines", text)
        self.memory.line_facts[number, OWN_FRAME] = row

    def learn_location(self, frame: int, line: bytes, row: int) -> None:
        """Learn that a line below this frame makes it the frame ``row``."""
        if int(self.memory.located.state[0]) >= self.memory.located.keys.shape[0]:
            self.make_room(0, 0)
        number = self._remembered("lines", line)
        place = intern_row(self.memory.located, frame, number, 0, 0)
        self.memory.located_frames[place] = row

    def learn_origin(self, text: bytes, thread: int) -> None:
        """Learn that this text before a time is this thread."""
        number = self._remembered("origins", text)
        self.memory.origin_threads[number] = thread

    def learn_event(self, text: bytes, *, weighted: bool, event: int) -> None:
        """Learn that this text behind a time, with or without a period, is this event."""
        number = self._remembered("events", text)
        self.memory.event_codes[number, WEIGHTED if weighted else UNWEIGHTED] = event

    def learn_head(self, text: bytes, sample: Sample) -> None:
        """Learn that this line, while no line had a time yet, begins such a sample."""
        number = self._remembered("heads", text)
        facts = (sample.thread, sample.weight, sample.event, sample.own_frame)
        self.memory.head_facts[number] = facts

    def _remembered(self, table: str, text: bytes) -> int:
        name = _bytes_of(text)
        names: Names = getattr(self.memory, table)
        if not has_room(names, name.size):
            self.make_room(name.size, 0)
            names = getattr(self.memory, table)
        return int(intern_name(names, name, 0, name.size))

    def collected(self, units: dict[str, str]) -> Collected:
        """Return everything found, for the tables of a profile."""
        found, samples = self.found, self.samples
        nodes = int(found.nodes.state[0])
        names = name_list(found.names)
        thread_names = dict.fromkeys(name for _, _, name in self._threads)
        numbers = {name: len(names) + place for place, name in enumerate(thread_names)}
        rows = [(process, thread, numbers[name]) for process, thread, name in self._threads]
        return Collected(
            names=[*names, *thread_names],
            frames=found.frames.keys[: int(found.frames.state[0])],
            parents=found.nodes.parents[:nodes],
            node_frames=found.nodes.frames[:nodes],
            threads=np.array(rows, np.int64).reshape(-1, 3),
            events=list(self._events),
            node=found.node[:samples],
            thread=found.thread[:samples],
            time_ns=found.time_ns[:samples],
            weight=found.weight[:samples],
            event=found.event[:samples],
            units=units,
        )


def _bytes_of(text: bytes) -> Bytes:
    return np.frombuffer(text, np.uint8)
