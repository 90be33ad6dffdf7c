"""What records between the samples say: what was mapped where, what threads were called.

References
----------
perf_event_open(2): PERF_RECORD_MMAP, MMAP2, COMM, FORK, LOST, THROTTLE and the trailing
``struct sample_id``; PERF_RECORD_KSYMBOL.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute
from slonana_analysis.readers.perf_data_file.records import Records

_KERNEL_PROCESS = -1
_EXECUTABLE = 4
_LONGEST_PATH = 4096
_HIGHEST = (1 << 64) - 1
_IDENTITY = (f.TID, f.TIME, f.ID, f.STREAM_ID, f.CPU, f.IDENTIFIER)
_MAPS = (f.MMAP, f.MMAP2)


class Mapping(NamedTuple):
    """A stretch of a file in an address space; ``process`` is who mapped it."""

    start: int
    end: int
    offset: int
    path: str
    process: int
    executable: bool


class Change(NamedTuple):
    """A process's mappings change: ``mapping`` is added, or all of ``parent``'s are taken over."""

    time: int
    process: int
    mapping: int
    parent: int


@dataclass
class SideBand:
    """What happened between the samples.

    Attributes
    ----------
    mappings : list of Mapping
        Every stretch that was ever mapped.
    changes : list of Change
        Of address spaces, in the order of time.
    kernel : list of int
        Rows of the mappings that the kernel consists of.
    names : dict of int to list of (int, str)
        By thread: its names, with the moment of each.
    build_ids : dict of str to bytes
        Build ids that mappings state.
    lost, throttled : int
        Events that perf says it lost, and how often the kernel slowed it down.
    """

    mappings: list[Mapping] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    kernel: list[int] = field(default_factory=list)
    names: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    build_ids: dict[str, bytes] = field(default_factory=dict)
    lost: int = 0
    throttled: int = 0


def read_side_band(records: Records, attributes: Sequence[Attribute], *, timed: bool) -> SideBand:
    """Return what happened between the samples.

    Parameters
    ----------
    records : Records
        Of the file.
    attributes : sequence of Attribute
        Whose layout the identity at the end of records has.
    timed : bool
        Whether records state their time; otherwise their row stands for it.
    """
    side = SideBand()
    for time, row in _in_order_of_time(records, attributes, timed=timed):
        _take(side, int(records.kinds[row]), time, records.raw(row))
    return side


def _in_order_of_time(
    records: Records, attributes: Sequence[Attribute], *, timed: bool
) -> Iterator[tuple[int, int]]:
    kinds = (*_MAPS, f.COMM, f.FORK, f.KSYMBOL, f.LOST, f.LOST_SAMPLES, f.THROTTLE)
    rows = records.of(*kinds).tolist()
    if not timed:
        return iter([(row, row) for row in rows])
    clock = _Clock(attributes)
    # perf puts what existed before the recording at time 0.
    return iter(sorted((clock.time(records.raw(row)), row) for row in rows))


class _Clock:
    """Finds the time at the end of a record."""

    def __init__(self, attributes: Sequence[Attribute]) -> None:
        places = [_time_from_end(attribute) for attribute in attributes]
        self._place = places[0]
        # Where events differ in their layout, the last word says whose it is.
        self._by_id = (
            {id_: place for each, place in zip(attributes, places, strict=True) for id_ in each.ids}
            if len(set(places)) > 1 and all(each.sample_type & f.IDENTIFIER for each in attributes)
            else {}
        )

    def time(self, raw: bytes) -> int:
        """Return the time of a record in ns; 0 if it states none."""
        place = self._place
        if self._by_id and len(raw) >= 16:
            place = self._by_id.get(int.from_bytes(raw[-8:], "little"), place)
        at = len(raw) - place
        return int.from_bytes(raw[at : at + 8], "little") if place and at >= 8 else 0


def _time_from_end(attribute: Attribute) -> int:
    """Return how many bytes before the end of a record its time begins; 0 if it has none."""
    kind = attribute.sample_type
    if not attribute.sample_id_all or not kind & f.TIME:
        return 0
    return 8 * sum(bool(kind & bit) for bit in _IDENTITY if bit != f.TID)


def _take(side: SideBand, kind: int, time: int, raw: bytes) -> None:
    """Apply one record; one that is too short for its kind changes nothing."""
    if kind in _MAPS:
        _map(side, kind, time, raw)
    elif kind == f.COMM and len(raw) >= 17:
        # What was mapped before an exec stays, as in perf, until something is mapped over it:
        # the last samples of the old program fall behind this record.
        (thread,) = struct.unpack_from("<i", raw, 12)
        side.names.setdefault(thread, []).append((time, _text(raw[16:])))
    elif kind == f.FORK and len(raw) >= 24:
        _fork(side, time, raw)
    elif kind == f.KSYMBOL and len(raw) >= 25:
        _kernel_symbol(side, raw)
    elif kind == f.LOST and len(raw) >= 24:
        side.lost += int.from_bytes(raw[16:24], "little")
    elif kind == f.LOST_SAMPLES and len(raw) >= 16:
        side.lost += int.from_bytes(raw[8:16], "little")
    elif kind == f.THROTTLE:
        side.throttled += 1


def _map(side: SideBand, kind: int, time: int, raw: bytes) -> None:
    name_at = 72 if kind == f.MMAP2 else 40
    if len(raw) <= name_at:
        return
    (misc,) = struct.unpack_from("<H", raw, 4)
    process, _, start, length, offset = struct.unpack_from("<iiQQQ", raw, 8)
    path = _text(raw[name_at:])
    executable = not misc & f.MAPS_DATA
    if kind == f.MMAP2:
        executable = bool(raw[64] & _EXECUTABLE)
        if misc & f.MAPS_BUILD_ID:
            side.build_ids[path] = raw[44 : 44 + min(raw[40], 20)]
    end = min(start + length, _HIGHEST)
    mapping = Mapping(start, end, offset, path, process, executable)
    if process == _KERNEL_PROCESS or misc & f.CPU_MODE == f.KERNEL_MODE:
        side.kernel.append(len(side.mappings))
    elif start < end:
        side.changes.append(Change(time, process, len(side.mappings), 0))
    side.mappings.append(mapping)


def _kernel_symbol(side: SideBand, raw: bytes) -> None:
    start, length, _, flags = struct.unpack_from("<QIHH", raw, 8)
    if flags & f.SYMBOL_GONE:
        return
    side.kernel.append(len(side.mappings))
    end, path = min(start + length, _HIGHEST), _text(raw[24:])
    side.mappings.append(Mapping(start, end, 0, path, _KERNEL_PROCESS, executable=True))


def _fork(side: SideBand, time: int, raw: bytes) -> None:
    (misc,) = struct.unpack_from("<H", raw, 4)
    process, parent, thread, parent_thread = struct.unpack_from("<iiii", raw, 8)
    if process != parent and not misc & f.FORK_EXEC:
        side.changes.append(Change(time, process, -1, parent))
    named = side.names.get(parent_thread)
    if named:
        side.names.setdefault(thread, []).append((time, named[-1][1]))


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0][:_LONGEST_PATH].decode("utf-8", "backslashreplace")
