"""Starting a launch, listening to it, and making sure that it ends."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from slonana_analysis.errors import SlonanaError, UnavailableError
from slonana_analysis.measure.messages import (
    LaunchFailure,
    LaunchProgress,
    LaunchRequest,
    LaunchResult,
    outcome_from_json,
)
from slonana_analysis.native.cache import cache_directory
from slonana_analysis.native.fingerprint import fingerprinted_directory

_MODULE = "slonana_analysis.measure.launch"
_THREAD_LIMITS = (
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
_LOG_TAIL = 4_000
_EXIT_SECONDS = 10.0


def launch_environment(threads: int) -> dict[str, str]:
    """Return the environment of a launch.

    Parameters
    ----------
    threads : int
        How many threads numerical libraries may use.

    Returns
    -------
    dict of str to str
        This process's environment, with its import path, the caches for the present sources and
        the thread limits.
    """
    numba_cache = fingerprinted_directory("numba")
    return _with_bytecode(dict(os.environ)) | {
        "PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path),
        # Otherwise -m puts the working directory first, and a stray numba.py there is imported.
        "PYTHONSAFEPATH": "1",
        "NUMBA_CACHE_DIR": str(numba_cache),
        # Where the usual place is not writable the cache is private to this process; share it.
        "SLONANA_CACHE": str(numba_cache.parents[1]),
        **dict.fromkeys(_THREAD_LIMITS, str(threads)),
    }


def _with_bytecode(environment: dict[str, str]) -> dict[str, str]:
    """Let launches keep bytecode, in our cache, where this process was told to write none.

    Without it each of them compiles a thousand library files again, which takes longer than all
    the rest of its start.
    """
    if not sys.dont_write_bytecode:
        return environment
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment | {"PYTHONPYCACHEPREFIX": str(cache_directory("bytecode"))}


def run_launch(
    request: LaunchRequest,
    environment: Mapping[str, str],
    *,
    stall_seconds: float,
    on_case: Callable[[LaunchProgress], None],
) -> LaunchResult:
    """Run one launch to its end.

    Parameters
    ----------
    request : LaunchRequest
        What to time; its ``result`` is chosen here.
    environment : mapping of str to str
        From ``launch_environment``.
    stall_seconds : float
        How long a launch may go without finishing a case.
    on_case : callable
        Called after every case.

    Returns
    -------
    LaunchResult
        What the launch wrote.

    Raises
    ------
    SlonanaError
        What the entry raised, of the same kind if that is one of ours; or that the launch ended
        without a result.
    UnavailableError
        If it made no progress for ``stall_seconds``.
    """
    with tempfile.TemporaryDirectory(prefix="slonana-launch-") as directory:
        result, log = Path(directory, "result.json"), Path(directory, "log.txt")
        with log.open("wb") as log_file, _started(environment, log_file) as process:
            _send(process, replace(request, result=str(result)))
            for line in _lines(process, request, stall_seconds):
                on_case(LaunchProgress.from_json(line))
            status = _end_of(process)
        if not result.exists():
            raise _ended_without_result(request, status, log)
        outcome = outcome_from_json(result.read_text("utf-8"))
    if isinstance(outcome, LaunchFailure):
        raise outcome.error(request.entry, request.launch)
    return outcome


@contextmanager
def _started(environment: Mapping[str, str], log: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a launch in a process group of its own and leave nothing of it behind.

    Of its own, so that Ctrl-C at a terminal reaches the harness alone, which then ends the launch
    instead of waiting for its traceback.
    """
    with subprocess.Popen(
        [sys.executable, "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=dict(environment),
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _send(process: "subprocess.Popen[bytes]", request: LaunchRequest) -> None:
    message = request.to_json().encode()
    stream = process.stdin
    # A launch that died while importing has closed its end; how it died is told by its status.
    with suppress(BrokenPipeError):
        if stream is not None:
            stream.write(message)
            stream.close()


def _lines(
    process: "subprocess.Popen[bytes]", request: LaunchRequest, stall_seconds: float
) -> Iterator[bytes]:
    """Yield progress lines until the launch closes its output."""
    stream = process.stdout
    if stream is None:
        return
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if not selector.select(stall_seconds):
                raise UnavailableError(
                    f"launch {request.launch} of '{request.entry}' finished no case for "
                    f"{stall_seconds:g} s and was ended; give it less work or a longer limit"
                )
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                return
            *whole, pending = (pending + chunk).split(b"\n")
            yield from whole


def _end_of(process: "subprocess.Popen[bytes]") -> int | None:
    """Status of a launch that has closed its output; None if something in it does not end.

    A thread that an entry left behind can do that. The result is written by then, so the launch is
    simply killed on the way out.
    """
    try:
        return process.wait(_EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _ended_without_result(request: LaunchRequest, status: int | None, log: Path) -> SlonanaError:
    if status is None:
        how, hint = "closed its output but neither ended nor left a result", ""
    elif status < 0:
        how = f"was killed by {signal.Signals(-status).name}"
        hint = "; out of memory is a usual cause" if -status == signal.SIGKILL else ""
    else:
        how, hint = f"ended with status {status} and no result", ""
    error = SlonanaError(f"launch {request.launch} of '{request.entry}' {how}{hint}")
    if tail := log.read_text("utf-8", errors="replace")[-_LOG_TAIL:].strip():
        error.add_note(f"The last of what it printed:\n{tail}")
    return error
