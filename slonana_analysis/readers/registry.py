"""Which readers exist, and reading a file with the one that recognises it.

A module of ours registers by defining ``READER``; another package names such an object under the
entry point group ``slonana_analysis.readers``.
"""

import dataclasses
import importlib
import pkgutil
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from os import PathLike
from typing import BinaryIO, Protocol, runtime_checkable

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.model.reading import Reading
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.source import UNPACKED_LIMIT, Source, name_of, open_source

GROUP = "slonana_analysis.readers"


@runtime_checkable
class Reader(Protocol):
    """What a reader offers.

    Attributes
    ----------
    name : str
        Format name as given to ``--format``.
    description : str
        What files of the format are, in a few words.
    """

    name: str
    description: str

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` (up to 64 KiB) is of this format."""
        ...

    def read(self, stream: BinaryIO, source: str) -> Reading:
        """Return the tables of a stream; ``source`` is what to call it in errors."""
        ...


def readers() -> dict[str, Reader]:
    """Return all readers by name, ours first.

    Returns
    -------
    dict of str to Reader
        A plug-in that cannot be loaded is left out with a warning.
    """
    found = {reader.name: reader for reader in _own()}
    for reader in _plugged_in():
        if reader.name in found:
            warnings.warn(
                f"reader '{reader.name}' of a plug-in is ignored: the name is taken", stacklevel=2
            )
        else:
            found[reader.name] = reader
    return found


def read_profile(
    origin: str | PathLike[str] | BinaryIO,
    format: str | None = None,  # noqa: A002  # the word of the command line
    limit: int = UNPACKED_LIMIT,
) -> Profile:
    """Read a profiler's output into tables.

    Parameters
    ----------
    origin, format, limit
        As for `read_file`.

    Returns
    -------
    Profile
        With a ledger of what could not be read.

    Raises
    ------
    UnavailableError, FormatError
        As `read_file` does.
    UsageError
        If no reader is called ``format``, or the file holds packets or counters and no profile.
    """
    reading = read_file(origin, format, limit)
    if not isinstance(reading, Profile):
        held = "packets" if isinstance(reading, Traffic) else "counters"
        raise UsageError(
            f"{name_of(origin)} is {reading.format} and holds {held}, no profile; read it with "
            "read_file"
        )
    return reading


def read_file(
    origin: str | PathLike[str] | BinaryIO,
    format: str | None = None,  # noqa: A002  # the word of the command line
    limit: int = UNPACKED_LIMIT,
) -> Reading:
    """Read the output of a profiler, a packet capture or a counting tool into tables.

    Parameters
    ----------
    origin : path, "-" or binary file
        A file (plain, gzip, xz, zstd or bzip2), a capture directory, or ``"-"`` for standard
        input.
    format : str, optional
        Name of the reader; by default the one that recognises the file.
    limit : int
        Unpacked bytes after which a file is refused.

    Returns
    -------
    Profile, Traffic or Counters
        With a ledger of what could not be read.

    Raises
    ------
    UnavailableError
        If the file does not exist or may not be read.
    UsageError
        If no reader is called ``format``.
    FormatError
        If the file is empty, no reader or more than one recognises it, or nothing in it could be
        read.
    """
    known = readers()
    if format is not None and format not in known:
        raise UsageError(f"no reader is called '{format}'; there are {', '.join(sorted(known))}")
    with open_source(origin, limit) as source:
        try:
            head = source.head()
            if not head:
                raise FormatError(f"{source.name} is empty; record again, or check what wrote it")
            reader = _choose(source.name, head, known) if format is None else known[format]
            reading = reader.read(source.stream, source.name)
        except OSError as error:
            raise UnavailableError(
                f"{source.name} could not be read to its end ({error.strerror}); copy it to a "
                "sound disk first"
            ) from error
        return _checked(reading, source)


def _choose(name: str, head: bytes, known: dict[str, Reader]) -> Reader:
    candidates = [reader for reader in known.values() if _recognises(reader, head)]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        names = ", ".join(reader.name for reader in candidates)
        raise FormatError(f"{name} could be any of {names}; say which with --format (format=)")
    listed = "; ".join(f"{reader.name} ({reader.description})" for reader in known.values())
    raise FormatError(f"{name} is in no format known here; known are {listed}")


def _recognises(reader: Reader, head: bytes) -> bool:
    try:
        return reader.sniff(head)
    except Exception as error:  # noqa: BLE001  # a stranger's reader must not stop the others
        warnings.warn(f"reader '{reader.name}' failed on a file: {error}", stacklevel=3)
        return False


def _checked(reading: Reading, source: Source) -> Reading:
    """Add damage of the packing to the ledger, and refuse a file of which nothing was read."""
    loss = reading.loss
    if source.damage:
        loss = dataclasses.replace(loss, truncated=True, reasons=(*loss.reasons, source.damage))
    if not loss.bytes_read and not loss.records:
        reasons = "; ".join(loss.reasons) or "it is empty"
        raise FormatError(f"nothing in {source.name} could be read as {reading.format}: {reasons}")
    return dataclasses.replace(reading, loss=loss)


def _own() -> Iterator[Reader]:
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__, f"{__package__}."):
        candidate = getattr(importlib.import_module(module.name), "READER", None)
        if isinstance(candidate, Reader):
            yield candidate


def _plugged_in() -> Iterator[Reader]:
    for entry in entry_points(group=GROUP):
        try:
            candidate = entry.load()
        except Exception as error:  # noqa: BLE001  # whatever a stranger's import may raise
            warnings.warn(
                f"reader plug-in '{entry.name}' could not be loaded: {error}", stacklevel=3
            )
            continue
        if isinstance(candidate, Reader) and not isinstance(candidate, type):
            yield candidate
        else:
            warnings.warn(
                f"plug-in '{entry.name}' is a {type(candidate).__name__}, not a Reader",
                stacklevel=3,
            )
