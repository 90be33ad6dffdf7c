"""Reads the JSON of Google Benchmark (``--benchmark_format=json``, ``--benchmark_out``).

An observation is the mean over the iterations of one repetition. Aggregates (mean, median, ...)
and complexity fits are computed from observations and are none.

References
----------
Google Benchmark, User Guide, "Output Formats" and "Statistics".
"""

import numpy as np

from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder, one_file
from slonana_analysis.readers.benches.fields import Field
from slonana_analysis.readers.benches.observations import UNKNOWN, Observations

_UNITS = ("ns", "us", "ms", "s")
_FITS = ("BigO", "RMS")
# Before 1.5 a row did not say what it is; its name did.
_AGGREGATES = ("mean", "median", "stddev", "cv")
_ONLY_AGGREGATES = (
    "only aggregates of it are in the file, and these are no observations; run it again with "
    "--benchmark_report_aggregates_only=false and --benchmark_repetitions=12"
)
_DEBUG_BUILD = (
    "the benchmark library itself was built for debugging, so its own overhead is larger than need "
    "be (library_build_type)"
)


class GoogleBenchmarkReader:
    """Reads what a binary built with Google Benchmark prints or writes as JSON."""

    name = "google-benchmark"
    description = "JSON of Google Benchmark"

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether the document has Google Benchmark's context and list of runs."""
        return (
            isinstance(found, Document)
            and found.holds("context", dict)
            and found.holds("benchmarks", list)
        )

    def read(self, found: Document | Folder) -> BenchResults:
        """Return wall-clock time per iteration of every repetition; the file is one process.

        Raises
        ------
        FormatError
            If the document is not what Google Benchmark writes.
        """
        root = one_file(found, self.name).root
        observations = Observations(self.name, root.source)
        aggregated: list[str] = []
        for run in root.get("benchmarks").elements():
            name, aggregate = _identity(run)
            if aggregate in _FITS:
                continue
            if aggregate:
                aggregated.append(name)
            elif reason := _failure(run):
                observations.fail(name, reason)
            else:
                observations.add(name, np.array([run.get("real_time").number()]), _unit(run), 0)
        for name in aggregated:
            if not observations.has(name):
                observations.fail(name, _ONLY_AGGREGATES)
        host = root.get("context").scalars()
        if host.get("library_build_type") == "debug":
            observations.note(_DEBUG_BUILD)
        return observations.results(host.get("library_version", UNKNOWN), host)


def _identity(run: Field) -> tuple[str, str]:
    """Return the benchmark's name and, of an aggregate, which it is; else an empty text."""
    name = run.get("name").text()
    kind = run.find("run_type")
    if kind is not None:
        benchmark = run.find("run_name")
        aggregate = run.get("aggregate_name").text() if kind.text() == "aggregate" else ""
        return (benchmark.text() if benchmark else name), aggregate
    stem, _, suffix = name.rpartition("_")
    is_aggregate = bool(stem) and suffix in (*_AGGREGATES, *_FITS)
    return (stem, suffix) if is_aggregate else (name, "")


def _failure(run: Field) -> str:
    """Why a run has no time; empty when it has."""
    for key, message, word in (
        ("error_occurred", "error_message", "it failed"),
        ("skipped", "skip_message", "it was skipped"),
    ):
        if run.is_true(key):
            said = run.find(message)
            return f"{word}: {said.text()}" if said else word
    return ""


def _unit(run: Field) -> str:
    field = run.find("time_unit")
    if field is None:
        return "ns"
    if field.text() not in _UNITS:
        field.fail(f"is none of {', '.join(_UNITS)}")
    return field.text()


READER = GoogleBenchmarkReader()
