"""What must hold of anything that a reader returns, however broken the file was."""

import dataclasses

import numpy as np
import pandas as pd

from slonana_analysis.model import schema
from slonana_analysis.model.counters import Counters
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.model.reading import Reading
from slonana_analysis.model.table import Table
from slonana_analysis.model.traffic import Traffic

_PROFILE_TABLES = {
    "frames": schema.FRAMES,
    "nodes": schema.NODES,
    "threads": schema.THREADS,
    "samples": schema.PROFILE_SAMPLES,
    "edges": schema.EDGES,
    "snapshots": schema.SNAPSHOTS,
    "held": schema.HELD,
}


def problems(reading: Reading, size: int) -> list[str]:
    """Return what is wrong with a reading of ``size`` bytes."""
    found = ledger_problems(reading.loss, size)
    if isinstance(reading, Profile):
        for name, table in _PROFILE_TABLES.items():
            found += table_problems(getattr(reading, name), table)
        found += profile_problems(reading)
    elif isinstance(reading, Traffic):
        found += table_problems(reading.packets, schema.PACKETS)
        found += table_problems(reading.flows, schema.FLOWS)
        found += _within("packets.flow", reading.packets["flow"], -1, len(reading.flows))
    elif isinstance(reading, Counters):
        found += table_problems(reading.table, schema.COUNTERS)
    return found


def ledger_problems(loss: LossLedger, size: int) -> list[str]:
    """Return where the ledger contradicts itself or the file."""
    found = []
    if loss.bytes != size:
        found.append(f"the ledger has {loss.bytes} bytes of {size}")
    if not 0 <= loss.bytes_read <= loss.bytes:
        found.append(f"{loss.bytes_read} of {loss.bytes} bytes were read")
    if loss.records < 0 or loss.dropped < 0:
        found.append(f"{loss.records} records, {loss.dropped} dropped")
    lost = loss.bytes_read < loss.bytes or loss.dropped or loss.truncated
    if lost and not loss.reasons:
        found.append(f"loss without a reason: {dataclasses.replace(loss)}")
    found += [f"a reason of several lines: {reason!r}" for reason in loss.reasons if "\n" in reason]
    return found


def table_problems(frame: pd.DataFrame, table: Table) -> list[str]:
    """Return where a frame is not the table of the schema."""
    if list(frame.columns) != table.names:
        return [f"{table.name} has the columns {list(frame.columns)}"]
    empty = table.empty()
    return [
        f"{table.name}.{name} is {frame[name].dtype}"
        for name in table.names
        if frame[name].dtype.name != empty[name].dtype.name
    ]


def profile_problems(profile: Profile) -> list[str]:
    """Return references of a profile's tables that lead nowhere."""
    nodes, frames = len(profile.nodes), len(profile.frames)
    found = _within("nodes.frame", profile.nodes["frame"], 0, frames)
    found += _within("samples.node", profile.samples["node"], -1, nodes)
    found += _within("samples.thread", profile.samples["thread"], 0, len(profile.threads))
    found += _within("edges.caller", profile.edges["caller"], 0, frames)
    found += _within("edges.callee", profile.edges["callee"], 0, frames)
    found += _within("held.node", profile.held["node"], 0, nodes)
    found += _within("held.snapshot", profile.held["snapshot"], 0, len(profile.snapshots))
    parents = profile.nodes["parent"].to_numpy()
    if not ((parents >= -1) & (parents < np.arange(nodes))).all():
        found.append("a node's parent does not stand above it")
    return found


def _within(what: str, numbers: "pd.Series[int]", lowest: int, count: int) -> list[str]:
    if len(numbers) and not numbers.between(lowest, count - 1).all():
        return [f"{what} reaches from {numbers.min()} to {numbers.max()}, of {count} rows"]
    return []
