"""Reads the text that ``perf script`` prints, as a stream and in bounded memory."""

from typing import BinaryIO

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.perf_parser import LONGEST_LINE, PerfParser
from slonana_analysis.readers.profile_builder import Description

_CHUNK = 1 << 20
_SNIFFED_LINES = 400


class PerfScriptReader:
    """Reads ``perf script`` text with any set of fields that perf can print."""

    name = "perf-script"
    description = "text printed by 'perf script'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is ``perf script`` text."""
        lines = head.split(b"\n")[:_SNIFFED_LINES]
        if any(line.startswith(b"# perf version :") for line in lines):
            return True
        parser = PerfParser()
        parser.feed(lines[:-1] if len(lines) > 1 else lines)
        parser.finish(b"")
        return parser.builder.samples > 0

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a text.

        Parameters
        ----------
        stream : binary file
            At the beginning of the text.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Weights in ns for ``cpu-clock`` and ``task-clock``, else in events; where no period is
            printed every sample weighs 1, in ``samples``; events of different units together
            are ``mixed``. Damage is in the ledger: whatever can be read is.

        Raises
        ------
        FormatError
            If the weights add up to more than 64 bits hold.
        """
        parser = PerfParser()
        total, rest = 0, b""
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            parser.feed(lines)
            # Of a line too long to be ours enough is kept for it to be counted as such.
            overlong = max(0, len(rest) - LONGEST_LINE - 2)
            parser.losses.bytes_lost += overlong
            rest = rest[: len(rest) - overlong]
        parser.finish(rest)
        description = Description(
            format=self.name,
            tool="perf",
            unit=parser.fields.unit,
            loss=parser.losses.ledger(total, parser.builder.samples),
            header=parser.header,
        )
        return parser.builder.build(description, source)


READER = PerfScriptReader()
