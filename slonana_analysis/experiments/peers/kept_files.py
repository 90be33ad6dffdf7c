"""Files that take seconds to make and are made once per machine: models and machine code."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.cache import cache_directory

_HASH_LENGTH = 24


def kept_file(name: str, recipe: tuple[str, ...], make: Callable[[Path], None]) -> Path:
    """Return a file of the cache, made now if no process has made it yet.

    Parameters
    ----------
    name : str
        File name; its suffix is kept.
    recipe : tuple of str
        All that decides its content: versions, sources, the processor.
    make : callable
        ``make(path)`` writes it; ``path`` lies in a folder of its own, which is removed.

    Returns
    -------
    Path
        Named after the recipe.

    Raises
    ------
    UnavailableError
        If it cannot be written, or ``make`` raises it.
    """
    folder = cache_directory("peers")
    wanted = folder / f"{Path(name).stem}-{_hash(recipe)}{Path(name).suffix}"
    if wanted.exists():
        return wanted
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
            fresh = Path(beside) / name
            make(fresh)
            # Whoever makes the same at the same time renames an equal file onto this one.
            fresh.replace(wanted)
    except OSError as error:
        raise UnavailableError(
            f"{name} could not be made in {folder} ({error}); free some space there or set"
            " SLONANA_CACHE to another folder"
        ) from error
    return wanted


def versions(*packages: str) -> tuple[str, ...]:
    """Return ``name==version`` of installed distributions; of one that is not, ``name``."""
    return tuple(map(_version, packages))


def _version(package: str) -> str:
    try:
        return f"{package}=={version(package)}"
    except PackageNotFoundError:
        return package


def text_of(module_file: str) -> str:
    """Return the source of a module, from its ``__file__``: a recipe for what it makes."""
    return Path(module_file).read_text("utf-8")


def _hash(recipe: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in recipe:
        digest.update(os.fsencode(part) + b"\0")
    return digest.hexdigest()[:_HASH_LENGTH]
