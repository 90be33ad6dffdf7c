"""Which runs there are, and how one of them is named on a command line."""

from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.runs.layout import MANIFEST, RunsDirectory
from slonana_analysis.runs.run import Run, read_run

LATEST = "latest"


@dataclass(frozen=True)
class RunSummary:
    """One line of the catalogue.

    Attributes
    ----------
    run, machine, date, start, preset : str
        As in the manifest; empty where it cannot be read.
    path : Path
        Folder of the run.
    done, failed : int
        Notebooks that ended well, and those that did not.
    problem : str
        Why the run cannot be opened; empty for a sound one.
    """

    run: str
    path: Path
    machine: str = ""
    date: str = ""
    start: str = ""
    preset: str = ""
    done: int = 0
    failed: int = 0
    problem: str = ""


def catalogue(runs: Path) -> list[RunSummary]:
    """List the whole runs below a directory, oldest first.

    Parameters
    ----------
    runs : Path
        Runs directory; one that does not exist holds no runs.

    Returns
    -------
    list of RunSummary
        A damaged run is listed with its problem, so that it hides no other.
    """
    return [_summary(folder) for folder in RunsDirectory(runs).published()]


def open_run(name: str | Path, runs: Path) -> Run:
    """Open a run by its folder, its id, the beginning of its id, or ``latest``.

    Parameters
    ----------
    name : str or Path
        What the user calls it.
    runs : Path
        Where ids are looked up.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    UsageError
        If no run, or more than one, is called that.
    FormatError
        If the run is damaged.
    """
    folder = Path(name)
    if (folder / MANIFEST).exists():
        return read_run(folder)
    found = list(RunsDirectory(runs).published())
    matches = found[-1:] if name == LATEST else [x for x in found if _is_called(x, str(name))]
    if len(matches) > 1:
        names = ", ".join(path.name for path in matches)
        raise UsageError(f"'{name}' could be any of {names}; write more of the id")
    if not matches:
        known = ", ".join(path.name for path in found[-5:]) or "none yet"
        raise UsageError(f"there is no run '{name}' in {runs}; the latest there are: {known}")
    return read_run(matches[0])


def _is_called(folder: Path, name: str) -> bool:
    return bool(name) and folder.name.startswith(name)


def _summary(folder: Path) -> RunSummary:
    try:
        manifest = read_run(folder).manifest
    except FormatError as error:
        return RunSummary(run=folder.name, path=folder, problem=str(error))
    states = [record.state for record in manifest.notebooks]
    return RunSummary(
        run=manifest.run,
        path=folder,
        machine=str(manifest.host.get("machine", "")),
        date=manifest.date,
        start=manifest.start,
        preset=manifest.preset,
        done=states.count("done"),
        failed=len(states) - states.count("done"),
    )
