"""Opens what a benchmark tool left behind: a JSON file or a folder of them, in bounded memory."""

import json
import os
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.readers.benches.fields import Field
from slonana_analysis.readers.source import STANDARD_INPUT, open_source

MEMORY_LIMIT = 256 << 20
"""Bytes that decoding one file may take; one that would take more is refused before it."""

_TEXT_LIMIT = 32 << 20
_DEEPEST = 8
_MOST_ENTRIES = 200_000

# What CPython takes at most for what such a character begins or ends: an object with one member, a
# list with one, a list's slot with a float in it, half the head of a string.
_COSTS = {b"{": 240, b"[": 104, b",": 40, b'"': 32}


class Document:
    """A decoded JSON file.

    Attributes
    ----------
    root : Field
        The whole document.
    folder : Path or None
        Where the file lies; None for a stream.
    """

    def __init__(self, content: object, source: str, folder: Path | None) -> None:
        self.root = Field(content, source)
        self.folder = folder

    @property
    def source(self) -> str:
        """What to call the file in errors."""
        return self.root.source

    def holds(self, key: str, kind: type) -> bool:
        """Return whether the document is an object whose member ``key`` is of a type."""
        content = self.root.content
        return isinstance(content, dict) and isinstance(content.get(key), kind)


class Folder:
    """A folder of JSON files, looked through once and not beyond what is sensible.

    Attributes
    ----------
    path : Path
        The folder.
    files : list of Path
        Regular files below it, relative to it, sorted. Links are not followed.

    Raises
    ------
    FormatError
        If it holds too many entries.
    UnavailableError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = sorted(self._walk())
        self._left = _TEXT_LIMIT

    @property
    def source(self) -> str:
        """What to call the folder in errors."""
        return str(self.path)

    def document(self, file: Path) -> Document:
        """Read one of the files; together they may be as large as one file may be alone."""
        document, size = _read(self.path / file, self._left)
        self._left -= size
        return document

    def _walk(self) -> list[Path]:
        found: list[Path] = []
        entries = 0
        for folder, folders, files in os.walk(self.path, onerror=_refuse):
            here = Path(folder).relative_to(self.path)
            entries += len(folders) + len(files)
            if entries > _MOST_ENTRIES:
                raise FormatError(
                    f"{self.path} holds more than {_MOST_ENTRIES} entries; name the folder of the "
                    "benchmarks themselves"
                )
            if len(here.parts) >= _DEEPEST:
                folders.clear()
            found += [here / name for name in files if name.endswith(".json")]
        return [file for file in found if not (self.path / file).is_symlink()]


def open_results(origin: str | PathLike[str] | BinaryIO) -> Document | Folder:
    """Open a file or a folder of benchmark results.

    Parameters
    ----------
    origin : path, "-" or binary file
        A JSON file (plain, gzip, xz or bzip2), a folder, or ``"-"`` for standard input.

    Returns
    -------
    Document or Folder
        The file decoded, or the folder listed.

    Raises
    ------
    UnavailableError
        If it does not exist or may not be read.
    FormatError
        If a file is empty, no JSON, damaged, too deep, or would take more than ``MEMORY_LIMIT``.
    """
    if isinstance(origin, str | PathLike) and Path(origin).is_dir():
        return Folder(Path(origin))
    return _read(origin, _TEXT_LIMIT)[0]


def one_file(found: Document | Folder, tool: str) -> Document:
    """Return a document; a FormatError if it is a folder, which the tool does not write."""
    if isinstance(found, Folder):
        raise FormatError(f"{found.source} is a folder; {tool} writes one file, so name that")
    return found


def _refuse(error: OSError) -> None:
    raise UnavailableError(
        f"{error.filename} cannot be read ({error.strerror}); check its permissions"
    ) from error


def _read(origin: str | PathLike[str] | BinaryIO, limit: int) -> tuple[Document, int]:
    """Return a document and the size of its text in bytes."""
    named = isinstance(origin, str | PathLike) and str(origin) != STANDARD_INPUT
    folder = Path(str(origin)).parent if named else None
    with open_source(origin, limit) as source:
        try:
            raw = source.stream.read(limit + 1)
        except OSError as error:
            raise UnavailableError(
                f"{source.name} could not be read to its end ({error.strerror}); copy it to a "
                "sound disk first"
            ) from error
        if source.damage:
            raise FormatError(f"{source.name} cannot be unpacked: {source.damage}; copy it again")
        if len(raw) > limit:
            raise FormatError(
                f"{source.name} brings the text to be read above {_TEXT_LIMIT >> 20} MiB; export "
                "fewer benchmarks at a time"
            )
        return Document(_decoded(raw, source.name), source.name, folder), len(raw)


def _decoded(raw: bytes, name: str) -> object:
    if not raw.strip():
        raise FormatError(f"{name} is empty; let the tool write it again")
    if _memory(raw) > MEMORY_LIMIT:
        raise FormatError(
            f"{name} would take more than {MEMORY_LIMIT >> 20} MiB of memory; export fewer "
            "benchmarks at a time"
        )
    try:
        content: object = json.loads(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name} is no whole JSON document ({error.msg} in line {error.lineno}, column "
            f"{error.colno}); benchmark results are read from the tool's JSON export"
        ) from error
    except RecursionError as error:
        raise FormatError(f"{name} is nested too deeply for benchmark results") from error
    except ValueError as error:
        raise FormatError(
            f"{name} holds text or a number that cannot be decoded ({error}); let the tool write "
            "it again"
        ) from error
    return content


def _memory(raw: bytes) -> int:
    """Bound the bytes that decoding takes, from what the text is made of."""
    # One character beyond the Basic Multilingual Plane makes all of a text four bytes wide; it is
    # held as bytes, as text, and once more in the strings cut from it.
    width = 1 if raw.isascii() and b"\\u" not in raw else 4
    return (1 + 2 * width) * len(raw) + sum(
        cost * raw.count(character) for character, cost in _COSTS.items()
    )
