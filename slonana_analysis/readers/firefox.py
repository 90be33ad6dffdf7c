"""Reads the Firefox Profiler's JSON: its processed format and the raw one of Gecko.

Both samply and ``perf script report gecko`` write them.

References
----------
firefox-devtools/profiler, ``docs-developer/processed-profile-format.md`` and
``gecko-profile-format.md``.
"""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.firefox_threads import Tables, thread_samples
from slonana_analysis.readers.json_documents import read_json
from slonana_analysis.readers.json_values import integer, mapping, number, sequence, text
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

_TABLES = (b'"stackTable"', b'"frameTable"', b'"funcTable"', b'"samples"', b'"stringTable"')
_META = re.compile(rb'"(?:preprocessedProfileVersion|processType|startTime|interval)"\s*:')
_DEEPEST = 8


class FirefoxReader:
    """Reads what profiler.firefox.com opens."""

    name = "firefox"
    description = "Firefox Profiler JSON (processed or Gecko)"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is the Firefox Profiler's."""
        if not head.lstrip().startswith(b"{"):
            return False
        known = sum(table in head for table in _TABLES)
        return b'"preprocessedProfileVersion"' in head or (
            b'"meta"' in head and (known >= 2 or len(_META.findall(head)) >= 3)
        )

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a file.

        Parameters
        ----------
        stream : binary file
            The JSON text.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Samples weigh what the file says, else 1; times in ns, on the file's own clock.

        Raises
        ------
        FormatError
            If it is not JSON, or has no threads.
        """
        document = read_json(stream, source)
        whole = mapping(document.value)
        losses = document.losses
        builder = ProfileBuilder()
        units: set[str] = set()
        processes = _processes(whole)
        if not any(sequence(each.get("threads")) for each in processes) and not losses.truncated:
            raise FormatError(f"{source} holds no thread; export it again")
        for process in processes:
            for thread in sequence(process.get("threads")):
                units.add(_take(builder, Tables(mapping(thread), process, whole), losses))
        meta = mapping(whole.get("meta"))
        description = Description(
            format=self.name,
            tool=text(meta.get("product")) or "firefox",
            unit=units.pop() if len(units) == 1 else "samples",
            loss=losses.ledger(document.size, builder.samples),
            header=_header(meta),
        )
        return builder.build(description, source)


def _processes(whole: Mapping[str, Any], depth: int = 0) -> list[Mapping[str, Any]]:
    """Return the profile and those of the processes in it, which Gecko nests."""
    inner = sequence(whole.get("processes")) if depth < _DEEPEST else []
    return [whole, *(found for each in inner for found in _processes(mapping(each), depth + 1))]


def _take(builder: ProfileBuilder, tables: Tables, losses: LossCounter) -> str:
    """Add the samples of a thread; return their unit."""
    thread = builder.thread(
        integer(tables.thread.get("pid")),
        integer(tables.thread.get("tid")),
        text(tables.thread.get("name")),
    )
    samples = thread_samples(tables, losses)
    event = builder.event(samples.event)
    nodes: dict[int, int] = {-1: -1}
    for stack, time_ns, weight in zip(
        samples.stack.tolist(), samples.time_ns.tolist(), samples.weight.tolist(), strict=True
    ):
        if stack not in nodes:
            nodes[stack] = builder.node(_frames(builder, tables, stack))
        builder.add(nodes[stack], thread, time_ns, weight, event)
    return samples.unit


def _frames(builder: ProfileBuilder, tables: Tables, stack: int) -> list[int]:
    return [builder.frame(*tables.frame(frame)) for frame in tables.path(stack)]


def _header(meta: Mapping[str, Any]) -> dict[str, str]:
    names = ("product", "oscpu", "platform", "abi", "misc", "sourceURL")
    header = {name: text(meta[name]) for name in names if text(meta.get(name))}
    interval = number(meta.get("interval"))
    if np.isfinite(interval):
        header["interval_ms"] = f"{interval:g}"
    return header


READER = FirefoxReader()
