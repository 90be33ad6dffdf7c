"""Reads pyperf's JSON: one benchmark or a suite.

pyperf starts every run in a fresh process. Runs that only calibrate, and the warm-ups of the
others, are no observations.

References
----------
pyperf documentation, "pyperf JSON format" and "Metadata".
"""

from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder, one_file
from slonana_analysis.readers.benches.fields import Field
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_NAMELESS = "benchmark"
_VERSION = "1."


class PyperfReader:
    """Reads what ``pyperf`` and ``pyperformance`` write with ``-o``."""

    name = "pyperf"
    description = "JSON of pyperf"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether the document has benchmarks made of runs."""
        if not isinstance(found, Document) or not found.holds("benchmarks", list):
            return False
        first = next(found.root.get("benchmarks").elements(), None)
        return (
            first is not None
            and isinstance(first.content, dict)
            and isinstance(first.content.get("runs"), list)
        )

    def read(self, found: Document | Folder) -> BenchResults:
        """Return every value of every run; a run is a process.

        Raises
        ------
        FormatError
            If the document is not what pyperf writes, or of a version from before 1.0.
        """
        root = one_file(found, self.name).root
        version = root.get("version")
        if not version.text().startswith(_VERSION):
            version.fail("is not 1.0; convert the file with 'python -m pyperf convert' first")
        host = _metadata(root)
        observations = Observations(self.name, root.source)
        for benchmark in root.get("benchmarks").elements():
            _add(benchmark, host, observations)
        return observations.results(host.get("perf_version", UNKNOWN), host)


def _add(benchmark: Field, shared: dict[str, str], observations: Observations) -> None:
    metadata = shared | _metadata(benchmark)
    name = metadata.get("name", _NAMELESS)
    process = 0
    for run in benchmark.get("runs").elements():
        values = run.find("values")
        if values is not None and values.sequence():
            observations.add(name, values.numbers(), metadata.get("unit", "second"), process)
            process += 1
    if not process:
        observations.fail(name, "none of its runs holds a value, only calibration or warm-ups")


def _metadata(field: Field) -> dict[str, str]:
    metadata = field.find("metadata")
    return metadata.scalars() if metadata else {}


READER = PyperfReader()
