"""Our end of the kernel server: start it, have it fork, follow and signal what it forked."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import slonana_analysis
from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.compiled import compiled_code_environment

_SERVER = "slonana_analysis.report.execution.kernel_server"
_ANSWER_SECONDS = 120.0  # the first answer waits for the imports, on a cold disk
_LEAVE_SECONDS = 5.0
_TAIL_BYTES = 4096
# A thread started by an import would make forking unsafe: thread pools of linear algebra, and
# the purging thread of the jemalloc inside Arrow.
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class ForkedProcess:
    """A forked kernel, with the part of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: "KernelServer", pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it lives, then its exit code, or minus the signal that ended it."""
        if self.returncode is None:
            self.returncode = self._server.exit_code(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code.

        Raises
        ------
        subprocess.TimeoutExpired
            If it still lives after ``timeout`` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and timeout is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("forked kernel", timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)


class KernelServer:
    """A running kernel server; a context manager that leaves no process behind."""

    def __init__(
        self, process: subprocess.Popen[bytes], channel: socket.socket, log: IO[bytes]
    ) -> None:
        self._process = process
        self._channel = channel
        self._log = log
        self._answers = channel.makefile("rb")
        self._number = 0
        self._has_forked = False

    @classmethod
    def start(cls) -> Self:
        """Start the server; it imports in the background while the caller goes on.

        Raises
        ------
        UnavailableError
            If no process can be started.
        """
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the server, nameless
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", _SERVER, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to handle, not the kernels'
                pass_fds=[theirs.fileno()],
                env=kernel_environment() | _ONE_THREAD,
            )
        except OSError as error:
            ours.close()
            log.close()
            raise UnavailableError(f"cannot start the kernel server: {error}") from error
        finally:
            theirs.close()
        ours.settimeout(_ANSWER_SECONDS)
        return cls(process, ours, log)

    def fork(
        self, arguments: Sequence[str], directory: str, environment: Mapping[str, str]
    ) -> ForkedProcess:
        """Fork a kernel.

        Parameters
        ----------
        arguments : sequence of str
            Of the kernel application, without the program's name.
        directory : str
            Its working directory.
        environment : mapping
            Its whole environment.

        Returns
        -------
        ForkedProcess
            The kernel.

        Raises
        ------
        UnavailableError
            If the server is gone, too slow, or finds that forking would be unsafe.
        """
        answer = self._ask(
            do="fork",
            arguments=list(arguments),
            directory=directory,
            environment=dict(environment),
        )
        if "pid" not in answer:
            raise UnavailableError(f"no kernel was forked: {answer['problem']}")
        self._has_forked = True
        return ForkedProcess(self, answer["pid"])

    def exit_code(self, pid: int) -> int | None:
        """Return None while a forked kernel lives, then its exit code, or minus its signal."""
        try:
            code: int | None = self._ask(do="poll", pid=pid)["code"]
        except UnavailableError:
            return -signal.SIGKILL  # a server that is gone has taken its kernels along
        return code

    def last_words(self) -> str:
        """Return the last line that the server or a kernel wrote to its own standard error."""
        size = os.fstat(self._log.fileno()).st_size
        tail = os.pread(self._log.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        lines = tail.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        """Have the server kill its kernels and leave."""
        self._answers.close()
        self._channel.close()
        self._log.close()
        if not self._has_forked:
            self._process.kill()  # it may still be importing, and has nobody to see off
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the kernel of the system then kills the children
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, **request: object) -> dict[str, Any]:
        self._number += 1
        try:
            self._channel.sendall(json.dumps({"number": self._number, **request}).encode() + b"\n")
            while line := self._answers.readline():
                answer: dict[str, Any] = json.loads(line)
                # An answer to a question that Ctrl-C cut short may still be on the way.
                if answer["number"] == self._number:
                    return answer
        except (OSError, ValueError) as error:  # Ctrl-C may also have cut an answer short
            raise UnavailableError(f"the kernel server does not answer: {error}") from error
        raise UnavailableError(f"the kernel server has ended ({self.last_words() or 'silently'})")


def kernel_environment() -> dict[str, str]:
    """Return this process's environment, made fit for a kernel.

    Figures go into the notebook whatever the user's matplotlib is set to, and this very package
    is found: an installed one is anyway; one used from its source folder is not, as a kernel's
    working directory is another.
    """
    inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    environment = dict(os.environ) | inline | compiled_code_environment()
    root = str(Path(slonana_analysis.__file__).resolve().parent.parent)
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root if not known else f"{root}{os.pathsep}{known}"
    return environment
