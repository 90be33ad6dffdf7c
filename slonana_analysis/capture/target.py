"""What a tool is told to record: a command from its start, or running processes."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import UnavailableError, UsageError

LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class RecordingTarget:
    """A command or processes, what to call them in text, and when to stop a command (s)."""

    command: tuple[str, ...]
    pids: tuple[int, ...]
    name: str
    seconds: float

    @property
    def is_command(self) -> bool:
        """Whether it is a command, which then is started here."""
        return bool(self.command)


def recording_target(
    command: Sequence[str] | None, pids: Sequence[int], duration: float | None
) -> RecordingTarget:
    """Check what is to be recorded.

    Parameters
    ----------
    command : sequence of str, optional
        Program and arguments.
    pids : sequence of int
        Process ids; these or ``command``.
    duration : float, optional
        Seconds.

    Returns
    -------
    RecordingTarget
        Processes are recorded for an hour at most.

    Raises
    ------
    UsageError
        If both or neither are named, or a number is not positive.
    UnavailableError
        If there is no such command or process, or it may not be inspected.
    """
    if duration is not None:
        require_positive(duration, "duration")
    if (command is None) == (not pids):
        raise UsageError("name either a command or the id of a process to record")
    if pids:
        for pid in pids:
            require_positive(pid, "process id")
            _require_inspectable(pid)
        several = "es" if len(pids) > 1 else ""
        listed = ", ".join(map(str, pids))
        limit = min(duration or LONGEST_SECONDS, LONGEST_SECONDS)
        return RecordingTarget((), tuple(pids), f"process{several} {listed}", limit)
    return command_target(command or (), duration)


def command_target(command: Sequence[str], duration: float | None) -> RecordingTarget:
    """Check a command that is to be recorded.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    duration : float, optional
        Seconds after which it is ended.

    Raises
    ------
    UsageError
        If it is empty.
    UnavailableError
        If there is no such program.
    """
    if not command:
        raise UsageError("the command to record is empty; write it after '--'")
    if shutil.which(command[0]) is None:
        raise UnavailableError(
            f"the command '{command[0]}' is not found or not executable; check its path"
        )
    if duration is not None:
        require_positive(duration, "duration")
    seconds = float("inf") if duration is None else duration
    return RecordingTarget(tuple(command), (), f"the command '{command[0]}'", seconds)


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
