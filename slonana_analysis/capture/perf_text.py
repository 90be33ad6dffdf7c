"""From perf's binary recording to text with symbols, by perf-script(1)."""

import os
import subprocess
from pathlib import Path

from slonana_analysis.capture.perf_errors import perf_error
from slonana_analysis.errors import UnavailableError

PERF_DATA = "perf.data"
PERF_SCRIPT = "perf.script.txt"

_SCRIPT_SECONDS = 600.0
_FIELDS = "comm,pid,tid,cpu,time,period,event,ip,sym,symoff,dso"


def is_recording(path: Path) -> bool:
    """Return whether perf finished this file: its header then states the size of the data."""
    try:
        with path.open("rb") as stream:
            header = stream.read(56)
    except FileNotFoundError:
        return False
    return header.startswith(b"PERFILE2") and int.from_bytes(header[48:56], "little") > 0


def print_script(perf: str, scratch: Path) -> list[str]:
    """Write the samples of ``perf.data`` to ``perf.script.txt``.

    Parameters
    ----------
    perf : str
        Path of the program.
    scratch : Path
        Directory of both files.

    Returns
    -------
    list of str
        What is not as it should be, one sentence each.

    Raises
    ------
    UnavailableError
        If perf cannot print the recording, or takes too long.
    """
    # Symbols come from this machine only: perf would ask servers named here for others.
    environment = {key: value for key, value in os.environ.items() if key != "DEBUGINFOD_URLS"}
    command = (perf, "script", "--header", "--no-inline", "--fields", _FIELDS, "--input", PERF_DATA)
    text = scratch / PERF_SCRIPT
    try:
        with text.open("wb") as stream:
            done = subprocess.run(
                command,
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.PIPE,
                env=environment,
                timeout=_SCRIPT_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"perf script did not end within {_SCRIPT_SECONDS:.0f} s; record for a shorter time"
        ) from error
    complaint = done.stderr.decode("utf-8", "backslashreplace")
    if done.returncode != 0 and text.stat().st_size == 0:
        raise perf_error(complaint, "print its recording as text")
    notes = []
    if done.returncode != 0:
        notes.append(f"perf script ended with status {done.returncode}, so samples may be missing")
    if not _has_sample(text):
        notes.append("no sample was taken: too little ran in the time")
    return notes


def _has_sample(text: Path) -> bool:
    with text.open("rb") as stream:
        return any(line.strip() and not line.startswith(b"#") for line in stream)
