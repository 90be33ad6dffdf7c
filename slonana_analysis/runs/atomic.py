"""Files and folders that appear whole or not at all, also after a power cut or on a full disk."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.errors import UnavailableError


@contextmanager
def explained_write_errors(what: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write into one sentence.

    Parameters
    ----------
    what : Path
        The file or folder being written; named in the sentence.

    Raises
    ------
    UnavailableError
        On a full disk, a missing permission, a read-only filesystem.
    """
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"cannot write {what}: {error.strerror or error}; free space or make the folder "
            "writable, then continue (nothing that was complete is lost)"
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a mixture.

    Parameters
    ----------
    path : Path
        Its folder is made when missing.
    content : bytes
        The whole file.

    Raises
    ------
    UnavailableError
        If the disk is full or the folder cannot be written to.
    """
    with explained_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)


def publish_folder(staged: Path, place: Path, aside: Path) -> None:
    """Move a finished folder to its place in one rename.

    Where a folder stands at ``place`` already it is first moved to ``aside``; for that instant a
    reader finds neither of the two, but never a part of one.

    Parameters
    ----------
    staged, place, aside : Path
        All on one filesystem; ``aside`` must not exist.

    Raises
    ------
    UnavailableError
        If the filesystem refuses.
    """
    with explained_write_errors(place):
        for folder, _, names in os.walk(staged):
            for name in names:
                sync(Path(folder, name))
            sync(Path(folder))
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(aside)
        staged.rename(place)
        for parent in (staged.parent, place.parent, place.parent.parent, place.parents[2]):
            sync(parent)


def sync(path: Path) -> None:
    """Have the kernel write a file's content, or a folder's list of names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
