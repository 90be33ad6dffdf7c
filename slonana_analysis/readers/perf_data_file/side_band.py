"""What was mapped where and what threads were called, at every moment of a recording.

References
----------
perf_event_open(2): PERF_RECORD_MMAP, MMAP2, COMM, FORK and the trailing ``struct sample_id``;
PERF_RECORD_KSYMBOL.
"""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute
from slonana_analysis.readers.perf_data_file.records import Records

KERNEL_SPACE = -2
_KERNEL_PROCESS = -1
_EXECUTABLE = 4
_LONGEST_PATH = 4096
_IDENTITY = (f.TID, f.TIME, f.ID, f.STREAM_ID, f.CPU, f.IDENTIFIER)
_MAPS = (f.MMAP, f.MMAP2)


@dataclass(frozen=True)
class Mapping:
    """A stretch of a file in an address space; ``process`` is who mapped it."""

    start: int
    end: int
    offset: int
    path: str
    process: int
    executable: bool


@dataclass
class Epoch:
    """The mappings of a process from a moment on: rows of ``Spaces.mappings``."""

    time: int
    rows: tuple[int, ...]


@dataclass
class Spaces:
    """All address spaces of a recording.

    Attributes
    ----------
    mappings : list of Mapping
        Every stretch that was ever mapped; parts of a stretch that was partly replaced are
        mappings of their own.
    epochs : dict of int to list of Epoch
        By process, in the order of time.
    kernel : list of int
        Rows of what the kernel consists of.
    names : dict of int to list of (int, str)
        By thread: its names, with the moment of each.
    build_ids : dict of str to bytes
        Build ids that mappings state.
    lost, throttled : int
        Events that perf says it lost, and how often the kernel slowed it down.
    """

    mappings: list[Mapping] = field(default_factory=list)
    epochs: dict[int, list[Epoch]] = field(default_factory=dict)
    kernel: list[int] = field(default_factory=list)
    names: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    build_ids: dict[str, bytes] = field(default_factory=dict)
    lost: int = 0
    throttled: int = 0


def follow(
    records: Records, attribute: Attribute, sampled: dict[int, list[int]], *, timed: bool
) -> Spaces:
    """Return the address spaces as they changed.

    Parameters
    ----------
    records : Records
        Of the file.
    attribute : Attribute
        Whose layout the identity at the end of records has.
    sampled : dict of int to list of int
        By process the sorted moments of its samples: between changes without a sample nothing
        needs to be kept.
    timed : bool
        Whether records state their time; otherwise their place in the file stands for it.
    """
    rows = records.of(*_MAPS, f.COMM, f.FORK, f.KSYMBOL, f.LOST, f.LOST_SAMPLES, f.THROTTLE)
    clock = _Clock(attribute, timed=timed)
    dated = [
        (clock.time(raw, row), row, raw) for row in rows.tolist() for raw in (records.raw(row),)
    ]
    # perf puts what existed before the recording at time 0.
    dated.sort(key=lambda each: each[:2])
    follower = _Follower(sampled)
    for time, row, raw in dated:
        follower.take(int(records.kinds[row]), time, raw)
    return follower.spaces


class _Clock:
    """Finds the time at the end of a record."""

    def __init__(self, attribute: Attribute, *, timed: bool) -> None:
        kind = attribute.sample_type if attribute.sample_id_all else 0
        self._behind = 8 * sum(bool(kind & bit) for bit in _IDENTITY)
        self._before = 8 * bool(kind & f.TID)
        self._dated = bool(kind & f.TIME)
        self._timed = timed

    def time(self, raw: bytes, row: int) -> int:
        """Return the time of a record in ns; 0 if it states none."""
        if not self._timed:
            return row
        at = len(raw) - self._behind + self._before
        if not self._dated or at < f.RECORD_HEADER or at + 8 > len(raw):
            return 0
        return int(struct.unpack_from("<q", raw, at)[0])


