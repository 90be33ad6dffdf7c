"""Reads the text mode of iftop: flows, their rates over 2, 10 and 40 s, totals and peaks."""

from typing import BinaryIO

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.iftop_reports import HEADING, ReportParser
from slonana_analysis.readers.iftop_tables import flow_table, rate_table

# Thousands of flows; a text that is longer is no single recording of iftop.
_LONGEST = 256 << 20
_CHUNK = 1 << 20


class IftopReader:
    """Reads what ``iftop -t`` prints, also repeated reports; the last whole one counts."""

    name = "iftop"
    description = "text printed by 'iftop -t'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is iftop's text."""
        return any(HEADING.match(line) for line in head.split(b"\n"))

    def read(self, stream: BinaryIO, source: str) -> Traffic:
        """Return the flows and rates of a text.

        Parameters
        ----------
        stream : binary file
            At the beginning of the text.
        source : str
            What to call it in errors.

        Returns
        -------
        Traffic
            No packets; ``flows`` with bytes as printed (three digits), ``rates`` in bytes/s
            whatever the unit in the text. Two rows of flows for each line pair: one direction
            each.

        Raises
        ------
        FormatError
            If the text is longer than 256 MiB.
        """
        text = bytearray()
        while chunk := stream.read(_CHUNK):
            text += chunk
            if len(text) > _LONGEST:
                raise FormatError(
                    f"{source} is longer than 256 MiB; record with 'iftop -t -s SECONDS', which "
                    "prints one report"
                )
        parser = ReportParser()
        parser.parse(bytes(text))
        report = parser.report
        return Traffic(
            format=self.name,
            tool="iftop",
            packets=schema.PACKETS.empty(),
            flows=flow_table(report),
            loss=parser.losses.ledger(len(text), len(report.pairs)),
            header=parser.header,
            rates=rate_table(report),
        )


READER = IftopReader()
