"""Executes one notebook and says how it ended."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from slonana_analysis.model.run import NotebookRecord, NotebookState
from slonana_analysis.report.execution.engine import ENGINE, EngineSettings
from slonana_analysis.report.execution.kernels import KernelSource
from slonana_analysis.report.execution.notebooks import Notebook
from slonana_analysis.report.progress import Display, following
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.progress import PROGRESS_VARIABLE, ProgressTail

_START_SECONDS = 120
_LONGEST_ERROR = 400


@dataclass(frozen=True)
class Execution:
    """One notebook to execute.

    Attributes
    ----------
    notebook : Notebook
        What to execute; its folder is the kernel's working directory.
    parameters : mapping
        What to inject.
    saved_as : Path
        Where the executed notebook is saved, after each cell.
    results : Path
        The notebook's result folder, for its progress reports.
    timeout : float
        Seconds it may take.
    setup : str
        Python that the kernel executes unseen before the first cell.
    """

    notebook: Notebook
    parameters: Mapping[str, object]
    saved_as: Path
    results: Path
    timeout: float
    setup: str = ""


class InterruptedNotebookError(KeyboardInterrupt):
    """Ctrl-C while a notebook was executed; carries the record to keep."""

    def __init__(self, record: NotebookRecord) -> None:
        super().__init__()
        self.record = record


def execute(execution: Execution, kernels: KernelSource, display: Display) -> NotebookRecord:
    """Execute a notebook; whatever it does, the outcome is a record and never an error of ours.

    Parameters
    ----------
    execution : Execution
        What to do.
    kernels : KernelSource
        Where its kernel comes from.
    display : Display
        Shown what the notebook reports.

    Returns
    -------
    NotebookRecord
        State ``done`` or ``failed``; seconds from the request to the end, and to the first cell.

    Raises
    ------
    InterruptedNotebookError
        On Ctrl-C, with the record of state ``interrupted``.
    UnavailableError
        If the executed notebook cannot be saved.
    """
    stopwatch = _Stopwatch(execution.notebook)
    if execution.notebook.problem:
        return stopwatch.record("failed", execution.notebook.problem)
    reports = execution.results / "progress.jsonl"
    settings = EngineSettings(
        kernels=kernels,
        directory=execution.notebook.path.parent.resolve(),
        environment={PROGRESS_VARIABLE: str(reports)},
        timeout=execution.timeout,
        on_ready=stopwatch.first_cell,
        setup=execution.setup,
    )
    try:
        with explained_write_errors(execution.saved_as), following(ProgressTail(reports), display):
            _execute(execution, settings)
    except PapermillExecutionError as error:
        return stopwatch.record("failed", _sentence(error))
    except RuntimeError as error:  # nbclient's, when a kernel does not come up
        return stopwatch.record("failed", f"the kernel did not start: {error}")
    except KeyboardInterrupt as interruption:
        record = stopwatch.record("interrupted", "interrupted")
        raise InterruptedNotebookError(record) from interruption
    return stopwatch.record("done")


class _Stopwatch:
    """Times one notebook from its request on, and makes its record."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._begun = time.monotonic()
        self._startup: float | None = None

    def first_cell(self) -> None:
        self._startup = time.monotonic() - self._begun

    def record(self, state: NotebookState, error: str = "") -> NotebookRecord:
        seconds = time.monotonic() - self._begun
        startup = seconds if self._startup is None else self._startup
        name, title = self._notebook.name, self._notebook.title
        return NotebookRecord(name, title, state, round(seconds, 3), round(startup, 3), error)


def _execute(execution: Execution, settings: EngineSettings) -> None:
    execute_notebook(
        _literal(execution.notebook.path),
        _literal(execution.saved_as),
        parameters=dict(execution.parameters),
        engine_name=ENGINE,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        start_timeout=_START_SECONDS,
        settings=settings,
    )


def _literal(path: Path) -> str:
    """Return a path in which papermill finds nothing to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _sentence(error: PapermillExecutionError) -> str:
    """Return what went wrong and where, as one line."""
    reason = " ".join(str(error.evalue).split())
    if len(reason) > _LONGEST_ERROR:
        reason = f"{reason[:_LONGEST_ERROR]}…"
    place = f"In [{error.exec_count}]" if error.exec_count else f"cell {error.cell_index + 1}"
    return f"{place}: {error.ename}: {reason}" if reason else f"{place}: {error.ename}"
