"""The history of a runs directory, as notebook 81 and the command line show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slonana_analysis.compare.history import (
    FEWEST_LAUNCHES,
    FEWEST_RUNS,
    comparable_trends,
    find_changes,
)
from slonana_analysis.compare.trends import run_trends
from slonana_analysis.compare.verdicts import FLOOR
from slonana_analysis.errors import FormatError
from slonana_analysis.model.observation import observed
from slonana_analysis.model.schema import TRENDS
from slonana_analysis.report.words import count_text
from slonana_analysis.runs.layout import default_runs_directory
from slonana_analysis.runs.pending import pending_run
from slonana_analysis.runs.queries import read_across, run_folders
from slonana_analysis.runs.run import read_run
from slonana_analysis.runs.tables import table_path


@dataclass(frozen=True)
class RunHistory:
    """The levels of all subjects over many runs, and where they moved.

    Attributes
    ----------
    trends : DataFrame
        Columns of ``schema.TRENDS``, oldest first.
    changes : DataFrame
        Columns of ``schema.CHANGES``.
    notes : tuple of str
        What a reader must know: how many series were looked at, and what was left out and why.
    """

    trends: pd.DataFrame
    changes: pd.DataFrame
    notes: tuple[str, ...]


# Other runs are no part of this one: when it is made again, what was seen of them is shown again.
@observed("output", "runs")
def run_history(
    output: str = "",
    runs: str = "",
    experiment: str = "",
    machine: str = "",
    floor: float = FLOOR,
) -> RunHistory:
    """Return the history of the runs in a directory.

    Parameters
    ----------
    output : str
        The notebook's ``output`` parameter: the run under way takes part, as far as it has got.
    runs : str
        Runs directory; empty: that of this run, ``$SLONANA_RUNS`` or ``./runs``.
    experiment : str
        Only this experiment; empty: all.
    machine : str
        Only this machine's runs; empty: those of all, each on its own.
    floor : float
        Relative move below which nothing is called a change.

    Returns
    -------
    RunHistory
        Empty tables where there are no runs.

    Raises
    ------
    FormatError
        If a stored table is damaged.
    """
    pending = pending_run(output) if output else None
    root = Path(runs) if runs else pending.runs.root if pending else default_runs_directory()
    folders = run_folders(root, machine)
    parts = [read_across(folders, TRENDS, experiment), *_older(folders, experiment)]
    if pending is not None:
        own = run_trends(pending.manifest, pending.samples(), pending.checks(), pending.verdicts())
        parts.append(_of(own, experiment))
    filled = [part for part in parts if len(part)]
    everything = TRENDS.conform(pd.concat(filled)) if filled else TRENDS.empty()
    trends = comparable_trends(everything)
    return RunHistory(trends, find_changes(trends, floor), _notes(everything, trends))


def _older(folders: Sequence[Path], experiment: str) -> list[pd.DataFrame]:
    """Return the levels of runs that were made before levels were kept, from their samples."""
    parts = []
    for folder in folders:
        if table_path(folder, TRENDS).exists():
            continue
        try:
            run = read_run(folder)
        except FormatError:
            continue  # the catalogue lists it with its problem; a history goes on without it
        own = run_trends(run.manifest, run.samples(), run.checks(), run.verdicts())
        parts.append(_of(own, experiment))
    return parts


def _of(trends: pd.DataFrame, experiment: str) -> pd.DataFrame:
    return trends[trends["experiment"] == experiment] if experiment else trends


def _notes(everything: pd.DataFrame, trends: pd.DataFrame) -> tuple[str, ...]:
    lengths = trends.groupby(["machine", "experiment", "variant", "parameters"]).size()
    long_enough = int((lengths >= FEWEST_RUNS).sum())
    held = f"{count_text(trends['run'].nunique(), 'run')}, {count_text(len(lengths), 'subject')}"
    looked_at = count_text(long_enough, "series", "series")
    notes = [f"{held}; {looked_at} of {FEWEST_RUNS} runs and more looked at"]
    if long_enough < len(lengths):
        notes.append(
            f"a change can be placed from {FEWEST_RUNS} runs on; "
            f"{len(lengths) - long_enough} subjects have fewer"
        )
    few = everything["launches"] < FEWEST_LAUNCHES
    if few.any():
        runs = everything.loc[few, "run"].nunique()
        notes.append(
            f"{count_text(runs, 'run')} left out where a level rests on fewer than "
            f"{FEWEST_LAUNCHES} launches (smoke runs)"
        )
    return tuple(notes)
