"""Reads the text that ``perf script`` prints, as a stream and in bounded memory."""

from typing import BinaryIO

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import assemble
from slonana_analysis.readers.content import line_blocks
from slonana_analysis.readers.perf_parser import PerfParser
from slonana_analysis.readers.perf_text.text import PerfText
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

_CHUNK = 1 << 20
_SNIFFED_LINES = 400


class PerfScriptReader:
    """Reads ``perf script`` text with any set of fields that perf can print."""

    name = "perf-script"
    description = "text printed by 'perf script'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is ``perf script`` text."""
        if head.lstrip().startswith(b"{"):
            # The lines of indented JSON may look like a sample of few fields.
            return False
        lines = head.split(b"\n")[:_SNIFFED_LINES]
        if any(line.startswith(b"# perf version :") for line in lines):
            return True
        builder = ProfileBuilder()
        parser = PerfParser(builder)
        parser.feed(lines[:-1] if len(lines) > 1 else lines)
        parser.finish(b"")
        return builder.samples > 0

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
            If the weights add up to more than 64 bits hold, or a line is longer than 128 MiB.
        """
        text = PerfText()
        for block in line_blocks(stream, source, _CHUNK):
            text.feed(block)
        collected, loss = text.finish()
        description = Description(
            format=self.name,
            tool="perf",
            unit=text.unit,
            loss=loss,
            header=text.header,
        )
        return assemble(collected, description, source)


READER = PerfScriptReader()
