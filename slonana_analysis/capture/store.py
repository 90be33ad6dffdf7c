"""A capture on disk: a directory with raw files and ``capture.json``, which says what they are."""

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.model.capture import Capture, CaptureFacts

FACTS_FILE = "capture.json"
_LAYOUT = 1


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def unfinished_directory(directory: Path) -> Iterator[Path]:
    """Give a scratch directory that takes the wanted name when the block ends without an error.

    Parameters
    ----------
    directory : Path
        Wanted name; must not exist, or be empty. Its parents are made.

    Yields
    ------
    Path
        Directory beside the wanted one; gone if the block raises, so that nobody ever sees half a
        capture.

    Raises
    ------
    UsageError
        If the directory holds something already.
    UnavailableError
        If it cannot be made or written.
    """
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise UsageError(f"{directory} exists already; name a new directory for the capture")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    except OSError as error:
        raise unwritable(directory, error) from error
    try:
        yield scratch
        try:
            scratch.chmod(0o755)
            scratch.rename(directory)
        except OSError as error:
            raise unwritable(directory, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def unwritable(directory: Path, error: OSError) -> UnavailableError:
    """Return the error that says why a capture cannot be written."""
    return UnavailableError(
        f"the capture {directory} cannot be written ({error.strerror or error}); choose another "
        "place for it"
    )


def save_facts(directory: Path, main: str, facts: CaptureFacts) -> None:
    """Write ``capture.json``.

    Parameters
    ----------
    directory : Path
        Where the raw files are.
    main : str
        Name of the file that a reader takes.
    facts : CaptureFacts
        Facts of the recording; ``files`` is replaced by the checksums of what is there.
    """
    files = {
        path.name: file_sha256(path)
        for path in sorted(directory.iterdir())
        if path.name != FACTS_FILE
    }
    stated = dataclasses.asdict(dataclasses.replace(facts, files=files))
    text = json.dumps({"layout": _LAYOUT, "main": main, **stated}, indent=2, sort_keys=True)
    (directory / FACTS_FILE).write_text(text + "\n", encoding="utf-8")


def load_capture(directory: str | Path, *, verify: bool = False) -> Capture:
    """Return a capture from its directory.

    Parameters
    ----------
    directory : path
        Directory with ``capture.json``.
    verify : bool
        Whether to compare every file with its checksum.

    Returns
    -------
    Capture
        With paths inside ``directory``.

    Raises
    ------
    UnavailableError
        If there is no ``capture.json``, or a file it names is missing.
    FormatError
        If ``capture.json`` is damaged, or a file differs from its checksum.
    """
    home = Path(directory)
    path = home / FACTS_FILE
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnavailableError(
            f"{home} is no capture: its {FACTS_FILE} cannot be read ({error.strerror})"
        ) from error
    except ValueError as error:
        raise FormatError(f"{path} is damaged ({error}); record again") from error
    main, facts = _parse(path, stated)
    for name, checksum in facts.files.items():
        if not (home / name).is_file():
            raise UnavailableError(f"{home} lacks its file {name}; copy the capture again")
        if verify and file_sha256(home / name) != checksum:
            raise FormatError(f"{home / name} is not the file that was recorded; copy it again")
    return Capture(home, home / main, facts)


def _parse(path: Path, stated: Any) -> tuple[str, CaptureFacts]:  # noqa: ANN401  # JSON
    try:
        if stated["layout"] != _LAYOUT:
            raise FormatError(
                f"{path} has layout {stated['layout']}, this version reads {_LAYOUT}; update"
            )
        facts = CaptureFacts(
            tool=str(stated["tool"]),
            version=str(stated["version"]),
            command=tuple(map(str, stated["command"])),
            host=str(stated["host"]),
            start=str(stated["start"]),
            seconds=float(stated["seconds"]),
            files={str(name): str(checksum) for name, checksum in stated["files"].items()},
            notes=tuple(map(str, stated["notes"])),
            recorded=bool(stated["recorded"]),
        )
        main = str(stated["main"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"{path} lacks or misstates {error}; record again") from error
    if main not in facts.files or any(Path(name).name != name for name in facts.files):
        raise FormatError(f"{path} names files outside its directory, or no main file")
    return main, facts
