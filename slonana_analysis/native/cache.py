"""Where compiled code and other things that can be made again are kept."""

import atexit
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

_PRIVATE = 0o700


def cache_directory(kind: str) -> Path:
    """Return the folder for one kind of cached files, and create it.

    Code is loaded from here, so a folder that belongs to somebody else, or that others may write
    to, is not used.

    Parameters
    ----------
    kind : str
        Name of the folder, for example ``"native"``.

    Returns
    -------
    Path
        ``kind`` in ``$SLONANA_CACHE``, else in ``$XDG_CACHE_HOME/slonana-analysis``, else in
        ``~/.cache/slonana-analysis``, with access for the user only. Where that cannot be used, a
        temporary folder that disappears with this process.
    """
    try:
        return _private_folder(_root() / kind)
    # A user without a home directory is a RuntimeError.
    except (OSError, RuntimeError):
        return _private_folder(_temporary_root(os.getpid()) / kind)


def _root() -> Path:
    if chosen := os.environ.get("SLONANA_CACHE"):
        return Path(chosen).absolute()
    # The XDG base directory specification has relative paths ignored.
    shared = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(shared) if Path(shared).is_absolute() else Path.home() / ".cache"
    return base / "slonana-analysis"


def _private_folder(folder: Path) -> Path:
    folder.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    folder.mkdir(mode=_PRIVATE, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} is not this user's alone")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written to")
    return folder


@cache
def _temporary_root(process: int) -> Path:
    root = Path(tempfile.mkdtemp(prefix="slonana-analysis-"))
    atexit.register(_remove_root, root, process)
    return root


def _remove_root(root: Path, process: int) -> None:
    # A forked process inherits the exit handlers of its parent, whose folder is still in use.
    if os.getpid() == process:
        shutil.rmtree(root, ignore_errors=True)
