"""Which tools' results are read, and reading a file or folder with the reader that knows it.

A module of this package registers by defining ``READER``.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from os import PathLike
from typing import BinaryIO, Protocol, runtime_checkable

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.readers.benches.documents import Document, Folder, open_results


@runtime_checkable
class BenchReader(Protocol):
    """What a reader of benchmark results offers.

    Attributes
    ----------
    name : str
        Format name as given to ``format=``, which is the tool's.
    description : str
        What such results are, in a few words.
    """

    name: str
    description: str

    def sniff(self, found: Document | Folder) -> bool:
        """Return whether a file or folder is of this tool."""
        ...

    def read(self, found: Document | Folder) -> BenchResults:
        """Return the results; a FormatError names what is malformed."""
        ...


def bench_readers() -> dict[str, BenchReader]:
    """Return all readers of benchmark results by name.

    Returns
    -------
    dict of str to BenchReader
        In alphabetical order.
    """
    return {reader.name: reader for reader in sorted(_own(), key=lambda reader: reader.name)}


def read_benches(
    origin: str | PathLike[str] | BinaryIO,
    format: str | None = None,  # noqa: A002  # the word of the command line
) -> BenchResults:
    """Read another benchmark tool's results into a table.

    Parameters
    ----------
    origin : path, "-" or binary file
        A JSON file (plain, gzip, xz or bzip2), Criterion's folder or one benchmark's in it, a
        machine's folder of asv, or ``"-"`` for standard input.
    format : str, optional
        Name of the reader; by default the one that recognises the results.

    Returns
    -------
    BenchResults
        One row per observation, and notes of what has none.

    Raises
    ------
    UnavailableError
        If it does not exist or may not be read.
    UsageError
        If no reader is called ``format``.
    FormatError
        If no reader or more than one recognises it, or it is malformed, empty or too large.
    """
    known = bench_readers()
    if format is not None and format not in known:
        raise UsageError(f"no reader is called '{format}'; there are {', '.join(known)}")
    found = open_results(origin)
    reader = _choose(found, known) if format is None else known[format]
    return reader.read(found)


def _choose(found: Document | Folder, known: dict[str, BenchReader]) -> BenchReader:
    candidates = [reader for reader in known.values() if reader.sniff(found)]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        names = ", ".join(reader.name for reader in candidates)
        raise FormatError(f"{found.source} could be of any of {names}; say which with format=")
    listed = "; ".join(f"{reader.name} ({reader.description})" for reader in known.values())
    raise FormatError(f"{found.source} is of no benchmark tool known here; known are {listed}")


def _own() -> Iterator[BenchReader]:
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__, f"{__package__}."):
        candidate = getattr(importlib.import_module(module.name), "READER", None)
        if isinstance(candidate, BenchReader):
            yield candidate
