"""Reads ``perf.data`` itself, without perf: records, call chains, symbols.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` of Linux 6.1; perf_event_open(2).
"""

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute, parse_attribute
from slonana_analysis.readers.perf_data_file.frames import FrameNames, name_places
from slonana_analysis.readers.perf_data_file.header import (
    Header,
    read_header,
    take_build_id,
    take_feature,
)
from slonana_analysis.readers.perf_data_file.records import Records, find_records
from slonana_analysis.readers.perf_data_file.samples import Samples, read_samples
from slonana_analysis.readers.perf_data_file.side_band import (
    Spaces,
    epoch_numbers,
    follow,
    thread_rows,
)
from slonana_analysis.readers.perf_data_file.stacks import intern_stacks, merge_nodes
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer
from slonana_analysis.readers.perf_data_file.unwinding import unwound
from slonana_analysis.readers.profile_builder import Description

_CLOCKS = ("cpu-clock", "task-clock")


class PerfDataReader:
    """Reads perf's binary recordings."""

    name = "perf-data"
    description = "perf's binary recording, perf.data"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is perf.data."""
        return head.startswith((f.MAGIC, f.SWAPPED_MAGIC))

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a recording.

        Parameters
        ----------
        stream : binary file
            At its beginning.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Weights are periods: in ns for ``cpu-clock`` and ``task-clock``, else in events. Call
            chains are those of frame pointers; stacks that perf copied are unwound by perf itself,
            where it is installed. Symbols are those of this machine's files, if their build ids
            are the recorded ones.

        Raises
        ------
        FormatError
            If it is not a little-endian perf.data file, or states no event.
        """
        data = all_bytes(stream, source)
        losses = LossCounter()
        header = read_header(data, source, losses)
        records = find_records(data, header.begin, header.end, losses, source)
        _read_pipe_records(records, header)
        if not header.attributes:
            raise FormatError(f"{source} states no event, so that its samples cannot be read")
        copied = any(each.sample_type & f.STACK_USER for each in header.attributes)
        if copied and not losses.truncated:
            profile = unwound(source, header.attributes[0], losses)
            if profile is not None:
                return profile
        return _profile(data, records, header, losses, source)


