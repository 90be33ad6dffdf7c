"""Reads the folder that Criterion.rs keeps: ``target/criterion`` or one benchmark's in it.

Every benchmark has a folder with its latest measurement in ``new`` and an earlier one in ``base``;
``sample.json`` holds the time of each sample in all and how many iterations it was. The unit is
that of Criterion's measurement and not in the file: nanoseconds, unless a crate brought its own.

References
----------
Criterion.rs Book, "Analysis Process"; criterion crate, ``src/analysis`` and ``src/benchmark``.
"""

from pathlib import Path

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_LATEST = "new"
_IDENTITY = "benchmark.json"
_SAMPLE = "sample.json"
_MEASURED = frozenset({_IDENTITY, _SAMPLE, "estimates.json"})
_NO_SAMPLE = "its sample.json is missing, and estimates are no observations; run cargo bench again"


class CriterionReader:
    """Reads the latest measurement of every benchmark below a folder, or the one given."""

    name = "criterion"
    description = "folder target/criterion of Criterion.rs, or one below it"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether there is a measurement of Criterion in or below the folder."""
        return isinstance(found, Folder) and bool(_measurements(found))

    def read(self, found: Document | Folder) -> BenchResults:
        """Return time per iteration of every sample; all samples ran in one process.

        Raises
        ------
        FormatError
            If it is no folder, or a file in it is not what Criterion writes.
        """
        if not isinstance(found, Folder):
            raise FormatError(f"{found.source} is one file; name Criterion's folder around it")
        observations = Observations(self.name, found.source)
        for folder in _measurements(found):
            _add(found, folder, observations)
        return observations.results(UNKNOWN, {})


def _measurements(found: Folder) -> list[Path]:
    """Return the folders that hold one measurement each, relative to the one found."""
    own = {file.name for file in found.files if len(file.parts) == 1}
    if _SAMPLE in own:
        return [Path()]
    folders = {
        file.parent
        for file in found.files
        if file.parent.name == _LATEST and file.name in _MEASURED
    }
    return sorted(folders)


def _add(found: Folder, folder: Path, observations: Observations) -> None:
    name = _name(found, folder)
    if folder / _SAMPLE not in found.files:
        observations.fail(name, _NO_SAMPLE)
        return
    sample = found.document(folder / _SAMPLE).root
    times, iterations = sample.get("times").numbers(), sample.get("iters").numbers()
    if times.shape != iterations.shape:
        sample.fail(f"has {times.size} times for {iterations.size} counts of iterations")
    if not (iterations > 0).all():
        sample.get("iters").fail("holds a count of iterations that is not positive")
    with np.errstate(over="ignore"):  # infinite values are left out, with a note
        observations.add(name, times / iterations, "ns", 0)


def _name(found: Folder, folder: Path) -> str:
    if folder / _IDENTITY in found.files:
        return found.document(folder / _IDENTITY).root.get("full_id").text()
    # Without it, the folders say what Criterion made of the name.
    around = folder.parent if folder.name else Path(found.path.resolve().parent.name)
    return around.as_posix() if around.name else found.path.resolve().name


READER = CriterionReader()