class _Follower:
    def __init__(self, sampled: dict[int, list[int]]) -> None:
        self.spaces = Spaces()
        self._sampled = sampled

    def take(self, kind: int, time: int, raw: bytes) -> None:
        """Apply one record; one that is too short for its kind changes nothing."""
        spaces = self.spaces
        misc = struct.unpack_from("<H", raw, 4)[0]
        if kind in _MAPS:
            self._map(kind, misc, time, raw)
        elif kind == f.COMM and len(raw) >= 17:
            # What was mapped before an exec stays, as in perf, until something is mapped over it:
            # the last samples of the old program fall behind this record.
            thread = struct.unpack_from("<i", raw, 12)[0]
            spaces.names.setdefault(thread, []).append((time, _text(raw[16:])))
        elif kind == f.FORK and len(raw) >= 24:
            self._fork(misc, time, *struct.unpack_from("<iiii", raw, 8))
        elif kind == f.KSYMBOL and len(raw) >= 25:
            start, length = struct.unpack_from("<QI", raw, 8)
            self._keep_kernel(Mapping(start, start + length, 0, _text(raw[24:]), -1, True))
        elif kind == f.LOST and len(raw) >= 24:
            spaces.lost += struct.unpack_from("<Q", raw, 16)[0]
        elif kind == f.LOST_SAMPLES and len(raw) >= 16:
            spaces.lost += struct.unpack_from("<Q", raw, 8)[0]
        elif kind == f.THROTTLE:
            spaces.throttled += 1

    def _map(self, kind: int, misc: int, time: int, raw: bytes) -> None:
        name_at = 72 if kind == f.MMAP2 else 40
        if len(raw) <= name_at:
            return
        process, _, start, length, offset = struct.unpack_from("<iiQQQ", raw, 8)
        path = _text(raw[name_at:])
        executable = not misc & f.MAPS_DATA
        if kind == f.MMAP2:
            executable = bool(struct.unpack_from("<I", raw, 64)[0] & _EXECUTABLE)
            if misc & f.MAPS_BUILD_ID:
                self.spaces.build_ids[path] = raw[44 : 44 + min(raw[40], 20)]
        end = min(start + length, (1 << 64) - 1)
        mapping = Mapping(start, end, offset, path, process, executable)
        if process == _KERNEL_PROCESS or misc & f.CPU_MODE == f.KERNEL_MODE:
            self._keep_kernel(mapping)
        elif start < end:
            self._insert(mapping, time)

    def _keep_kernel(self, mapping: Mapping) -> None:
        self.spaces.kernel.append(self._add(mapping))

    def _add(self, mapping: Mapping) -> int:
        self.spaces.mappings.append(mapping)
        return len(self.spaces.mappings) - 1

    def _insert(self, new: Mapping, time: int) -> None:
        """Map a stretch over whatever lies there."""
        kept = []
        for row in self._current(new.process):
            old = self.spaces.mappings[row]
            if old.end <= new.start or old.start >= new.end:
                kept.append(row)
                continue
            if old.start < new.start:
                kept.append(self._add(_part(old, old.start, new.start)))
            if old.end > new.end:
                kept.append(self._add(_part(old, new.end, old.end)))
        self._change(new.process, time, (*kept, self._add(new)))

    def _fork(
        self, misc: int, time: int, process: int, parent: int, thread: int, parent_thread: int
    ) -> None:
        if process != parent and not misc & f.FORK_EXEC:
            self._change(process, time, self._current(parent))
        named = self.spaces.names.get(parent_thread)
        if named:
            self.spaces.names.setdefault(thread, []).append((time, named[-1][1]))

    def _current(self, process: int) -> tuple[int, ...]:
        epochs = self.spaces.epochs.get(process)
        return epochs[-1].rows if epochs else ()

    def _change(self, process: int, time: int, rows: tuple[int, ...]) -> None:
        epochs = self.spaces.epochs.setdefault(process, [])
        moments = self._sampled.get(process, [])
        # Nobody asks what was mapped while nothing was sampled.
        if epochs and bisect_left(moments, epochs[-1].time) == bisect_left(moments, time):
            epochs[-1] = Epoch(epochs[-1].time, rows)
        else:
            epochs.append(Epoch(time, rows))


def _part(old: Mapping, start: int, end: int) -> Mapping:
    offset = old.offset + start - old.start
    return Mapping(start, end, offset, old.path, old.process, old.executable)


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0][:_LONGEST_PATH].decode("utf-8", "backslashreplace")


def epoch_numbers(
    spaces: Spaces, process: NDArray[np.int64], time: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[Epoch]]:
    """Return which epoch each sample falls into.

    Parameters
    ----------
    spaces : Spaces
        From ``follow``.
    process, time : ndarray of int64, shape (n_samples,)
        Of each sample.

    Returns
    -------
    numbers : ndarray of int64, shape (n_samples,)
        Index into the list; -1 where nothing is known of the process at that time.
    epochs : list of Epoch
        Every epoch.
    """
    numbers = np.full(process.size, -1, np.int64)
    every: list[Epoch] = []
    order = np.argsort(process, kind="stable")
    distinct, first = np.unique(process[order], return_index=True)
    for place, pid in enumerate(distinct.tolist()):
        epochs = spaces.epochs.get(pid)
        if not epochs:
            continue
        mine = order[first[place] : first[place + 1] if place + 1 < distinct.size else None]
        at = np.searchsorted([epoch.time for epoch in epochs], time[mine], side="right") - 1
        numbers[mine] = np.where(at >= 0, at + len(every), -1)
        every += epochs
    return numbers, every


def thread_rows(
    spaces: Spaces, samples: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.int32], Sequence[tuple[int, int, str]]]:
    """Return the thread of each sample, and the distinct threads with their names.

    Parameters
    ----------
    spaces : Spaces
        From ``follow``.
    samples : tuple of ndarray of int64, shape (n_samples,)
        Process, thread and time of each sample.

    Returns
    -------
    rows : ndarray of int32, shape (n_samples,)
        Index into the sequence.
    threads : sequence of (int, int, str)
        Process, thread, name. A thread that nobody named is called ``:id``, as perf does.
    """
    process, thread, time = samples
    rows = np.zeros(process.size, np.int32)
    threads: dict[tuple[int, int, str], int] = {}
    pairs, of_pair = np.unique(np.stack([process, thread]), axis=1, return_inverse=True)
    for pair, (pid, tid) in enumerate(pairs.T.tolist()):
        mine = np.flatnonzero(of_pair.ravel() == pair)
        named = spaces.names.get(tid, [])
        at = np.searchsorted([moment for moment, _ in named], time[mine], side="right")
        for place in np.unique(at).tolist():
            name = named[place - 1][1] if place else _unnamed(pid, tid)
            row = threads.setdefault((pid, tid, name), len(threads))
            rows[mine[at == place]] = row
    return rows, list(threads)


def _unnamed(process: int, thread: int) -> str:
    return "swapper" if process == 0 and thread == 0 else f":{thread}"
