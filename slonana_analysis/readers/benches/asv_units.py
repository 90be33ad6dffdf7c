"""Units of asv's benchmarks: stored beside the results, not in them."""

import re
from collections.abc import Iterable

from slonana_analysis.errors import SlonanaError
from slonana_analysis.readers.benches.documents import Document, open_results
from slonana_analysis.readers.benches.observations import Observations

SECONDS = "seconds"
"""asv's word for the unit of every benchmark that takes times."""

_BENCHMARKS = "benchmarks.json"
# asv tells the kind of a benchmark by how its function's name begins, in either spelling.
_KINDS = {"time": SECONDS, "timeraw": SECONDS, "mem": "bytes", "peakmem": "bytes", "track": "unit"}
_PREFIX = re.compile(r"(time|timeraw|mem|peakmem|track)_|(Time|Timeraw|Mem|PeakMem|Track)[A-Z_]")
_OTHER = "unit"
_GUESSED = (
    "the benchmarks.json of these results is missing or not readable, so units were told from the "
    "names of the benchmarks"
)


def units(document: Document, names: Iterable[str], observations: Observations) -> dict[str, str]:
    """Return the unit of each benchmark.

    Parameters
    ----------
    document : Document
        Results of a commit, in a machine's folder of asv's tree of results.
    names : iterable of str
        Benchmarks, without parameters.
    observations : Observations
        Gets a note if a unit had to be told from a name.

    Returns
    -------
    dict of str to str
        asv's words: ``seconds``, ``bytes``, or what the benchmark's author chose.
    """
    stored = _stored(document)
    found = {}
    for name in names:
        if name not in stored:
            observations.note(_GUESSED)
        found[name] = stored.get(name) or _guessed(name)
    return found


def _stored(document: Document) -> dict[str, str]:
    if document.folder is None:
        return {}
    path = document.folder.resolve().parent / _BENCHMARKS
    try:
        benchmarks = open_results(path)
    except SlonanaError:
        # Results are often handed on without it; the names have to do then.
        return {}
    if not isinstance(benchmarks, Document) or not isinstance(benchmarks.root.content, dict):
        return {}
    return {
        name: unit
        for name, benchmark in benchmarks.root.content.items()
        if isinstance(benchmark, dict) and isinstance(unit := benchmark.get("unit"), str)
    }


def _guessed(name: str) -> str:
    match = _PREFIX.match(name.rpartition(".")[2])
    return _KINDS[(match[1] or match[2]).lower()] if match else _OTHER
