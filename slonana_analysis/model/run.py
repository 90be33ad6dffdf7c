"""One execution of notebooks on one host, as its manifest states it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

NotebookState: TypeAlias = Literal["done", "failed", "interrupted"]


BASELINE = "baseline"
"""Parameter of a run, and of the notebooks that have it: the run that it is held against."""


@dataclass(frozen=True)
class NotebookRecord:
    """How one notebook ended: its state, seconds of execution and of start-up, error sentence."""

    name: str
    title: str
    state: NotebookState
    seconds: float
    startup_seconds: float
    error: str = ""


@dataclass(frozen=True)
class RunManifest:
    """What ``manifest.json`` holds.

    Attributes
    ----------
    run : str
        Run id: start time and a random suffix; sorts by time.
    date : str
        Day of the start in UTC, ``YYYY-MM-DD``; with ``host.machine`` the run's partition.
    start : str
        ISO 8601 with offset.
    preset : str
        ``smoke``, ``quick`` or ``full``.
    parameters : dict
        Overrides given with ``-p``, JSON values.
    host : dict
        ``HostFacts`` as nested JSON objects.
    notebooks : tuple of NotebookRecord
        In execution order.
    checksums : dict of str to str
        Relative path to sha256, hexadecimal, for every stored table and capture.
    format : int
        Version of this file's layout.
    """

    run: str
    date: str
    start: str
    preset: str
    parameters: dict[str, object]
    host: dict[str, object]
    notebooks: tuple[NotebookRecord, ...]
    checksums: dict[str, str]
    format: int = 1
