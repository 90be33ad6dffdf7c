"""Starting valgrind, listening to it, and leaving nothing of it behind."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from slonana_analysis.errors import UnavailableError

_LOG_TAIL = 2_000
_POLL_SECONDS = 0.01
# From neither the environment nor a file: options of somebody's daily work would change counts.
_ALWAYS = ("--command-line-only=yes", "--quiet")


@dataclass(frozen=True)
class GroupEnd:
    """How a process group ended.

    Attributes
    ----------
    status : int or None
        Exit status, negative for a signal; None when its time was up and it was ended.
    log : str
        The last of what it wrote to standard error.
    """

    status: int | None
    log: str

    @property
    def in_words(self) -> str:
        """How it ended, as the end of a sentence."""
        if self.status is None:
            return "did not end in time"
        if self.status < 0:
            return f"was killed by {signal.Signals(-self.status).name}"
        return f"ended with status {self.status}"


def valgrind(tool: str, *options: str) -> tuple[str, ...]:
    """Return the beginning of a command line that runs a program under valgrind.

    Parameters
    ----------
    tool : str
        ``"callgrind"`` or ``"cachegrind"``.
    *options : str
        Of that tool.

    Raises
    ------
    UnavailableError
        If valgrind is not installed.
    """
    program = shutil.which("valgrind")
    if program is None:
        raise UnavailableError(
            "instructions cannot be counted without valgrind; on Debian: apt install valgrind"
        )
    return (program, *_ALWAYS, f"--tool={tool}", *options)


def quiet_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which valgrind does not ask a server for debugging symbols."""
    return {name: value for name, value in environment.items() if name != "DEBUGINFOD_URLS"}


def run_group(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    text: str = "",
    seconds: float,
    on_line: Callable[[bytes], None] | None = None,
) -> GroupEnd:
    """Run a command in a process group of its own, which is gone when this returns or raises.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    environment : mapping of str to str
        All of its environment.
    text : str
        Its standard input.
    seconds : float
        How long it may take.
    on_line : callable, optional
        Called with every line of its standard output; without it the output is thrown away.

    Returns
    -------
    GroupEnd
        How it ended.
    """
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryFile() as log:
        with _started(command, environment, log.fileno(), piped=on_line is not None) as process:
            _send(process, text)
            in_time = on_line is None or _listen(process, deadline, on_line)
            in_time = in_time and _has_ended(process.pid, deadline)
        log.seek(0)
        status = process.returncode if in_time else None
        return GroupEnd(status, log.read().decode("utf-8", "replace")[-_LOG_TAIL:].strip())


@contextmanager
def _started(
    command: Sequence[str], environment: Mapping[str, str], log: int, *, piped: bool
) -> Iterator["subprocess.Popen[bytes]"]:
    # Of its own, so that Ctrl-C at a terminal reaches this process alone, which ends the group.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if piped else subprocess.DEVNULL,
        stderr=log,
        env=dict(environment),
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            # Also when it ended by itself: what it started may still be running. Nobody has waited
            # for it yet, so no other group can have got its number.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _send(process: "subprocess.Popen[bytes]", text: str) -> None:
    # A process that died at once has closed its end; how it died is told by its status.
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.write(text.encode())
            process.stdin.close()


def _listen(
    process: "subprocess.Popen[bytes]", deadline: float, on_line: Callable[[bytes], None]
) -> bool:
    """Pass lines on until the output is closed; return False when the time is up before."""
    stream = process.stdout
    if stream is None:
        return True
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                return True
            *whole, pending = (pending + chunk).split(b"\n")
            for line in whole:
                on_line(line)
    return False


def _has_ended(pid: int, deadline: float) -> bool:
    """Wait until a child has ended, without taking its status; False when the time is up before."""
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
