"""The process that imports everything once and forks one Jupyter kernel per notebook.

Started as ``python -m slonana_analysis.report.execution.kernel_server FD``, where FD is one end of
a socket pair. A request is one line of JSON, and so is its answer; ``number`` pairs the two:

``{"number", "do": "fork", "arguments", "directory", "environment"}``
    forks a kernel; answers ``{"number", "pid"}`` or ``{"number", "problem"}``.
``{"number", "do": "poll", "pid"}``
    answers ``{"number", "code"}``: null while the kernel lives, then its exit code, or minus the
    signal that ended it (the server is the kernels' parent, so only it can ask).

When the other end closes, however its owner ended, the server kills what it forked and leaves.
Linear algebra in a forked kernel runs in one thread, as the server may not start any; nothing is
timed in a kernel.
"""

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp

# What notebooks import, and what a kernel imports on its first breath.
_PRELOADED = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "numba",
    "scipy.stats",
    "slonana_analysis",
)
_CONTROL_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


@dataclass(frozen=True)
class KernelOrder:
    """A kernel to be: arguments of the kernel application, working directory, environment."""

    arguments: list[str]
    directory: str
    environment: dict[str, str]


def main(descriptor: int) -> None:
    """Serve until the other end closes; in a forked child, become the kernel instead."""
    preload()
    with socket.socket(fileno=descriptor) as channel:
        order = serve(channel)
    if order is not None:
        become_kernel(order)


def preload() -> None:
    """Import what notebooks import."""
    for name in _PRELOADED:
        _import_whole(name)
    gc.collect()
    gc.freeze()  # collections in a kernel must not touch, and so copy, the shared pages


def _import_whole(name: str) -> None:
    """Import a module with the names it loads lazily."""
    try:
        module = importlib.import_module(name)
        for attribute in getattr(module, "__all__", ()):
            getattr(module, attribute)
    except Exception as error:  # noqa: BLE001  # the notebook that needs it will say so
        print(f"cannot preload {name}: {error!r}", file=sys.stderr)


def serve(channel: socket.socket) -> KernelOrder | None:
    """Answer requests; return None at the end, or a kernel's order in the child just forked."""
    children: set[int] = set()
    answer: dict[str, object]
    with channel.makefile("rb") as requests:
        for line in requests:
            request = json.loads(line)
            if request["do"] == "poll":
                answer = {"code": _exit_code(request["pid"], children)}
            elif problem := _why_not_fork():
                answer = {"problem": problem}
            else:
                server = os.getpid()
                pid = os.fork()
                if pid == 0:
                    _leave_server(server)
                    return KernelOrder(
                        request["arguments"], request["directory"], request["environment"]
                    )
                children.add(pid)
                answer = {"pid": pid}
            channel.sendall(json.dumps({"number": request["number"], **answer}).encode() + b"\n")
    _kill_all(children)
    return None


def become_kernel(order: KernelOrder) -> None:
    """Turn this fresh child into an ordinary IPython kernel; returns when it shuts down."""
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.directory)
    sys.argv = ["ipykernel_launcher", *order.arguments]
    tempfile.tempdir = None  # depends on the environment
    _reseed()
    IPKernelApp.launch_instance(argv=order.arguments)
    # ipykernel's exit handler stops publishing first and then joins this thread, which may be
    # publishing that it has shut down: about one kernel in fifteen waited there until killed.
    IPKernelApp.instance().control_thread.join(_CONTROL_SECONDS)


def _why_not_fork() -> str:
    """Return why forking is unsafe now: a lock held by another thread would stay held for ever."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    names = ", ".join((task / "comm").read_text().strip() for task in tasks)
    return f"another thread ({names}) runs in the kernel server" if tasks else ""


def _leave_server(server: int) -> None:
    os.setsid()  # its own process group: interrupts reach it and what it starts, nobody else
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _reseed() -> None:
    """Give NumPy's legacy generator its own state; Python's own reseeds itself after a fork."""
    importlib.import_module("numpy.random").seed()


def _exit_code(pid: int, children: set[int]) -> int | None:
    if pid not in children:
        return 1
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended == 0:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _kill_all(children: set[int]) -> None:
    for pid in children:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            # It was forked a moment ago, and has no process group of its own yet.
            os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
