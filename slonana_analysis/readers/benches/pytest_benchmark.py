"""Reads the JSON of pytest-benchmark (``--benchmark-json``, ``--benchmark-save``).

Rounds are stored only on request; without them the median stands in as a single observation,
of which nothing can be told but where it lies.

References
----------
pytest-benchmark documentation, "Usage" and "Comparing past runs".
"""

import numpy as np

from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder, one_file
from slonana_analysis.readers.benches.fields import Field
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_NO_ROUNDS = (
    "rounds are not in the file, so a benchmark's median stands in as its only observation; run "
    "again with --benchmark-json or with --benchmark-save-data"
)


class PytestBenchmarkReader:
    """Reads what the pytest plug-in writes, with or without its rounds."""

    name = "pytest-benchmark"
    description = "JSON of pytest-benchmark"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether the document has the plug-in's machine and list of benchmarks."""
        return (
            isinstance(found, Document)
            and found.holds("machine_info", dict)
            and found.holds("benchmarks", list)
        )

    def read(self, found: Document | Folder) -> BenchResults:
        """Return the time per iteration of every round; all rounds ran in one process.

        Raises
        ------
        FormatError
            If the document is not what pytest-benchmark writes.
        """
        root = one_file(found, self.name).root
        observations = Observations(self.name, root.source)
        for benchmark in root.get("benchmarks").elements():
            _add(benchmark, observations)
        version = root.find("version")
        return observations.results(version.text() if version else UNKNOWN, _host(root))


def _add(benchmark: Field, observations: Observations) -> None:
    full = benchmark.find("fullname")
    name = (full or benchmark.get("name")).text()
    stats = benchmark.get("stats")
    rounds = stats.find("data")
    if rounds is not None and rounds.sequence():
        observations.add(name, rounds.numbers(), "s", 0)
    elif (median := stats.find("median")) is not None:
        observations.add(name, np.array([median.number()]), "s", 0)
        observations.note(_NO_ROUNDS)
    else:
        observations.fail(name, "it has neither rounds nor a median")


def _host(root: Field) -> dict[str, str]:
    machine = root.get("machine_info")
    host = machine.scalars()
    cpu = machine.find("cpu")
    if cpu is not None:
        host |= {f"cpu {key}": value for key, value in cpu.scalars().items()}
    return host


READER = PytestBenchmarkReader()
