"""Python modules made from text that numba can keep compiled on disk like any other.

numba caches only functions that lie in a file; a closure over a kernel or an ``exec``-ed text is
compiled again in every process, which for a few dozen loops means minutes per run. Here the text
becomes a file in the user's cache, named after its own hash, and every process that loads it finds
the machine code that the first one left there.
"""

import hashlib
import importlib.util
import os
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.native.fingerprint import fingerprinted_directory

PREFIX = "slonana_generated."
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_HASH_LENGTH = 16


def module_from_source(name: str, text: str) -> ModuleType:
    """Write ``text`` to a file of the cache, once, and import it.

    Functions in ``text`` should ask for ``numba.njit(cache=True)``. What they import from this
    package is part of the cache's key; what they import from elsewhere is not.

    Parameters
    ----------
    name : str
        What the module is about, an identifier; its hash is appended.
    text : str
        Python source.

    Returns
    -------
    ModuleType
        Named ``slonana_generated.<name>_<hash>``, the same object for the same text.

    Raises
    ------
    UsageError
        If ``name`` is no identifier.
    """
    if not _IDENTIFIER.match(name):
        raise UsageError(f"'{name}' cannot name a generated module; use letters, digits and _")
    full_name = f"{name}_{_text_hash(text)}"
    if PREFIX + full_name not in sys.modules:
        path = _path(full_name)
        if not path.exists() or path.read_bytes() != text.encode():
            _write_whole(path, text)
    return load(full_name)


def load(name: str) -> ModuleType:
    """Import a generated module, by which one generated module refers to another.

    Parameters
    ----------
    name : str
        Name with its hash and without ``slonana_generated.``.

    Returns
    -------
    ModuleType
        The module; the same object on every call.

    Raises
    ------
    FormatError
        If its file is missing or does not hold the text that its name promises.
    """
    full_name = PREFIX + name
    if full_name in sys.modules:
        return sys.modules[full_name]
    path = _path(name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"generated module '{path}' cannot be read: {error}") from error
    if _text_hash(text) != name.rpartition("_")[2]:
        raise FormatError(
            f"generated module '{path}' was changed after it was written; delete it, "
            "it is written again when needed"
        )
    return _import(full_name, path)


def _import(full_name: str, path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(full_name, path)
    if specification is None or specification.loader is None:
        raise FormatError(f"'{path}' is not a Python file")
    module = importlib.util.module_from_spec(specification)
    # Registered before it runs, as the import system does: numba looks modules up by name.
    sys.modules[full_name] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[full_name]
        raise
    return module


def _path(name: str) -> Path:
    return fingerprinted_directory("generated") / f"{name}.py"


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _write_whole(path: Path, text: str) -> None:
    """Write beside the place and rename, so that no process ever imports half a file."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
