"""Records every allocation of a command with heaptrack.

References
----------
heaptrack 1.4, ``heaptrack --help`` and the script ``heaptrack`` itself, which runs the program, the
interpreter of its data and a packer as children of one shell.
"""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from slonana_analysis.capture.processes import run_tool
from slonana_analysis.capture.recording import Conclusion, Job
from slonana_analysis.capture.target import command_target
from slonana_analysis.errors import UnavailableError

_VERSION_SECONDS = 20.0
_MAIN = "heaptrack"
# Children of the script that are not the program, and must live until it has ended.
_OWN = ("heaptrack", "zstd", "gzip")


def heaptrack_job(command: Sequence[str], duration: float | None = None) -> Job:
    """Return the job that traces every allocation of a command.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    duration : float, optional
        Seconds after which the command is interrupted; what it still holds then counts as leaked.

    Returns
    -------
    Job
        For ``recording_of``; its main file is ``heaptrack.zst`` or ``heaptrack.gz``.

    Raises
    ------
    UsageError
        If the command is empty or the duration not positive.
    UnavailableError
        If heaptrack or the command is missing.
    """
    target = command_target(command, duration)
    path = shutil.which("heaptrack")
    if path is None:
        raise UnavailableError(
            "heaptrack is not installed; install Debian's package heaptrack "
            "('sudo apt-get install heaptrack')"
        )
    said = run_tool([path, "--version"], seconds=_VERSION_SECONDS)

    def started(scratch: Path) -> tuple[str, ...]:
        program, *arguments = target.command
        # The script takes a name that is also a shell's own for no program at all.
        return (
            path,
            "--output",
            str(scratch / _MAIN),
            shutil.which(program) or program,
            *arguments,
        )

    def conclude(scratch: Path, printed: str) -> Conclusion:
        found = sorted(scratch.glob(f"{_MAIN}.*"))
        if found and found[0].stat().st_size:
            return Conclusion(found[0].name)
        last = next(iter(printed.strip().splitlines()[-1:]), "nothing")
        raise UnavailableError(f"heaptrack left nothing of {target.name}: it says '{last}'")

    return Job(
        tool="heaptrack",
        version=said.stdout.strip().removeprefix("heaptrack").strip(),
        command=started,
        target=target.name,
        is_command=True,
        seconds=target.seconds,
        conclude=conclude,
        stop=_interrupt_program,
    )


def _interrupt_program(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt the program alone: its trace is only whole once all the rest has ended after it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if not child.name().startswith(_OWN):
                    child.send_signal(signal.SIGINT)
