"""Reads what ``hyperfine --export-json`` writes; every run is a fresh process of the command.

References
----------
hyperfine README, "Export results".
"""

import json
from collections import Counter

import numpy as np

from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder, one_file
from slonana_analysis.readers.benches.fields import Field, quoted
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_TWICE = "it is in the file more than once, and its runs are taken together"


class HyperfineReader:
    """Reads hyperfine's export of wall-clock times of commands."""

    name = "hyperfine"
    description = "JSON export of hyperfine"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether the document has results that name a command."""
        if not isinstance(found, Document) or not found.holds("results", list):
            return False
        first = next(found.root.get("results").elements(), None)
        return first is not None and isinstance(first.content, dict) and "command" in first.content

    def read(self, found: Document | Folder) -> BenchResults:
        """Return the wall-clock time of every run; hyperfine says nothing of the machine.

        Raises
        ------
        FormatError
            If the document is not what hyperfine writes.
        """
        root = one_file(found, self.name).root
        observations = Observations(self.name, root.source)
        results = list(root.get("results").elements())
        commands = Counter(result.get("command").text() for result in results)
        processes: Counter[str] = Counter()
        for result in results:
            name = _name(result, commands)
            if processes[name]:
                observations.note(f"{quoted(name)}: {_TWICE}")
            processes[name] += _add(result, name, processes[name], observations)
        return observations.results(UNKNOWN, {})


def _add(result: Field, name: str, first: int, observations: Observations) -> int:
    """Add the runs of one result as processes from ``first`` on; return how many there are."""
    times = result.find("times")
    if times is None or not times.sequence():
        observations.fail(name, "its single runs are not in the file; export it again")
        return 0
    seconds = times.numbers()
    observations.add(name, seconds, "s", np.arange(first, first + seconds.size))
    _note_exits(result, name, observations)
    return seconds.size


def _note_exits(result: Field, name: str, observations: Observations) -> None:
    exits = result.find("exit_codes")
    # A run that a signal ended has null for an exit status.
    bad = sum(code != 0 for code in exits.sequence()) if exits else 0
    if bad:
        observations.note(f"{quoted(name)}: {bad} of its runs did not end with exit status 0")


def _name(result: Field, commands: Counter[str]) -> str:
    """Return the command, with its parameters where these alone tell two results apart."""
    command = result.get("command").text()
    parameters = result.find("parameters")
    if commands[command] == 1 or parameters is None:
        return command
    return f"{command} {json.dumps(parameters.mapping(), sort_keys=True)}"


READER = HyperfineReader()
