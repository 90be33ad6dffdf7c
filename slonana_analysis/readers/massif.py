"""Reads what valgrind's heap profiler massif writes, and heaptrack's export to the same format."""

import dataclasses
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import line_blocks
from slonana_analysis.readers.interning import intern_name, name_list
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.massif_header import Header, read_header
from slonana_analysis.readers.massif_labels import THRESHOLD, frame_rows
from slonana_analysis.readers.massif_lines import DETAILED, PEAK, finish_snapshot, take_lines
from slonana_analysis.readers.massif_tree import (
    CUT,
    DROPPED,
    HEAP,
    HELD,
    KIND,
    LINE,
    LOST,
    OVERHEAD,
    SCALE,
    SNAPSHOTS,
    STACK,
    TIME,
    TROUBLES,
    Tables,
    new_tables,
    with_room,
)
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.scanning import Bytes, line_end

_KINDS = ("empty", "detailed", "peak")
_EVENT = "peak"


class MassifReader:
    """Reads massif output of any time unit, with trees of any depth."""

    name = "massif"
    description = "heap snapshots of 'valgrind --tool=massif'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is massif output."""
        return read_header(np.frombuffer(head, np.uint8)).known

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a massif file.

        Parameters
        ----------
        stream : binary file
            At the beginning of the text.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Bytes by call path: callers are parents and what massif calls allocation functions is
            left out. ``snapshots`` has every whole snapshot, ``held`` what each call path holds
            itself in those with a tree. The samples are those of the peak, or of the largest tree
            where none is marked. A snapshot that the file ends in, or that lacks a field, is
            dropped and counted in the ledger.

        Raises
        ------
        FormatError
            If a line is longer than 128 MiB, or the weights add up to more than 64 bits hold.
        """
        tables = new_tables()
        threshold = np.frombuffer(THRESHOLD.encode(), np.uint8)
        intern_name(tables.labels, threshold, 0, threshold.size)
        header, total = Header(), 0
        for block in line_blocks(stream, source):
            begin = 0
            if total == 0:
                header = read_header(block)
                begin = header.size
                tables.state[LINE], tables.state[SCALE] = header.lines, header.scale
                tables.state[LOST] = header.lost
            total += block.size
            tables = _take_block(block, begin, tables)
        return _profile(tables, header, total, source)


def _take_block(block: Bytes, begin: int, tables: Tables) -> Tables:
    position = begin
    while (position := int(take_lines(block, position, tables))) < block.size:
        tables = with_room(tables, int(line_end(block, position, block.size)) - position)
    return tables


def _profile(tables: Tables, header: Header, total: int, source: str) -> Profile:
    loss, peak = _settle(tables, header, total)
    held = tables.held[: tables.state[HELD]]
    chosen = held[held[:, 0] == peak]
    count = int(tables.nodes.state[0])
    names, frames = frame_rows(name_list(tables.labels))
    profile = assemble(
        Collected(
            names=names,
            frames=frames,
            parents=tables.nodes.parents[:count],
            node_frames=tables.nodes.frames[:count],
            threads=np.array([[-1, -1, -1]], np.int64),
            events=[_EVENT],
            node=chosen[:, 1].astype(np.int32),
            thread=np.zeros(len(chosen), np.int32),
            time_ns=np.full(len(chosen), -1, np.int64),
            weight=chosen[:, 2],
            event=np.zeros(len(chosen), np.int32),
        ),
        Description(
            format=READER.name, tool="massif", unit="bytes", loss=loss, header=header.facts
        ),
        source,
    )
    return dataclasses.replace(
        profile,
        snapshots=_snapshot_table(tables.snapshots[: tables.state[SNAPSHOTS]]),
        held=schema.HELD.conform(
            pd.DataFrame({"snapshot": held[:, 0], "node": held[:, 1], "weight": held[:, 2]})
        ),
        time_unit=header.time_unit,
    )


def _snapshot_table(snapshots: NDArray[np.int64]) -> pd.DataFrame:
    return schema.SNAPSHOTS.conform(
        pd.DataFrame(
            {
                "time": snapshots[:, TIME],
                "heap": snapshots[:, HEAP],
                "overhead": snapshots[:, OVERHEAD],
                "stack": snapshots[:, STACK],
                "kind": pd.Categorical.from_codes(
                    snapshots[:, KIND], categories=pd.Index(_KINDS, dtype="str")
                ),
            }
        )
    )


def _settle(tables: Tables, header: Header, total: int) -> tuple[LossLedger, int]:
    """Settle the end of the text; return the ledger and the row of the peak (-1: there is none)."""
    state, losses = tables.state, LossCounter()
    cut, line = int(state[CUT]), int(state[LINE])
    whole = bool(finish_snapshot(tables))
    snapshots = tables.snapshots[: state[SNAPSHOTS]]
    losses.bytes_lost = int(state[LOST]) + cut
    # Half a line behind a whole snapshot is the next one's.
    losses.dropped = int(state[DROPPED]) + (1 if cut and whole and header.complete else 0)
    for (number, first), kind in zip(tables.troubles.tolist(), TROUBLES, strict=True):
        if number:
            losses.say(f"{number} {kind}, the first at line {first}")
    for reason in header.reasons:
        losses.say(reason)
    losses.truncated = bool(cut) or not whole or not len(snapshots)
    if cut:
        losses.say(f"the file ends inside line {line + 1}; the snapshot it belongs to was dropped")
    elif not whole:
        losses.say(f"the file ends behind line {line}, inside a snapshot, which was dropped")
    elif not len(snapshots):
        losses.say("the file ends before its first snapshot")
    peak = _peak_row(snapshots, losses)
    return losses.ledger(total, len(snapshots)), peak


def _peak_row(snapshots: NDArray[np.int64], losses: LossCounter) -> int:
    marked = np.flatnonzero(snapshots[:, KIND] == PEAK)
    if marked.size:
        if marked.size > 1:
            losses.say(f"{marked.size} snapshots are marked as the peak; the last is taken")
        return int(marked[-1])
    detailed = np.flatnonzero(snapshots[:, KIND] == DETAILED)
    if not detailed.size:
        return -1
    row = int(detailed[np.argmax(snapshots[detailed, HEAP])])
    losses.say(
        "no snapshot is marked as the peak: the file ends before it, or the program never freed "
        f"memory; the largest snapshot with a tree (row {row}) stands for it"
    )
    return row


READER = MassifReader()
