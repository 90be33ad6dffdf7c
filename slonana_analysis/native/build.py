"""Compile our C sources when they are first used, and keep the result."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.cache import cache_directory
from slonana_analysis.native.compiler import Compiler, compiler_facts, processor_identity

__all__ = ["compiler_facts", "executable", "shared_library"]

_SOURCES = Path(__file__).parent / "src"

_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "kernel_rows": ("kernel_rows.c",),
    "companions": (
        "calls.c",
        "scalar_companions.c",
        "avx2_activations.c",
        "avx2_dense.c",
        "avx2_trees.c",
    ),
    "plain_companions": ("scalar_companions.c",),
    "counting_clock": ("counting_clock.c",),
}
_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "pipeline": (
        "pipeline.c",
        "accounts.c",
        "arguments.c",
        "packets.c",
        "queue.c",
        "recent.c",
        "scoring.c",
        "sha256.c",
    )
}
# Compiled for every processor of the architecture, as the validator is by its own build.
_ANY_PROCESSOR = frozenset({"plain_companions.so"})
_TUNING = ("-march=", "-mcpu=", "-mtune=")
_LIBRARY_FLAGS = ("-fPIC", "-shared")
# A call in tail position would take its caller off the stack that a profiler walks.
_PROGRAM_FLAGS = ("-fno-optimize-sibling-calls", "-pthread")


def shared_library(name: str) -> Path:
    """Return one of our shared libraries, compiled for this processor.

    Parameters
    ----------
    name : str
        ``"kernel_rows"``, ``"companions"``, ``"plain_companions"`` or ``"counting_clock"``.

    Returns
    -------
    Path
        In the user's cache; compiled at the first call with these sources, flags, compiler and
        processor.

    Raises
    ------
    UnavailableError
        If there is no C compiler, it fails, or the cache is full.
    """
    return _built(f"{name}.so", _LIBRARIES[name], _LIBRARY_FLAGS)


def executable(name: str) -> Path:
    """Return one of our programs, compiled for this processor.

    Parameters
    ----------
    name : str
        ``"pipeline"``.

    Returns
    -------
    Path
        As for `shared_library`; the file is called ``name``, which is what profilers show.

    Raises
    ------
    UnavailableError
        If there is no C compiler, it fails, or the cache is full.
    """
    return _built(name, _PROGRAMS[name], _PROGRAM_FLAGS)


def _built(file: str, sources: tuple[str, ...], kind: tuple[str, ...]) -> Path:
    compiler = compiler_facts()
    flags = compiler.flags if file not in _ANY_PROCESSOR else _untuned(compiler.flags)
    folder = cache_directory("native") / _fingerprint(compiler, (*sources, *flags, *kind))
    wanted = folder / file
    if wanted.exists():
        return wanted
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
            fresh = Path(beside) / file
            paths = [str(_SOURCES / source) for source in sources]
            compiler.run(*flags, *kind, "-o", str(fresh), *paths)
            # Whoever builds the same at the same time renames an equal file onto this one.
            fresh.replace(wanted)
    except OSError as error:
        raise UnavailableError(
            f"{file} could not be compiled into {folder} ({error.strerror}); "
            "free some space there or set SLONANA_CACHE to another folder"
        ) from error
    return wanted


def _untuned(flags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(flag for flag in flags if not flag.startswith(_TUNING))


def _fingerprint(compiler: Compiler, recipe: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    parts = (*compiler.command, compiler.version, *compiler.flags, *recipe, processor_identity())
    for part in parts:
        digest.update(os.fsencode(part) + b"\0")
    for source in sorted(_SOURCES.glob("*.[ch]")):
        digest.update(os.fsencode(source.name) + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:32]
