"""SHA-256 of what a run stores: tables, captures, profiles, and what was seen of the machine."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from slonana_analysis.runs.layout import CAPTURES, OBSERVATIONS, PROFILES


def checksums(run: Path) -> dict[str, str]:
    """Return the checksum of every table and of every stored file that is no page.

    Parameters
    ----------
    run : Path
        Folder of the run.

    Returns
    -------
    dict of str to str
        Path relative to the run, with forward slashes, to 64 hexadecimal digits.
    """
    folders = [run / kind for kind in (CAPTURES, PROFILES, OBSERVATIONS)]
    files = [*run.glob("*.parquet"), *(path for each in folders for path in each.rglob("*"))]
    return {
        path.relative_to(run).as_posix(): _sha256(path) for path in sorted(files) if path.is_file()
    }


def changed_files(run: Path, recorded: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that are missing, new, or differ from what was recorded, sorted."""
    present = checksums(run)
    names = present.keys() | recorded.keys()
    return tuple(sorted(name for name in names if present.get(name) != recorded.get(name)))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
