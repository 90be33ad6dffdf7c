"""One run at a time in a runs directory: two at once would disturb each other's measurements."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.errors import LockedError
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.layout import RunsDirectory


@contextmanager
def measuring_lock(runs: RunsDirectory, run_id: str) -> Iterator[None]:
    """Hold the lock of a runs directory; the kernel drops it when the process dies, however.

    See flock(2). The file stays behind: removing it would let a third process lock a new file
    while a second one still holds the old.

    Parameters
    ----------
    runs : RunsDirectory
        Made when missing.
    run_id : str
        Told to whoever finds the lock taken.

    Raises
    ------
    LockedError
        If another process holds it; names that process and its run.
    UnavailableError
        If the lock file cannot be made.
    """
    with explained_write_errors(runs.lock):
        runs.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(runs.lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"{_holder(runs.lock)} is measuring in {runs.root}; two runs at once would disturb "
                "each other: wait for it to end, or use another machine"
            ) from error
        with explained_write_errors(runs.lock):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "run": run_id}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(lock: Path) -> str:
    try:
        holder = json.loads(lock.read_text())
        return f"run {holder['run']} (process {int(holder['pid'])})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"  # it has taken the lock and not yet written its name
