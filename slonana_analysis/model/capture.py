"""A profiler's raw output file and the facts of its recording."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CaptureFacts:
    """What ``capture.json`` holds beside a raw file.

    Attributes
    ----------
    tool, version : str
        Tool and the version it states.
    command : tuple of str
        Command line of the tool, as run.
    host : str
        Machine id of the recording host.
    start : str
        Start of the recording, ISO 8601 with offset.
    seconds : float
        Length of the recording.
    files : dict of str to str
        File name to its sha256, hexadecimal.
    notes : tuple of str
        What was not as asked, one sentence each (an event that had to be replaced, say).
    recorded : bool
        True for a capture shipped with the package, which was not made on this machine now.
    """

    tool: str
    version: str
    command: tuple[str, ...]
    host: str
    start: str
    seconds: float
    files: dict[str, str]
    notes: tuple[str, ...] = ()
    recorded: bool = False


@dataclass(frozen=True)
class Capture:
    """A directory with raw files and ``capture.json``; ``main`` is the file a reader takes."""

    directory: Path
    main: Path
    facts: CaptureFacts
