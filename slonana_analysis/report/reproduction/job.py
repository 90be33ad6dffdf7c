"""Make a run again from its stored samples, without measuring, and compare."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.report.execution.forking import KernelServer
from slonana_analysis.report.execution.kernels import KernelSource, kernel_source
from slonana_analysis.report.execution.notebooks import Notebook
from slonana_analysis.report.execution.one_notebook import Execution, execute
from slonana_analysis.report.execution.parameters import notebook_parameters
from slonana_analysis.report.execution.setup import replaying
from slonana_analysis.report.progress import Display
from slonana_analysis.report.reproduction.findings import Findings
from slonana_analysis.report.reproduction.outcome import Reproduction, changed_versions
from slonana_analysis.report.reproduction.outputs import compare_outputs
from slonana_analysis.report.reproduction.pages import remake_pages
from slonana_analysis.report.reproduction.sources import (
    executed_notebook,
    installed_notebook,
    stored_notebook,
    with_stored_parameters,
)
from slonana_analysis.report.reproduction.tables import remake_tables
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.layout import MANIFEST, NOTEBOOKS
from slonana_analysis.runs.replay import stored_looks
from slonana_analysis.runs.run import Run

# Generous: it guards against hanging, and nothing is measured.
_NOTEBOOK_SECONDS = 30 * 60.0


@dataclass(frozen=True)
class Remaking:
    """What is needed to make a run again.

    Attributes
    ----------
    notebooks : Path
        The suite's notebooks.
    display : Display
        Shown what happens.
    server : KernelServer or None
        Forks kernels; None makes every kernel an ordinary one.
    make_report : callable
        Writes the report of a run into its folder.
    versions : mapping of str to str
        Of what takes part now, named as in a run's manifest.
    stored_code : bool
        Whether the run's own notebooks are executed, not the suite's.
    output : Path or None
        Where the remade run is kept; None throws it away.
    """

    notebooks: Path
    display: Display
    server: KernelServer | None
    make_report: Callable[[Run], Path]
    versions: Mapping[str, str]
    stored_code: bool = False
    output: Path | None = None


def reproduce(run: Run, remaking: Remaking) -> Reproduction:
    """Make every table, figure and page of a run again and compare them byte for byte.

    Parameters
    ----------
    run : Run
        Whole; nothing in it is changed.
    remaking : Remaking
        See there.

    Returns
    -------
    Reproduction
        What was compared, and every difference; stored files that lost their checksum come first.

    Raises
    ------
    FormatError
        If the run is damaged: a table or notebook cannot be read.
    UsageError
        If the output folder holds something already.
    UnavailableError
        If something cannot be written.
    """
    _require_readable(run)
    findings = Findings()
    for name in run.changed_files():
        findings.complain(name, _what_changed(run, name))
    done = [record for record in run.manifest.notebooks if record.state == "done"]
    if not done:
        raise FormatError(f"run {run.manifest.run}: no notebook of it ended well; nothing to make")
    with _workplace(remaking.output) as places:
        with kernel_source(remaking.server, remaking.display.note) as kernels:
            made = _Press(run, remaking, places, kernels, findings).remake(done)
        if made == done:
            remaking.display.note("gathering the tables and making the report …")
            results = [places.results(record.name) for record in made]
            remake_tables(run, results, places.remade, findings)
            remake_pages(run, places.remade, remaking.make_report, findings)
    return Reproduction(
        run=run.manifest.run,
        findings=findings,
        not_made=tuple(_not_made(run, made)),
        versions=changed_versions(run.manifest, remaking.versions),
        output=remaking.output,
    )


@dataclass(frozen=True)
class _Places:
    """Folder of the remade run, and one for what is thrown away."""

    remade: Path
    scratch: Path

    def results(self, name: str) -> Path:
        return self.scratch / "results" / name


def _require_readable(run: Run) -> None:
    """Read everything once: what is damaged is to be told before anything is executed."""
    tables = (run.samples, run.verdicts, run.checks, run.roofs)
    for read in (*tables, run.launches, run.counts, run.self_test):
        read()
    for record in run.manifest.notebooks:
        if Path(record.name).name != record.name:
            raise FormatError(f"{run.path / MANIFEST}: a notebook cannot be called '{record.name}'")
        stored_looks(run, record.name)


def _what_changed(run: Run, name: str) -> str:
    if not (run.path / name).exists():
        return "is missing; it was stored with the run"
    if name not in run.manifest.checksums:
        return "was not stored with the run"
    return "is not the file that was stored: its checksum differs"


@dataclass(frozen=True)
class _Press:
    """Executes the notebooks of one run and compares what they show."""

    run: Run
    remaking: Remaking
    places: _Places
    kernels: KernelSource
    findings: Findings

    def remake(self, records: list[NotebookRecord]) -> list[NotebookRecord]:
        """Execute notebooks; return those that ended well."""
        display, made = self.remaking.display, []
        for number, record in enumerate(records, start=1):
            stored = executed_notebook(self.run.path / NOTEBOOKS / f"{record.name}.ipynb")
            notebook = self._notebook(record.name, stored)
            if notebook is None:
                continue
            display.notebook_started(record.name, number, len(records))
            execution = self._execution(notebook)
            outcome = execute(execution, self.kernels, display)
            display.notebook_ended(outcome)
            if outcome.state != "done":
                problem = f"could not be made again: {outcome.error}"
                self.findings.complain(record.name, problem)
                continue
            made.append(record)
            remade = executed_notebook(execution.saved_as)
            compare_outputs(record.name, stored, remade, self.findings)
            with_stored_parameters(remade, stored, execution.saved_as)
        return made

    def _notebook(self, name: str, stored: NotebookNode) -> Notebook | None:
        if self.remaking.stored_code:
            return stored_notebook(stored, self.places.scratch / NOTEBOOKS / f"{name}.ipynb")
        return installed_notebook(name, stored, self.remaking.notebooks, self.findings)

    def _execution(self, notebook: Notebook) -> Execution:
        results = self.places.results(notebook.name)
        results.mkdir(parents=True)
        manifest = self.run.manifest
        return Execution(
            notebook=notebook,
            parameters=notebook_parameters(
                notebook, manifest.parameters, preset=manifest.preset, output=str(results)
            ),
            saved_as=self.places.remade / NOTEBOOKS / f"{notebook.name}.ipynb",
            results=results,
            timeout=_NOTEBOOK_SECONDS,
            setup=replaying(self.run.path.resolve(), notebook.name),
        )


def _not_made(run: Run, made: list[NotebookRecord]) -> Iterator[str]:
    for record in run.manifest.notebooks:
        if record.state != "done":
            yield f"{record.name} {record.state} when the run was made: {record.error}"
    if len(made) < sum(record.state == "done" for record in run.manifest.notebooks):
        yield "the run's tables and pages were not made: they need every notebook"


@contextmanager
def _workplace(output: Path | None) -> Iterator[_Places]:
    if output is not None and output.exists() and any(output.iterdir()):
        raise UsageError(f"{output} holds something already; name a new folder")
    with TemporaryDirectory(prefix="slonana-reproduce-") as folder:
        remade, scratch = output or Path(folder) / "remade", Path(folder) / "scratch"
        with explained_write_errors(remade):
            (remade / NOTEBOOKS).mkdir(parents=True, exist_ok=True)
            scratch.mkdir()
        yield _Places(remade, scratch)
