"""Reads what callgrind leaves behind, and what other tools write in its format."""

import re
from typing import BinaryIO

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.callgrind_text import CostText

_MARKS = re.compile(
    rb"^(?:(?:creator|positions|version|part|thread|pid): ?\S"
    rb"|calls=\d|(?:cfn|cfi|cfl|ob|cob)=|(?:fn|fl)=\(\d+\))",
    re.MULTILINE,
)
_EVENTS = re.compile(rb"^events: ?[^\s\d]", re.MULTILINE)
_CLOSING = {"callgrind": "totals"}


class CallgrindReader:
    """Reads callgrind's format: names and positions compressed or not, any parts and events."""

    name = "callgrind"
    description = "output of 'valgrind --tool=callgrind'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` holds what only this format has.

        cachegrind's is a subset of it: costs by source line, without calls, objects or numbers
        instead of names.
        """
        if head.startswith(b"# callgrind format"):
            return True
        return b"\0" not in head and bool(_EVENTS.search(head) and _MARKS.search(head))

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
            ``samples`` hold what each source line cost by itself, by event and by part or thread;
            a frame with line 0 stands for a whole function. ``edges`` hold the calls, over all
            parts: for every pair a row for its first event, which has no cost where the calls
            cost nothing, and one for each other event that cost something. Events that the file
            derives from others are computed. Addresses and jumps are passed over.

            Totals that the file declares and its body does not reach are in the ledger. Where
            both are there, ``totals:`` is what the body must reach; ``summary:`` may be larger.

        Raises
        ------
        FormatError
            If costs or calls add up to more than 64 bits hold.
        """
        text = CostText(signed=False, closing=_CLOSING)
        text.read(stream, source)
        return text.profile(self.name, "callgrind", source)


READER = CallgrindReader()
