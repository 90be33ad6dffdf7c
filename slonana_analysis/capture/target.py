"""What perf is told to record: a command from its start, or a running process."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import UnavailableError, UsageError

_LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class RecordingTarget:
    """Arguments for perf, what to call the target in text, and when to stop a command (s)."""

    arguments: tuple[str, ...]
    name: str
    is_command: bool
    seconds: float


def recording_target(
    command: Sequence[str] | None, pid: int | None, duration: float | None
) -> RecordingTarget:
    """Check what is to be recorded.

    Parameters
    ----------
    command : sequence of str, optional
        Program and arguments.
    pid : int, optional
        Process id; this or ``command``.
    duration : float, optional
        Seconds.

    Returns
    -------
    RecordingTarget
        A process is recorded for an hour at most.

    Raises
    ------
    UsageError
        If both or neither are named, or a number is not positive.
    UnavailableError
        If there is no such command or process, or it may not be inspected.
    """
    if duration is not None:
        require_positive(duration, "duration")
    if (command is None) == (pid is None):
        raise UsageError("name either a command or the id of a process to record")
    if pid is not None:
        require_positive(pid, "process id")
        _require_inspectable(pid)
        # perf ends by itself, even if we are killed and cannot tell it to.
        limit = min(duration or _LONGEST_SECONDS, _LONGEST_SECONDS)
        arguments = ("-p", str(pid), "--", "sleep", f"{limit:g}")
        return RecordingTarget(arguments, f"process {pid}", is_command=False, seconds=float("inf"))
    if not command:
        raise UsageError("the command to record is empty; write it after '--'")
    if shutil.which(command[0]) is None:
        raise UnavailableError(
            f"the command '{command[0]}' is not found or not executable; check its path"
        )
    seconds = float("inf") if duration is None else duration
    return RecordingTarget(
        ("--", *command), f"the command '{command[0]}'", is_command=True, seconds=seconds
    )


def _require_inspectable(pid: int) -> None:
    try:
        with Path(f"/proc/{pid}/maps").open("rb"):
            return
    except PermissionError as error:
        raise UnavailableError(
            f"process {pid} belongs to another user; record it as that user or as root"
        ) from error
    except OSError as error:
        raise UnavailableError(f"there is no process {pid}; look its id up with 'ps'") from error


def require_positive(value: float, name: str) -> None:
    """Raise a UsageError if the value of this name is not above zero."""
    if value <= 0:
        raise UsageError(f"the {name} must be more than 0, not {value}")
