"""Reads results of airspeed velocity: the file of one commit, or a machine's folder of them.

Samples are stored only with ``--record-samples``, without a mark of the process they came from;
else the median stands in as a single observation.

References
----------
asv documentation, "Benchmark types and attributes" and "Developer docs" (result files).
"""

import math

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.asv_rows import Row, rows
from slonana_analysis.readers.benches.asv_units import SECONDS, units
from slonana_analysis.readers.benches.documents import Document, Folder
from slonana_analysis.readers.benches.fields import Field
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_MACHINE = "machine.json"
_NO_SAMPLES = (
    "samples are not in the file, so a benchmark's median stands in as its only observation; run "
    "again with --record-samples"
)


class AsvReader:
    """Reads asv's results of one commit; of a machine's folder, those of the latest commit."""

    name = "asv"
    description = "results of airspeed velocity for a commit, or a machine's folder of them"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether it is a machine's folder, or the results of a commit."""
        if isinstance(found, Folder):
            return any(file.as_posix() == _MACHINE for file in found.files)
        return found.holds("results", dict) and found.holds("commit_hash", str)

    def read(self, found: Document | Folder) -> BenchResults:
        """Return every sample, of no known process, or the median where there are no samples.

        Raises
        ------
        FormatError
            If it is not what asv writes, or a folder does not say which results are the latest.
        """
        document, others = _latest(found) if isinstance(found, Folder) else (found, 0)
        observations = Observations(self.name, document.source)
        if others:
            observations.note(
                f"{found.source} has results of {others} other commits or environments, which "
                "were not read; name a file to read another one"
            )
        benchmarks = rows(document.root)
        unit_of = units(document, [row.name for row in benchmarks], observations)
        for row in benchmarks:
            _add(row, unit_of[row.name], observations)
        parameters = document.root.find("params")
        host = parameters.scalars() if parameters else {}
        return observations.results(
            UNKNOWN, host | {"commit": document.root.get("commit_hash").text()}
        )


def _add(row: Row, unit: str, observations: Observations) -> None:
    for name, value, samples in row.cases():
        if value is None:
            observations.fail(name, "it failed or was not run (asv stored null)")
        elif math.isnan(value):
            observations.fail(name, "it was skipped (asv stored NaN)")
        elif samples is not None:
            observations.add(name, samples, unit)
        else:
            observations.add(name, np.array([value]), unit)
            # Of amounts, which are the same every time, asv never has samples.
            if unit == SECONDS:
                observations.note(_NO_SAMPLES)


def _latest(found: Folder) -> tuple[Document, int]:
    """Return the results of the commit with the latest date, and how many others there are."""
    documents = [
        found.document(file)
        for file in found.files
        if len(file.parts) == 1 and file.name != _MACHINE
    ]
    commits = [document for document in documents if READER.sniff(document)]
    if not commits:
        raise FormatError(f"{found.source} has a {_MACHINE} of asv but no results beside it")
    dates = [_date(commit.root) for commit in commits]
    latest = [commit for commit, date in zip(commits, dates, strict=True) if date == max(dates)]
    if len(latest) != 1:
        names = ", ".join(commit.source for commit in latest or commits)
        raise FormatError(f"{found.source} has several results of its latest commit: name {names}")
    return latest[0], len(commits) - 1


def _date(root: Field) -> float:
    return root.get("date").number()


READER = AsvReader()
