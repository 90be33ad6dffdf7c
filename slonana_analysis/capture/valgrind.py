"""Records instruction counts and heap use with valgrind: callgrind and massif.

Both run the program on a processor in software: every count is exact and the same each time, and
the program is some 50 times slower meanwhile.

References
----------
Valgrind manual, "Callgrind: a call-graph generating cache and branch prediction profiler" and
"Massif: a heap profiler".
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from slonana_analysis.capture.processes import run_tool
from slonana_analysis.capture.recording import Conclusion, Job
from slonana_analysis.capture.target import command_target
from slonana_analysis.errors import UnavailableError, UsageError

MASSIF_TIMES = ("i", "ms", "B")

_VERSION_SECONDS = 20.0
_COMPLAINT = "valgrind: "


def callgrind_job(command: Sequence[str], duration: float | None = None) -> Job:
    """Return the job that counts the instructions of every call of a command.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    duration : float, optional
        Seconds after which the command is interrupted; its counts until then are kept.

    Returns
    -------
    Job
        For ``recording_of``; its main file is ``callgrind.out``.

    Raises
    ------
    UsageError
        If the command is empty or the duration not positive.
    UnavailableError
        If valgrind or the command is missing.
    """
    return _job("callgrind", ("--dump-line=yes", "--compress-strings=yes"), command, duration)


def massif_job(
    command: Sequence[str], duration: float | None = None, *, time_unit: str = "ms"
) -> Job:
    """Return the job that follows the heap of a command by call site.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    duration : float, optional
        Seconds after which the command is interrupted; its snapshots until then are kept.
    time_unit : str
        ``ms`` of run time under valgrind, ``i`` (instructions) or ``B`` (bytes allocated): the
        latter two are the same in every run.

    Returns
    -------
    Job
        For ``recording_of``; its main file is ``massif.out``.

    Raises
    ------
    UsageError
        If the command is empty, the duration not positive or the unit unknown.
    UnavailableError
        If valgrind or the command is missing.
    """
    if time_unit not in MASSIF_TIMES:
        raise UsageError(f"massif has no time unit '{time_unit}'; say {', '.join(MASSIF_TIMES)}")
    return _job("massif", (f"--time-unit={time_unit}",), command, duration)


def _job(tool: str, options: Sequence[str], command: Sequence[str], duration: float | None) -> Job:
    target = command_target(command, duration)
    path = shutil.which("valgrind")
    if path is None:
        raise UnavailableError(
            "valgrind is not installed; install Debian's package valgrind "
            "('sudo apt-get install valgrind')"
        )
    said = run_tool([path, "--version"], seconds=_VERSION_SECONDS)
    main = f"{tool}.out"

    def started(scratch: Path) -> tuple[str, ...]:
        output = f"--{tool}-out-file={scratch / main}"
        return (path, f"--tool={tool}", output, *options, "--", *target.command)

    def conclude(scratch: Path, printed: str) -> Conclusion:
        left = scratch / main
        if left.is_file() and left.stat().st_size:
            return Conclusion(main)
        raise UnavailableError(
            f"{tool} left nothing of {target.name}: it says '{_last_words(printed)}'"
        )

    return Job(
        tool=tool,
        version=said.stdout.strip().removeprefix("valgrind-"),
        command=started,
        target=target.name,
        is_command=True,
        seconds=target.seconds,
        conclude=conclude,
    )


def _last_words(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith(_COMPLAINT)]
    return next(iter(complaints or lines[-1:]), "nothing")
