"""The main job: execute notebooks on this host and publish one run."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from slonana_analysis.compare.trends import derived_tables
from slonana_analysis.errors import UsageError
from slonana_analysis.model.run import BASELINE
from slonana_analysis.report.execution.forking import KernelServer
from slonana_analysis.report.execution.kernels import kernel_source
from slonana_analysis.report.execution.notebooks import Notebook, find_notebooks
from slonana_analysis.report.execution.one_notebook import (
    Execution,
    InterruptedNotebookError,
    execute,
)
from slonana_analysis.report.execution.parameters import notebook_parameters, parse_overrides
from slonana_analysis.report.execution.setup import recording
from slonana_analysis.report.progress import Display
from slonana_analysis.report.words import count_text
from slonana_analysis.runs.draft import unfinished_runs
from slonana_analysis.runs.identity import new_run_id
from slonana_analysis.runs.layout import RunsDirectory, default_runs_directory
from slonana_analysis.runs.lock import measuring_lock
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.writer import RunWriter, new_manifest

# Seconds one notebook may take before it is given up; generous, as they guard against hanging.
NOTEBOOK_SECONDS: Mapping[str, float] = MappingProxyType(
    {"smoke": 10 * 60.0, "quick": 30 * 60.0, "full": 6 * 3600.0}
)


@dataclass(frozen=True)
class Workshop:
    """What a run works with.

    Attributes
    ----------
    runs : Path
        Runs directory.
    notebooks : Path
        Folder of notebooks.
    host : callable
        Returns this machine's facts as nested JSON objects; ``machine`` is its id.
    make_report : callable
        Writes the report of a run into its folder.
    display : Display
        Shown what happens.
    server : KernelServer or None
        Forks kernels; None makes every kernel an ordinary one.
    notebook_seconds : mapping of str to float
        Longest time of one notebook, by preset.
    """

    runs: Path
    notebooks: Path
    host: Callable[[], Mapping[str, object]]
    make_report: Callable[[Run], Path]
    display: Display
    server: KernelServer | None
    notebook_seconds: Mapping[str, float] = field(default_factory=lambda: NOTEBOOK_SECONDS)


def execute_run(
    workshop: Workshop,
    *,
    preset: str,
    patterns: Sequence[str] = (),
    overrides: Sequence[str] = (),
    baseline: str = "",
) -> Run:
    """Execute notebooks and publish their run.

    Parameters
    ----------
    workshop : Workshop
        See there.
    preset : str
        ``smoke``, ``quick`` or ``full``.
    patterns : sequence of str
        Which notebooks; none: all.
    overrides : sequence of str
        Parameters, each ``NAME=VALUE``.
    baseline : str
        Run that this one shall be held against; becomes the parameter ``baseline``.

    Returns
    -------
    Run
        The published run; notebooks in it may have failed.

    Raises
    ------
    UsageError
        If a pattern, parameter or value fits no notebook.
    LockedError
        If another run is measuring in the same runs directory.
    UnavailableError
        If something cannot be written; what was measured is kept for ``resume_run``.
    """
    notebooks = find_notebooks(workshop.notebooks, patterns)
    parameters = parse_overrides(overrides, notebooks) | ({BASELINE: baseline} if baseline else {})
    runs = RunsDirectory(workshop.runs.resolve())
    start = datetime.now(UTC)
    run_id = new_run_id(start)
    with measuring_lock(runs, run_id):
        _mention_unfinished(runs, workshop.display)
        manifest = new_manifest(
            run_id=run_id,
            start=start.isoformat(timespec="seconds"),
            preset=preset,
            parameters=parameters,
            host=dict(workshop.host()),
        )
        writer = RunWriter.begin(runs, manifest, [notebook.name for notebook in notebooks])
        return _complete(workshop, runs, writer, notebooks)


def resume_run(workshop: Workshop, run_id: str) -> Run:
    """Redo what a run lacks: notebooks that failed, were interrupted, or never began.

    Parameters
    ----------
    workshop : Workshop
        See there.
    run_id : str
        Of an interrupted run, or a published one in which notebooks failed.

    Returns
    -------
    Run
        The published run, in place of its earlier version if there was one.

    Raises
    ------
    UsageError
        If there is nothing to resume, the run was made on another machine, or a notebook it lacks
        does not exist any more.
    LockedError, UnavailableError
        As ``execute_run``.
    """
    runs = RunsDirectory(workshop.runs.resolve())
    with measuring_lock(runs, run_id):
        writer = RunWriter.resume(runs, run_id)
        begun, now = writer.manifest.host, workshop.host()
        there, here = begun.get("machine"), now.get("machine")
        if there != here:
            raise UsageError(
                f"run '{run_id}' was begun on machine {there} and this is {here}; start a new run"
            )
        if begun.get("commit") != now.get("commit"):
            workshop.display.note(
                f"run {run_id} was begun at commit {begun.get('commit')} and goes on at "
                f"{now.get('commit')}: its notebooks may not have been made by the same code"
            )
        pending = writer.pending
        notebooks = find_notebooks(workshop.notebooks, pending) if pending else ()
        return _complete(workshop, runs, writer, [n for n in notebooks if n.name in pending])


def _complete(
    workshop: Workshop, runs: RunsDirectory, writer: RunWriter, notebooks: Sequence[Notebook]
) -> Run:
    display, manifest = workshop.display, writer.manifest
    count = count_text(len(notebooks), "notebook")
    display.note(f"run {manifest.run}: preset {manifest.preset}, {count} to do")
    with _hint_how_to_resume(display, runs, manifest.run):
        with kernel_source(workshop.server, display.note) as kernels:
            for number, notebook in enumerate(notebooks, start=1):
                display.notebook_started(notebook.name, number, len(notebooks))
                job = _execution(notebook, writer, workshop.notebook_seconds)
                try:
                    record = execute(job, kernels, display)
                except InterruptedNotebookError as interruption:
                    display.notebook_ended(interruption.record)
                    writer.record(interruption.record)
                    raise
                display.notebook_ended(record)
                writer.record(record)
        display.note("gathering the results and making the report …")
        return writer.finish(workshop.make_report, derived_tables)


def _execution(
    notebook: Notebook, writer: RunWriter, notebook_seconds: Mapping[str, float]
) -> Execution:
    manifest = writer.manifest
    results = writer.fresh_results(notebook.name)
    return Execution(
        notebook=notebook,
        parameters=notebook_parameters(
            notebook, manifest.parameters, preset=manifest.preset, output=str(results)
        ),
        saved_as=writer.notebook_path(notebook.name),
        results=results,
        timeout=notebook_seconds[manifest.preset],
        setup=recording(results),
    )


@contextmanager
def _hint_how_to_resume(display: Display, runs: RunsDirectory, run_id: str) -> Iterator[None]:
    """Say, whatever ends the run early, that nothing measured is lost."""
    published = False
    try:
        yield
        published = True
    finally:
        if not published:
            display.note(
                f"what was measured is kept; continue with: {resume_command(runs.root, run_id)}"
            )


def resume_command(runs: Path, run_id: str) -> str:
    """Return the command line that resumes a run."""
    default = runs.resolve() == default_runs_directory().resolve()
    place = "" if default else f"--runs {shlex.quote(str(runs))} "
    return f"slonana-analysis run {place}--resume {run_id}"


def _mention_unfinished(runs: RunsDirectory, display: Display) -> None:
    for left in unfinished_runs(runs):
        state = f"unfinished run {left.run} ({left.done} of {left.planned} notebooks done)"
        command = f"continue with: {resume_command(runs.root, left.run)}, or delete"
        display.note(f"{state}: {command if left.planned else 'delete'} {left.path}")
