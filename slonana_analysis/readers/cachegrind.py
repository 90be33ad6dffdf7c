"""Reads what cachegrind leaves behind, and what cg_diff and cg_merge make of it."""

import re
from typing import BinaryIO

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.callgrind import READER as CALLGRIND
from slonana_analysis.readers.callgrind_text import CostText

_EVENTS = re.compile(rb"^events: ?[^\s\d]", re.MULTILINE)
_FIRST_LINES = (b"desc:", b"cmd:", b"events:", b"#")


class CachegrindReader:
    """Reads costs by source line, without calls."""

    name = "cachegrind"
    description = "output of 'valgrind --tool=cachegrind', cg_diff or cg_merge"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is one of cachegrind's."""
        first = head.lstrip()
        ours = first.startswith(_FIRST_LINES) and bool(_EVENTS.search(head))
        return ours and b"\0" not in head and not CALLGRIND.sniff(head)

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
            ``samples`` hold the costs of source lines, each a frame and a root; below zero in
            differences that cg_diff made. A file without its last line ``summary:``, or whose
            costs do not add up to it, is flagged.

        Raises
        ------
        FormatError
            If costs add up to more than 64 bits hold.
        """
        text = CostText(signed=True, closing={"": "summary"})
        text.read(stream, source)
        return text.profile(self.name, "cachegrind", source)


READER = CachegrindReader()
