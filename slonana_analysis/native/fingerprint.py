"""One hash over everything that machine code in the caches was made from.

numba throws a cached function away when that function's own file changes, not when a function it
calls lives elsewhere and changes there. All caches here lie under this hash instead.
"""

import functools
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from slonana_analysis.native.cache import cache_directory

# The rooms with compiled functions; a change to a report compiles nothing.
_ROOMS = ("experiments", "kernels", "measure", "profiles", "readers", "simd")
_KEPT_DAYS = 7.0
_SECONDS_PER_DAY = 86_400
_LENGTH = 16


def source_fingerprint(root: Path, rooms: Iterable[str], versions: Iterable[str]) -> str:
    """Return a hash of the Python files in some directories and of some version strings.

    Parameters
    ----------
    root : Path
        A package's directory.
    rooms : iterable of str
        Directories below ``root`` to take all files of; one that does not exist has none.
    versions : iterable of str
        Versions that the compiled code depends on.

    Returns
    -------
    str
        Sixteen hexadecimal digits of a sha256.
    """
    digest = hashlib.sha256()
    for part in versions:
        digest.update(part.encode() + b"\0")
    for path in sorted(path for room in rooms for path in (root / room).rglob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(root)}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()[:_LENGTH]


@functools.cache
def fingerprint() -> str:
    """Return the hash of this package's compiled rooms and of the compiler's versions.

    Returns
    -------
    str
        Sixteen hexadecimal digits; read once per process.
    """
    # Asked of the installer: importing the three to ask them takes a second.
    versions = (sys.version, *(version(name) for name in ("numba", "llvmlite", "numpy")))
    # Modules choose their vector kernels by it when they are imported, and numba cannot know.
    lowered = os.environ.get("SLONANA_SIMD", "")
    return source_fingerprint(Path(__file__).parents[1], _ROOMS, (*versions, lowered))


def fingerprinted_directory(kind: str) -> Path:
    """Return the cache directory of ``kind`` for the present sources, marked as used now.

    Parameters
    ----------
    kind : str
        ``"generated"`` for generated modules, ``"numba"`` for machine code.

    Returns
    -------
    Path
        An existing directory, mode 0700.
    """
    directory = cache_directory(kind) / fingerprint()
    directory.mkdir(mode=0o700, exist_ok=True)
    os.utime(directory)
    return directory


def prune(kind: str, *, days: float = _KEPT_DAYS) -> list[Path]:
    """Remove the caches of sources that nobody has run for a while.

    Parameters
    ----------
    kind : str
        As for ``fingerprinted_directory``.
    days : float
        Age from which a directory goes; the present one never does.

    Returns
    -------
    list of Path
        What was removed.
    """
    oldest = time.time() - days * _SECONDS_PER_DAY
    stale = [
        path
        for path in cache_directory(kind).iterdir()
        if path.is_dir() and path.name != fingerprint() and path.stat().st_mtime < oldest
    ]
    for path in stale:
        # Another process may be removing the same directory: what is gone is gone.
        shutil.rmtree(path, ignore_errors=True)
    return stale
