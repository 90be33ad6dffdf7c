"""Reads what heaptrack records: every allocation, its stack, and when memory was held."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.heaptrack_facts import (
    Facts,
    begins_as_heaptrack,
    file_version,
    read_facts,
)
from slonana_analysis.readers.heaptrack_records import (
    CUT,
    DROPPED,
    EVENTS,
    INFOS,
    KEPT,
    LINE,
    LOST,
    STAMPS,
    TROUBLES,
    Records,
    read_records,
)
from slonana_analysis.readers.heaptrack_replay import (
    Moments,
    detailed_rows,
    find_moments,
    held_at,
)
from slonana_analysis.readers.heaptrack_stacks import Stacks, build_stacks, strings
from slonana_analysis.readers.heaptrack_suppressions import BUILT_IN, suppressed_infos
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.scanning import Bytes

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "allocations": "allocations",
        "allocated": "bytes",
        "temporary": "allocations",
        "peak": "bytes",
        "leaked": "bytes",
        "suppressed": "bytes",
    }
)
"""Unit of each event that a recording has."""

_HEAD = 4096
_KINDS = ("empty", "detailed", "peak")
_LARGEST = 2.0**62


class HeaptrackReader:
    """Reads interpreted recordings of heaptrack 1.2 and newer, in memory."""

    name = "heaptrack"
    description = "recordings of heaptrack, packed or not"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is a recording of heaptrack."""
        return begins_as_heaptrack(head)

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a recording.

        Parameters
        ----------
        stream : binary file
            At its beginning, unpacked.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Per call path, as events of their own: ``allocations``, ``allocated`` (bytes in all),
            ``temporary`` (freed by the very next deallocation, as heaptrack counts them),
            ``peak`` (bytes held when most was), ``leaked`` (bytes held at the end) and
            ``suppressed`` (the same, at places where heaptrack expects it). ``snapshots`` has of
            each of up to 1,998 slices of time the moment at which most was held, and the end;
            ``held`` says where it was held, at up to 50 of these.

        Raises
        ------
        FormatError
            If the file is raw, of an unknown version, larger than half of the memory, or if its
            sums are larger than 64 bits hold.
        """
        data = all_bytes(stream, source)
        version = file_version(data[:_HEAD].tobytes(), source)
        records = read_records(data, sized=version >= NEWEST_UNSIZED + 1)
        facts = read_facts(data, records)
        _check_sums(records, source)
        history = _history(data, records, facts)
        description = Description(
            format=self.name,
            tool="heaptrack",
            unit="mixed",
            loss=_ledger(data, records, facts),
            header=facts.header,
        )
        # The tables need the room that the text and its records take.
        del data, records
        profile = assemble(_collected(history), description, source)
        return dataclasses.replace(
            profile,
            snapshots=_snapshot_table(history),
            held=_held_table(history),
            time_unit="ns",
        )


NEWEST_UNSIZED = 2
"""The last version of the file format whose strings do not state their length."""


@dataclass(frozen=True)
class _History:
    """A recording played again."""

    stacks: Stacks
    moments: Moments
    detailed: NDArray[np.int64]
    held: list[NDArray[np.int64]]
    amounts: dict[str, NDArray[np.int64]]


def _check_sums(records: Records, source: str) -> None:
    """Refuse sums that would overflow before anything is summed."""
    infos = records.state[INFOS]
    calls = records.calls[:infos].astype(np.float64)
    if float(calls @ np.maximum(records.sizes[:infos], 0)) > _LARGEST:
        raise FormatError(
            f"the allocations in {source} add up to more than 64 bits hold, so the file is "
            "damaged; record again"
        )


def _history(data: Bytes, records: Records, facts: Facts) -> _History:
    state = records.state
    infos = int(state[INFOS])
    sizes, events = np.maximum(records.sizes[:infos], 0), records.events[: state[EVENTS]]
    stacks = build_stacks(data, records)
    moments, temporary = find_moments(events, sizes, records.stamps[: state[STAMPS]])
    places = len(stacks.places)
    detailed = detailed_rows(moments, places)
    held = held_at(events, sizes, stacks.place_of_info, moments.position[detailed], places)
    left = records.live[:infos] * sizes
    quiet = suppressed_infos(records, strings(data, records), (*BUILT_IN, *facts.suppressions))
    by_info = {
        "allocations": records.calls[:infos],
        "allocated": records.calls[:infos] * sizes,
        "temporary": temporary,
        "leaked": np.where(quiet, 0, left),
        "suppressed": np.where(quiet, left, 0),
    }
    amounts = {name: _sum(stacks.place_of_info, row, places) for name, row in by_info.items()}
    amounts["peak"] = np.zeros(places, np.int64)
    rows = held[int(np.searchsorted(detailed, moments.peak))]
    amounts["peak"][rows[:, 0]] = rows[:, 1]
    return _History(stacks, moments, detailed, held, amounts)


def _sum(places: NDArray[np.int32], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    sums = np.zeros(count, np.int64)
    np.add.at(sums, places, values)
    return sums


def _collected(history: _History) -> Collected:
    stacks = history.stacks
    rows = {name: np.flatnonzero(history.amounts[name]) for name in UNITS}
    events = [np.full(rows[name].size, code, np.int32) for code, name in enumerate(UNITS)]
    node = stacks.places[np.concatenate(list(rows.values()))]
    return Collected(
        names=stacks.names,
        frames=stacks.frames,
        parents=stacks.parents,
        node_frames=stacks.node_frames,
        threads=np.array([[-1, -1, -1]], np.int64),
        events=list(UNITS),
        node=node,
        thread=np.zeros(node.size, np.int32),
        time_ns=np.full(node.size, -1, np.int64),
        weight=np.concatenate([history.amounts[name][rows[name]] for name in UNITS]),
        event=np.concatenate(events),
        units=dict(UNITS),
    )


def _snapshot_table(history: _History) -> pd.DataFrame:
    moments = history.moments
    kind = np.zeros(moments.time.size, np.int8)
    kind[history.detailed] = _KINDS.index("detailed")
    kind[moments.peak] = _KINDS.index("peak")
    return schema.SNAPSHOTS.conform(
        pd.DataFrame(
            {
                "time": moments.time,
                "heap": moments.heap,
                "overhead": np.zeros(moments.time.size, np.int64),
                "stack": np.zeros(moments.time.size, np.int64),
                "kind": pd.Categorical.from_codes(kind, categories=pd.Index(_KINDS, dtype="str")),
            }
        )
    )


def _held_table(history: _History) -> pd.DataFrame:
    counts = [len(rows) for rows in history.held]
    rows = np.concatenate(history.held) if counts else np.empty((0, 2), np.int64)
    return schema.HELD.conform(
        pd.DataFrame(
            {
                "snapshot": np.repeat(history.detailed, counts),
                "node": history.stacks.places[rows[:, 0]],
                "weight": rows[:, 1],
            }
        )
    )


def _ledger(data: Bytes, records: Records, facts: Facts) -> LossLedger:
    state, losses = records.state, LossCounter()
    cut, line = int(state[CUT]), int(state[LINE])
    losses.bytes_lost = int(state[LOST]) + cut
    losses.dropped = int(state[DROPPED]) + (cut > 0)
    for (number, first), kind in zip(records.troubles.tolist(), TROUBLES, strict=True):
        if number:
            losses.say(f"{number} {kind}, the first at line {first}")
    for reason in facts.reasons:
        losses.say(reason)
    losses.truncated = bool(cut) or not facts.finished
    if losses.truncated:
        where = f"inside line {line + 1}" if cut else f"behind line {line}"
        losses.say(
            f"the file ends {where}, before the totals that heaptrack writes last: the recording "
            "was cut, so 'leaked' is what was held there and not what leaked, and 'peak' is the "
            "peak up to there"
        )
    return losses.ledger(int(data.size), int(state[KEPT] + state[EVENTS]))


READER = HeaptrackReader()
