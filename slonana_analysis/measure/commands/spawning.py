"""Starting a command in a fresh process, waiting for it with a limit, and what it used.

Wall time is that between the start and the end of the process, seen by the small process that
starts it (``spawner.py`` says why there is one). The rest is the kernel's own account of the
process and of the children it waited for.

References
----------
getrusage(2), wait4(2), posix_spawn(3).
"""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from slonana_analysis.errors import SlonanaError, UnavailableError

_SPAWNER = Path(__file__).with_name("spawner.py")
_KIB = 1024
_TAIL = 2_000


@dataclass(frozen=True)
class CommandRun:
    """One execution of a command.

    Attributes
    ----------
    wall_ns, user_ns, system_ns : float
        Time from start to end, and processor time in user and kernel mode, nanoseconds.
    peak_bytes : int
        Largest resident memory of the largest process among the command and its children.
    status : int
        Exit status; negative: the signal that ended it.
    timed_out : bool
        Whether it was ended because it took too long.
    errors : str
        End of its standard error.
    """

    wall_ns: float
    user_ns: float
    system_ns: float
    peak_bytes: int
    status: int
    timed_out: bool
    errors: str

    @property
    def outcome(self) -> str:
        """How it ended: ``"exit 0"``, ``"killed by SIGSEGV"``, ``"timed out"``."""
        if self.timed_out:
            return "timed out"
        if self.status >= 0:
            return f"exit {self.status}"
        try:
            return f"killed by {signal.Signals(-self.status).name}"
        except ValueError:  # a real-time signal has no name
            return f"killed by signal {-self.status}"


class Spawner:
    """Starts commands one at a time; made by ``spawner``."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", commands: Sequence[Sequence[str]], log: IO[bytes]
    ) -> None:
        self._process = process
        self._commands = commands
        self._log = log
        self._pending = b""
        self._running = 0
        self.least_peak_bytes = int(self._answer(None).split()[1]) * _KIB

    def run(self, command: int, timeout: float | None) -> CommandRun:
        """Run a command to its end.

        Parameters
        ----------
        command : int
            Which, from 0.
        timeout : float or None
            Seconds after which it and all that it started are killed.

        Returns
        -------
        CommandRun
            What it used.

        Raises
        ------
        UnavailableError
            If it cannot be started.
        """
        self._log.seek(0, os.SEEK_END)
        log_start = self._log.tell()
        self._ask(command)
        kind, _, rest = self._answer(None).partition(" ")
        if kind == "refused":
            words = self._commands[command]
            raise UnavailableError(f"{words[0]}: cannot be started ({rest}); is it installed?")
        self._running = int(rest)
        timed_out = False
        try:
            answer = self._answer(timeout)
        except TimeoutError:
            timed_out = True
            self.end_running()
            answer = self._answer(None)
        self._running = 0
        wall, user, system, peak, status = map(int, answer.split()[1:])
        errors = self._errors(log_start)
        return CommandRun(
            wall, user * 1e3, system * 1e3, peak * _KIB, status, timed_out=timed_out, errors=errors
        )

    def end_running(self) -> None:
        """Kill the command that is running, if any, and all of its process group."""
        if self._running:
            with suppress(ProcessLookupError):
                os.killpg(self._running, signal.SIGKILL)

    def _ask(self, command: int) -> None:
        stream = self._process.stdin
        if stream is not None:
            stream.write(b"%d\n" % command)
            stream.flush()

    def _answer(self, timeout: float | None) -> str:
        """Return the next line of the process.

        Raises
        ------
        TimeoutError
            If none came in time.
        SlonanaError
            If the process has ended.
        """
        stream = self._process.stdout
        with selectors.DefaultSelector() as selector:
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(timeout):
                    raise TimeoutError
                chunk = os.read(stream.fileno(), 1 << 12) if stream is not None else b""
                if not chunk:
                    raise SlonanaError(
                        "the process that starts the commands has ended unexpectedly; was it "
                        f"killed? {self._errors(0)}".rstrip()
                    )
                self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode()

    def _errors(self, start: int) -> str:
        if not self._log.seekable():
            return ""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(start, size - _TAIL))
        return self._log.read().decode("utf-8", "replace").strip()


@contextmanager
def spawner(commands: Sequence[Sequence[str]], *, show_output: bool = False) -> Iterator[Spawner]:
    """Start the process that starts commands, and end it and them whatever happens.

    Parameters
    ----------
    commands : sequence of sequences of str
        Program and arguments; the program is searched on the path.
    show_output : bool
        Let the commands write to this process's standard error; otherwise their output is
        discarded and their errors are kept for whoever asks.

    Yields
    ------
    Spawner
        Runs one at a time.
    """
    words = [word for command in commands for word in (str(len(command)), *command)]
    mode = "show" if show_output else "quiet"
    with (
        tempfile.TemporaryFile(prefix="slonana-commands-") as log,
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SPAWNER), mode, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if show_output else log,
            # Out of the terminal's reach: Ctrl-C comes to us, and we end what is running.
            process_group=0,
        ) as process,
    ):
        served: Spawner | None = None
        try:
            served = Spawner(process, commands, log)
            yield served
        finally:
            if served is not None:
                served.end_running()
            process.kill()
