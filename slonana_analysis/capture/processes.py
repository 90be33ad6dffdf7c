"""Running tools so that none outlives us and none runs for ever."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from slonana_analysis.errors import UnavailableError

_GRACE = 2.0
_STEP = 0.02


def run_tool(
    command: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a short command and return what it printed, whatever its exit status.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    seconds : float
        Time after which it is ended.
    environment : mapping, optional
        Its environment; by default ours.

    Returns
    -------
    CompletedProcess
        Standard output and standard error as text.

    Raises
    ------
    UnavailableError
        If it cannot be started or takes too long.
    """
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"'{' '.join(command[:3])}' did not end within {seconds:.0f} s; try it by hand"
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"'{command[0]}' cannot be started ({error.strerror}); check that it is installed"
        ) from error


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let what is started in the block end on SIGINT, even where this process ignores it.

    A shell has what it starts with ``&`` ignore SIGINT, which programs inherit; tools that are told
    to finish their file by SIGINT would never do so. A handler, unlike "ignore", does not outlive
    ``exec``. Only the main thread may set one; in others nothing is changed.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """End a process and its whole group: ask first, then insist; return when none is left.

    Parameters
    ----------
    leader : Popen
        Started with ``start_new_session``; no error if it is gone already.
    """
    _signal(leader, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while _alive(leader) and time.monotonic() < deadline:
        time.sleep(_STEP)
    _signal(leader, signal.SIGKILL)
    leader.wait()


def _signal(leader: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, number)


def _alive(leader: "subprocess.Popen[bytes]") -> bool:
    # An ended leader counts as alive until it is waited for.
    leader.poll()
    try:
        os.killpg(leader.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
