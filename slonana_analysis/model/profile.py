"""A capture parsed into tables, with the ledger of what was lost on the way."""

from dataclasses import dataclass, field

import pandas as pd

from slonana_analysis.model import schema


@dataclass(frozen=True)
class LossLedger:
    """What a reader kept of a file, and what it could not.

    Attributes
    ----------
    bytes : int
        Size of the text or data offered to the reader, after decompression.
    bytes_read : int
        Bytes that ended up in a kept record, a comment or a separator.
    records : int
        Whole records kept.
    dropped : int
        Records begun but not kept.
    truncated : bool
        Whether the file ends before its last record does.
    reasons : tuple of str
        One sentence per kind of loss, with a line or an offset.
    """

    bytes: int
    bytes_read: int
    records: int
    dropped: int
    truncated: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Where a program spent what the tool counted.

    Attributes
    ----------
    format, tool : str
        Reader's name (``perf-script``) and the tool that wrote the file (``perf``).
    event, unit : str
        Event that was counted (``cpu-clock``; several are joined with a comma) and the unit of a
        weight (``ns``, ``events``, ``bytes``).
    frames, nodes, threads, samples : DataFrame
        Columns of ``schema.FRAMES``, ``NODES``, ``THREADS`` and ``PROFILE_SAMPLES``. ``nodes`` is
        the call tree as a parent array: a parent always stands above its children.
    loss : LossLedger
        What was read and what was not.
    header : dict
        Facts the file states about its own recording (host, command line), by name.
    units : dict
        Unit of each event, where the events of one file have different units.
    edges : DataFrame
        Columns of ``schema.EDGES``: calls, where the tool knows edges and no stacks. The frames'
        own cost is in ``samples`` all the same, each function a root of its own.
    snapshots, held : DataFrame
        Columns of ``schema.SNAPSHOTS`` and ``HELD``: memory over time, and which allocating nodes
        held it; without rows for a profile of anything but memory.
    time_unit : str
        Unit of ``snapshots.time``: ``ns``, ``instructions`` or ``bytes`` (allocated so far).
    """

    format: str
    tool: str
    event: str
    unit: str
    frames: pd.DataFrame
    nodes: pd.DataFrame
    threads: pd.DataFrame
    samples: pd.DataFrame
    loss: LossLedger
    header: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    edges: pd.DataFrame = field(default_factory=schema.EDGES.empty)
    snapshots: pd.DataFrame = field(default_factory=schema.SNAPSHOTS.empty)
    held: pd.DataFrame = field(default_factory=schema.HELD.empty)
    time_unit: str = "ns"

    @property
    def weight(self) -> int:
        """Sum of all sample weights, in ``unit``; means something where there is one event."""
        return int(self.samples["weight"].sum())

    def unit_of(self, event: str) -> str:
        """Return the unit of one event's weights."""
        return self.units.get(event, self.unit)
