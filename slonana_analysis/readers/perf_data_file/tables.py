"""From the records of perf.data to the tables of a profile."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.assembly import Collected
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.address_spaces import epoch_numbers
from slonana_analysis.readers.perf_data_file.attributes import Attribute
from slonana_analysis.readers.perf_data_file.features import Facts
from slonana_analysis.readers.perf_data_file.frames import name_places
from slonana_analysis.readers.perf_data_file.header import Header
from slonana_analysis.readers.perf_data_file.records import Records
from slonana_analysis.readers.perf_data_file.samples import Samples, read_samples
from slonana_analysis.readers.perf_data_file.side_band import SideBand, read_side_band
from slonana_analysis.readers.perf_data_file.stacks import Stacks, intern_stacks, merge_nodes
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer
from slonana_analysis.readers.perf_data_file.threads import thread_rows

_CLOCKS = ("cpu-clock", "task-clock")


def collect(records: Records, header: Header, losses: LossCounter) -> Collected:
    """Return the samples of a recording with their stacks, threads and weights.

    Parameters
    ----------
    records : Records
        Of the file.
    header : Header
        With at least one event.
    losses : LossCounter
        Told of samples that do not hold what they should, of what perf itself lost, and why
        symbols are missing.

    Returns
    -------
    Collected
        Samples in the order of time, or of the file where no time was recorded.
    """
    attributes = header.attributes
    timed = all(each.sample_type & f.TIME for each in attributes)
    samples, rows = _sound_samples(records, attributes, losses)
    if not timed:
        # The place in the file stands for the time.
        samples = samples._replace(time=rows)
    side = read_side_band(records, attributes, timed=timed)
    _note_recorder(side, losses)
    stacks = intern_stacks(
        records.data, samples, epoch_numbers(side, samples.process, samples.time)
    )
    _note_discarded(stacks, losses)
    places, names = name_places(stacks, side, _symbolizer(header.facts, side), losses)
    parents, frames, node = merge_nodes(stacks.parents, places[stacks.places], stacks.node)
    identity = (samples.process, samples.thread)
    thread, threads = thread_rows(side.names, identity, samples.time)
    named = [(pid, tid, names.name(name)) for pid, tid, name in threads]
    events, event = _events(attributes, samples.event)
    units = {name: unit_of([name]) for name in events}
    order = np.argsort(samples.time, kind="stable") if timed else np.arange(node.size)
    return Collected(
        names=names.names,
        frames=names.table(),
        parents=parents,
        node_frames=frames,
        threads=np.array(named, np.int64).reshape(-1, 3),
        events=events,
        node=node[order],
        thread=thread[order],
        time_ns=samples.time[order] if timed else np.full(node.size, -1, np.int64),
        weight=samples.period[order],
        event=event[order],
        units=units if len(set(units.values())) > 1 else {},
    )


def unit_of(events: Sequence[str]) -> str:
    """Return the unit of some events' weights: ns, events, or mixed; samples if there are none."""
    units = {"ns" if name.partition(":")[0] in _CLOCKS else "events" for name in events}
    return units.pop() if len(units) == 1 else "mixed" if units else "samples"


def _sound_samples(
    records: Records, attributes: Sequence[Attribute], losses: LossCounter
) -> tuple[Samples, NDArray[np.int64]]:
    """Return the sound samples, and their rows among the records."""
    samples = read_samples(records, attributes)
    rows = records.of(f.SAMPLE)
    bad = rows[~samples.sound]
    if not bad.size:
        return samples, rows
    losses.dropped += bad.size
    # What was unpacked lies behind the file, and is no byte of it.
    losses.bytes_lost += int(records.sizes[bad][records.begins[bad] < records.file_size].sum())
    losses.say(
        f"{bad.size} samples do not hold what their event asks for, or numbers that cannot be, "
        f"the first at offset {records.begins[bad[0]]}"
    )
    kept = {name: column[samples.sound] for name, column in samples._asdict().items()}
    return Samples(**kept), rows[samples.sound]


def _note_recorder(side: SideBand, losses: LossCounter) -> None:
    if side.lost:
        losses.say(f"perf itself reports {side.lost} lost events")
    if side.throttled:
        losses.say(
            f"the kernel throttled the sampling {side.throttled} times, so samples are missing"
        )


def _note_discarded(stacks: Stacks, losses: LossCounter) -> None:
    if stacks.discarded:
        losses.say(
            f"the call chains of {stacks.discarded} samples hold an impossible address, so these "
            "samples have no stack (perf leaves them out, too)"
        )


def _symbolizer(facts: Facts, side: SideBand) -> Symbolizer:
    kernel = (side.mappings[row] for row in side.kernel)
    reference = next((each.offset for each in kernel if each.path.startswith("[kernel")), 0)
    return Symbolizer(
        {**facts.build_ids, **side.build_ids},
        facts.texts.get("os release", ""),
        kernel_reference=reference,
    )


def _events(
    attributes: Sequence[Attribute], event: NDArray[np.int32]
) -> tuple[list[str], NDArray[np.int32]]:
    """Return the names of the events that have samples, and which of them each sample is of."""
    numbers: dict[str, int] = {}
    by_row = np.array(
        [numbers.setdefault(each.name, len(numbers)) for each in attributes], np.int32
    )
    used = np.zeros(len(numbers), np.bool_)
    used[by_row[event]] = True
    place = np.cumsum(used, dtype=np.int32) - 1
    return [name for name, number in numbers.items() if used[number]], place[by_row[event]]
