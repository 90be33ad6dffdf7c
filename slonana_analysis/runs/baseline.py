"""Which stored run another one is held against."""

from pathlib import Path

from slonana_analysis.errors import UsageError
from slonana_analysis.model.run import RunManifest
from slonana_analysis.runs.catalogue import LATEST, open_run
from slonana_analysis.runs.identity import is_run_id
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.run import Run, read_run


def earlier_run(runs: Path, machine: str, before: RunManifest | None = None) -> Run | None:
    """Return the latest whole run of a machine.

    Parameters
    ----------
    runs : Path
        Runs directory.
    machine : str
        Machine id; other machines' runs are no baseline.
    before : RunManifest, optional
        Only runs that began earlier than this one, of the same preset: a smoke run's few launches
        are no measure for a full one's.

    Returns
    -------
    Run or None
        None where there is none.
    """
    for folder in reversed(list(RunsDirectory(runs).published())):
        if folder.parent.parent.name != f"machine={machine}":
            continue
        if before is None:
            return read_run(folder)
        if folder.name < before.run and (run := read_run(folder)).manifest.preset == before.preset:
            return run
    return None


def baseline_run(name: str, runs: Path, machine: str) -> Run:
    """Open the run that ``--baseline`` names: a folder, an id, its beginning, or ``latest``.

    Parameters
    ----------
    name : str
        What the user calls it; ``latest`` is this machine's latest.
    runs : Path
        Runs directory.
    machine : str
        This machine's id.

    Raises
    ------
    UsageError
        If there is no such run.
    FormatError
        If it is damaged.
    """
    if name != LATEST:
        return open_run(name, runs)
    found = earlier_run(runs, machine)
    if found is None:
        raise UsageError(
            f"{runs} holds no run of this machine ({machine}) yet that could be the baseline; "
            "make one without --baseline first"
        )
    return found


def baseline_name(run: Run, runs: Path) -> str:
    """Return what a run is written down as: its id below ``runs``, its folder elsewhere."""
    path = run.path.resolve()
    known = is_run_id(run.manifest.run) and path.is_relative_to(runs.resolve())
    return run.manifest.run if known else str(path)