def _read_pipe_records(records: Records, header: Header) -> None:
    """Take what perf writes as records when it cannot go back to a header."""
    kinds = (f.HEADER_ATTR, f.EVENT_UPDATE, f.FEATURE, f.BUILD_ID)
    for row in records.of(*kinds).tolist():
        raw, kind = records.raw(row), int(records.kinds[row])
        if kind == f.HEADER_ATTR and len(raw) >= 16:
            size = int.from_bytes(raw[12:16], "little")
            ids = np.frombuffer(raw[8 + size : len(raw) // 8 * 8], "<u8").tolist()
            attribute = parse_attribute(raw[8 : 8 + size], tuple(ids))
            if attribute is not None:
                header.attributes.append(attribute)
        elif kind == f.BUILD_ID:
            take_build_id(raw, header)
        elif kind == f.FEATURE and len(raw) >= 16:
            number = int.from_bytes(raw[8:16], "little")
            described = len(header.attributes)
            take_feature(number, raw[16:], header)
            _rename(header, described)


def _rename(header: Header, described: int) -> None:
    """Give events that came without a name the one that the description states."""
    stated = header.attributes[described:]
    if not described or not stated:
        return
    names = {each.ids: each.name for each in stated if each.ids}
    header.attributes = [
        Attribute(
            names.get(each.ids, each.name),
            each.sample_type,
            each.read_format,
            each.period,
            each.sample_id_all,
            each.ids,
        )
        for each in header.attributes[:described]
    ]


def _profile(
    data: NDArray[np.uint8], records: Records, header: Header, losses: LossCounter, source: str
) -> Profile:
    attributes = header.attributes
    timed = bool(attributes[0].sample_type & f.TIME)
    samples, order = _ordered(records, attributes, losses, timed=timed)
    moments = samples.time if timed else order
    spaces = follow(records, attributes[0], _moments(samples.process, moments), timed=timed)
    _note_recorder(spaces, losses)
    numbers, epochs = epoch_numbers(spaces, samples.process, moments)
    stacks = intern_stacks(records.data, samples, numbers)
    if stacks.discarded:
        losses.say(
            f"the call chains of {stacks.discarded} samples hold an impossible address, so these "
            "samples have no stack (perf leaves them out, too)"
        )
    places, names = name_places(stacks, spaces, epochs, _symbolizer(header, spaces), losses)
    parents, frames, node = merge_nodes(stacks.parents, places[stacks.places], stacks.node)
    thread, threads = thread_rows(spaces, (samples.process, samples.thread, moments))
    collected = _collected(samples, names, (parents, frames, node), thread, threads, attributes)
    if not timed:
        collected.time_ns[:] = -1
    description = Description(
        format="perf-data",
        tool="perf",
        unit=_unit(collected.events),
        loss=losses.ledger(data.size, node.size),
        header=header.facts,
    )
    return assemble(collected, description, source)


def _ordered(
    records: Records, attributes: Sequence[Attribute], losses: LossCounter, *, timed: bool
) -> tuple[Samples, NDArray[np.int64]]:
    """Return the sound samples in the order of time, and their rows among the records."""
    samples = read_samples(records, attributes)
    rows = records.of(f.SAMPLE)
    bad = np.flatnonzero(samples.sound == 0)
    if bad.size:
        losses.dropped += bad.size
        losses.bytes_lost += int((records.ends - records.begins)[rows[bad]].sum())
        losses.say(
            f"{bad.size} samples do not hold what their event asks for, the first at offset "
            f"{records.begins[rows[bad[0]]]}"
        )
    kept = np.flatnonzero(samples.sound)
    if timed:
        kept = kept[np.argsort(samples.time[kept], kind="stable")]
    return Samples(*(column[kept] for column in samples)), rows[kept]


def _moments(process: NDArray[np.int64], time: NDArray[np.int64]) -> dict[int, list[int]]:
    order = np.argsort(process, kind="stable")
    distinct, first = np.unique(process[order], return_index=True)
    parts = np.split(time[order], first[1:])
    return {pid: part.tolist() for pid, part in zip(distinct.tolist(), parts, strict=False)}


def _note_recorder(spaces: Spaces, losses: LossCounter) -> None:
    if spaces.lost:
        losses.say(f"perf itself reports {spaces.lost} lost events")
    if spaces.throttled:
        losses.say(
            f"the kernel throttled the sampling {spaces.throttled} times, so samples are missing"
        )


def _symbolizer(header: Header, spaces: Spaces) -> Symbolizer:
    kernel = (spaces.mappings[row] for row in spaces.kernel)
    reference = next((each.offset for each in kernel if each.path.startswith("[kernel")), 0)
    return Symbolizer(
        {**header.build_ids, **spaces.build_ids},
        header.facts.get("os release", ""),
        kernel_reference=reference,
    )


def _collected(
    samples: Samples,
    names: FrameNames,
    tree: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    thread: NDArray[np.int32],
    threads: Sequence[tuple[int, int, str]],
    attributes: Sequence[Attribute],
) -> Collected:
    parents, frames, node = tree
    events: dict[str, int] = {}
    numbers = np.array([events.setdefault(each.name, len(events)) for each in attributes])
    used, event = np.unique(numbers[samples.event], return_inverse=True)
    listed = list(events)
    rows = [(pid, tid, names.name(name)) for pid, tid, name in threads]
    chosen = [listed[number] for number in used.tolist()]
    units = {name: _unit([name]) for name in chosen}
    return Collected(
        names=names.names,
        frames=names.table(),
        parents=parents,
        node_frames=frames,
        threads=np.array(rows, np.int64).reshape(-1, 3),
        events=chosen,
        node=node,
        thread=thread,
        time_ns=samples.time.copy(),
        weight=samples.period,
        event=event.astype(np.int32),
        units=units if len(set(units.values())) > 1 else {},
    )


def _unit(events: Sequence[str]) -> str:
    units = {"ns" if name.partition(":")[0] in _CLOCKS else "events" for name in events}
    return units.pop() if len(units) == 1 else "mixed" if units else "samples"


READER = PerfDataReader()
