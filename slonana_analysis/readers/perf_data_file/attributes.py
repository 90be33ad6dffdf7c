"""Event attributes: what was recorded, and in which layout its samples are.

References
----------
perf_event_open(2); ``struct perf_event_attr`` in ``include/uapi/linux/perf_event.h``.
"""

import struct
from dataclasses import dataclass, field

import numpy as np

_SOFTWARE = {
    0: "cpu-clock",
    1: "task-clock",
    2: "page-faults",
    3: "context-switches",
    4: "cpu-migrations",
    5: "minor-faults",
    6: "major-faults",
    7: "alignment-faults",
    8: "emulation-faults",
    9: "dummy",
    10: "bpf-output",
    11: "cgroup-switches",
}
_HARDWARE = {
    0: "cycles",
    1: "instructions",
    2: "cache-references",
    3: "cache-misses",
    4: "branches",
    5: "branch-misses",
    6: "bus-cycles",
    7: "stalled-cycles-frontend",
    8: "stalled-cycles-backend",
    9: "ref-cycles",
}
_FREQUENCY_FLAG, _SAMPLE_ID_ALL = 1 << 10, 1 << 18
# The first published size: everything read here lies within it.
SMALLEST_ATTRIBUTE = 64


@dataclass(frozen=True)
class Attribute:
    """One event.

    Attributes
    ----------
    name : str
        As perf calls it.
    sample_type, read_format : int
        Which fields a sample has, and which a counter's value.
    period : int
        Period of every sample where samples do not state it; 1 where it varied.
    sample_id_all : bool
        Whether other records end with identity and time as well.
    ids : tuple of int
        Numbers by which records name the event.
    """

    name: str
    sample_type: int
    read_format: int
    period: int
    sample_id_all: bool
    ids: tuple[int, ...] = field(default=())


def parse_attribute(raw: bytes, ids: tuple[int, ...], name: str = "") -> Attribute | None:
    """Return an event from its attribute structure.

    Parameters
    ----------
    raw : bytes
        The structure, of any perf's size: what a newer one appends is not looked at.
    ids : tuple of int
        Its numbers.
    name : str
        Its name where the file states it.

    Returns
    -------
    Attribute or None
        None if the structure is shorter than any perf writes it.
    """
    if len(raw) < SMALLEST_ATTRIBUTE:
        return None
    kind, _, config, period, sample_type, read_format, flags = struct.unpack_from("<IIQQQQQ", raw)
    known = {0: _HARDWARE, 1: _SOFTWARE}.get(kind, {})
    return Attribute(
        name=name or known.get(config, f"type {kind} config {config:#x}"),
        sample_type=sample_type,
        read_format=read_format,
        # With a wanted frequency the period is the kernel's, and samples state it.
        period=1 if flags & _FREQUENCY_FLAG else min(period, 1 << 62),
        sample_id_all=bool(flags & _SAMPLE_ID_ALL),
        ids=ids,
    )


def identifiers(raw: bytes) -> tuple[int, ...]:
    """Return the numbers of an event from their bytes, of which a broken one is left out."""
    return tuple(np.frombuffer(raw[: len(raw) // 8 * 8], "<u8").tolist())
