"""Reads ``perf.data`` itself, without perf: records, call chains, symbols.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` of Linux 6.1; perf_event_open(2).
"""

from typing import BinaryIO

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import assemble
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.header import read_header
from slonana_analysis.readers.perf_data_file.pipe import take_statements
from slonana_analysis.readers.perf_data_file.records import find_records
from slonana_analysis.readers.perf_data_file.tables import collect, unit_of
from slonana_analysis.readers.perf_data_file.unwinding import FRAME_POINTERS_ONLY, unwound
from slonana_analysis.readers.profile_builder import Description


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
            If it is not a little-endian perf.data file, holds no samples by its kind, states no
            event, or is larger than half of this machine's memory.
        """
        # Read, not mapped: a file that shrinks while it is mapped ends the process, and copying
        # takes a few per cent of the time.
        data = all_bytes(stream, source)
        losses = LossCounter()
        header = read_header(data, source, losses)
        records = find_records(data, header.begin, header.end, losses, source)
        take_statements(records, header)
        if not header.attributes:
            raise FormatError(f"{source} states no event, so that its samples cannot be read")
        copied = any(each.sample_type & f.STACK_USER for each in header.attributes)
        if copied and losses.truncated:
            losses.say(f"perf unwinds the copied stacks of whole files only, {FRAME_POINTERS_ONLY}")
        elif copied:
            profile = unwound(source, header.attributes[0], losses)
            if profile is not None:
                return profile
        collected = collect(records, header, losses)
        description = Description(
            format=self.name,
            tool="perf",
            unit=unit_of(collected.events),
            loss=losses.ledger(data.size, collected.node.size),
            header=header.facts.texts,
        )
        return assemble(collected, description, source)


READER = PerfDataReader()
