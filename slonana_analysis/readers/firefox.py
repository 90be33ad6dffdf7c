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
from slonana_analysis.readers.firefox_threads import Tables, text_table, thread_samples
from slonana_analysis.readers.json_documents import JsonDocument, begins_object, read_json
from slonana_analysis.readers.json_values import identity, mapping, number, sequence, text
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

_TABLES = (b'"stackTable"', b'"frameTable"', b'"funcTable"', b'"samples"', b'"stringTable"')
_META = re.compile(rb'"(?:preprocessedProfileVersion|processType|startTime|interval)"\s*:')
_DEEPEST = 8
_NS_PER_MS = 1_000_000
_LATEST_NS = 2.0**53
_UNKNOWN = -2


class FirefoxReader:
    """Reads what profiler.firefox.com opens."""

    name = "firefox"
    description = "Firefox Profiler JSON (processed or Gecko)"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is the Firefox Profiler's."""
        if not begins_object(head):
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
            Samples weigh what the file says, else 1; times in ns, on the file's own clock. Markers,
            counters and tables of allocations are not read. Of a file that is cut, the threads
            before the cut.

        Raises
        ------
        FormatError
            If it is not JSON, or has no threads.
        """
        document = read_json(stream, source)
        whole = mapping(document.value)
        reading = _Reading(document, whole)
        processes = _processes(whole)
        threads = sum(len(sequence(each.get("threads"))) for each in processes)
        if not threads and not document.losses.truncated:
            raise FormatError(f"{source} holds no thread; export it again")
        for process in processes:
            for thread in sequence(process.get("threads")):
                reading.take(thread, process)
        meta, units = mapping(whole.get("meta")), reading.units
        description = Description(
            format=self.name,
            tool=text(meta.get("importedFrom")) or text(meta.get("product")) or "firefox",
            unit=next(iter(units.values()), "samples") if len(units) < 2 else "mixed",
            loss=document.losses.ledger(document.size, reading.builder.samples),
            header=_header(meta),
        )
        built = reading.builder.build(description, source)
        if len(units) > 1:
            built.units.update(units)
        return built


def _processes(whole: Mapping[str, Any], depth: int = 0) -> list[Mapping[str, Any]]:
    """Return the profile and those of the processes in it, which Gecko nests."""
    inner = sequence(whole.get("processes")) if depth < _DEEPEST else []
    return [whole, *(found for each in inner for found in _processes(mapping(each), depth + 1))]


class _Reading:
    def __init__(self, document: JsonDocument, whole: Mapping[str, Any]) -> None:
        self.builder = ProfileBuilder()
        self.units: dict[str, str] = {}
        self._document = document
        self._whole = whole
        self._begin = _start(whole)
        units = mapping(mapping(whole.get("meta")).get("sampleUnits"))
        # A profile of a file's size has offsets where others have times.
        self._timed = units.get("time") != "bytes"
        self._place = 0
        self._shared = mapping(whole.get("shared"))
        # Of a file that was cut, what all threads share may be missing.
        self._shared_whole = document.is_whole(whole) or (
            "shared" in whole and document.is_whole(whole["shared"])
        )
        self._shared_nodes: _Nodes | None = None

    def take(self, thread: object, process: Mapping[str, Any]) -> None:
        """Add the samples of a thread."""
        self._place += 1
        place, losses = f"thread {self._place} of the file", self._document.losses
        if not isinstance(thread, dict) or not self._is_whole(thread):
            losses.dropped += 1
            losses.say(f"{place} is cut or is none, so its samples were dropped")
            return
        nodes = self._nodes(thread, process)
        samples = thread_samples(thread, nodes.stacks, place, losses)
        if not samples.stack.size:
            return
        self.units[samples.event] = samples.unit
        row = self.builder.thread(
            identity(thread.get("pid")), identity(thread.get("tid")), text(thread.get("name"))
        )
        event = self.builder.event(samples.event)
        stacks, of_sample = np.unique(samples.stack, return_inverse=True)
        node = np.array([nodes.of(stack) for stack in stacks.tolist()], np.int64)[of_sample]
        timed = samples.time_ns >= 0 if self._timed else np.zeros(node.size, np.bool_)
        time_ns = np.where(timed, samples.time_ns + self._shift_ns(process), -1)
        kept = node != _UNKNOWN
        self.builder.add_all(node[kept], row, time_ns[kept], samples.weight[kept], event)
        if (lost := int(node.size - kept.sum())) > 0:
            losses.dropped += lost
            losses.say(f"{lost} samples of {place} have a stack that leads nowhere")
        if nameless := nodes.nameless():
            losses.say(f"{nameless} frames of {place} have no name in the file")

    def _is_whole(self, thread: Mapping[str, Any]) -> bool:
        """Return whether a thread was read to its end, and with it all that it refers to."""
        own = "stackTable" in thread and text_table(thread)
        return self._document.is_whole(thread) and (bool(own) or self._shared_whole)

    def _nodes(self, thread: Mapping[str, Any], process: Mapping[str, Any]) -> "_Nodes":
        libraries = sequence(process.get("libs")) or sequence(self._whole.get("libs"))
        if "stackTable" in thread:
            return _Nodes(Tables(thread, self._shared, libraries), self.builder)
        if self._shared_nodes is None:
            tables = Tables(self._shared, self._shared, libraries)
            self._shared_nodes = _Nodes(tables, self.builder)
        return self._shared_nodes

    def _shift_ns(self, process: Mapping[str, Any]) -> int:
        """Return how much later a process's clock began than the file's."""
        later = (_start(process) - self._begin) * _NS_PER_MS
        return round(later) if 0 <= later < _LATEST_NS else 0


class _Nodes:
    """Call-tree nodes of a thread's stacks, each made when it is first asked for."""

    def __init__(self, tables: Tables, builder: ProfileBuilder) -> None:
        self._builder = builder
        self._tables = tables
        self._rows: dict[int, int] = {}
        self._nodes = {-1: -1}
        self.stacks = tables.stacks

    def nameless(self) -> int:
        """Return how many frames had no name since this was last asked."""
        count, self._tables.nameless = self._tables.nameless, 0
        return count

    def of(self, stack: int) -> int:
        """Return the node of a stack, -2 if its callers or frames are not there."""
        waiting = []
        while stack not in self._nodes:
            waiting.append(stack)
            caller = self._tables.prefixes[stack]
            # A caller stands above what it calls, in any sound file.
            if not -1 <= caller < stack:
                self._nodes[stack] = _UNKNOWN
            else:
                stack = caller
        node = self._nodes[stack]
        for each in reversed(waiting):
            if each not in self._nodes:
                node = self._nodes[each] = self._child(node, self._tables.stack_frames[each])
        return node

    def _child(self, node: int, frame: int) -> int:
        if node == _UNKNOWN or not 0 <= frame < self._tables.frames:
            return _UNKNOWN
        row = self._rows.get(frame)
        if row is None:
            row = self._rows[frame] = self._builder.frame(*self._tables.frame(frame))
        return self._builder.child(node, row)


def _start(profile: Mapping[str, Any]) -> float:
    return number(mapping(profile.get("meta")).get("startTime"))


def _header(meta: Mapping[str, Any]) -> dict[str, str]:
    names = ("importedFrom", "product", "oscpu", "platform", "abi", "misc", "sourceURL")
    header = {name: text(meta[name]) for name in names if text(meta.get(name))}
    interval = number(meta.get("interval"))
    if np.isfinite(interval):
        header["interval_ms"] = f"{interval:g}"
    return header


READER = FirefoxReader()
