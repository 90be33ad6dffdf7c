"""SHA-256 of the stored tables, captures and profiles of a run."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from slonana_analysis.runs.layout import CAPTURES, PROFILES


def checksums(run: Path) -> dict[str, str]:
    """Return the checksum of every table, capture file and profile file of a run.

    Parameters
    ----------
    run : Path
        Folder of the run.

    Returns
    -------
    dict of str to str
        Path relative to the run, with forward slashes, to 64 hexadecimal digits.
    """
    files = [*run.glob("*.parquet"), *(run / CAPTURES).rglob("*"), *(run / PROFILES).rglob("*")]
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
