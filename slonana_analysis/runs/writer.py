"""Makes a run: everything is written beside its place and renamed when whole."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeAlias

import pandas as pd

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.model.table import Table
from slonana_analysis.runs.atomic import explained_write_errors, publish_folder
from slonana_analysis.runs.checksums import checksums
from slonana_analysis.runs.draft import Draft, read_draft, write_draft
from slonana_analysis.runs.identity import is_run_id, run_date
from slonana_analysis.runs.layout import (
    CAPTURES,
    MANIFEST,
    NOTEBOOKS,
    OBSERVATIONS,
    PROFILES,
    REPORT,
    RunsDirectory,
    StagedRun,
)
from slonana_analysis.runs.manifest import write_manifest
from slonana_analysis.runs.results import RUN_TABLES, gather_tables
from slonana_analysis.runs.run import Run, read_run
from slonana_analysis.runs.tables import table_path, write_table

Derive: TypeAlias = Callable[
    [RunManifest, Mapping[Table, pd.DataFrame]], Mapping[Table, pd.DataFrame]
]

# Sorts before every notebook, so that a newer result of the same name wins over it.
_PUBLISHED_RESULTS = ".published"


class RunWriter:
    """A run under way.

    Until ``finish`` has returned nothing of it can be seen by a reader; after a crash, a full disk
    or Ctrl-C at any point it can be taken up again with ``resume``.
    """

    def __init__(self, runs: RunsDirectory, staged: StagedRun, draft: Draft) -> None:
        self._runs = runs
        self._staged = staged
        self._draft = draft

    @classmethod
    def begin(cls, runs: RunsDirectory, manifest: RunManifest, planned: Sequence[str]) -> Self:
        """Set up a new run.

        Parameters
        ----------
        runs : RunsDirectory
            Made when missing.
        manifest : RunManifest
            What is known at the start; ``host["machine"]`` names the partition.
        planned : sequence of str
            Notebook names in order of execution.

        Raises
        ------
        FormatError
            If the machine or run id cannot name a folder.
        UnavailableError
            If the runs directory cannot be written to.
        """
        runs.place(_machine(manifest), manifest.run)
        writer = cls(runs, runs.staged(manifest.run), Draft(tuple(planned), manifest))
        writer._set_up()
        return writer

    @classmethod
    def resume(cls, runs: RunsDirectory, run_id: str) -> Self:
        """Take up a run that was interrupted, or a whole one in which notebooks failed.

        Raises
        ------
        UsageError
            If there is no such run, or nothing in it is left to do.
        FormatError
            If what was left of it is damaged.
        """
        if not is_run_id(run_id):
            raise UsageError(f"'{run_id}' is not a run id; one looks like 20261123T032959Z-7f3a9c")
        staged = runs.staged(run_id)
        if staged.draft.exists() and staged.run.is_dir():
            return cls(runs, staged, read_draft(staged.draft))
        place = runs.find_published(run_id)
        if place is None:
            raise UsageError(f"there is no run '{run_id}' in {runs.root} to resume")
        return cls._reopen(runs, staged, read_run(place))

    @classmethod
    def _reopen(cls, runs: RunsDirectory, staged: StagedRun, run: Run) -> Self:
        manifest = run.manifest
        draft = Draft(tuple(record.name for record in manifest.notebooks), manifest)
        if not draft.pending:
            raise UsageError(f"run '{manifest.run}' is complete; there is nothing to redo")
        if staged.root.exists():
            shutil.rmtree(staged.root)  # its content was published; only the shell was left
        with explained_write_errors(staged.root):
            shutil.copytree(run.path, staged.run, ignore=shutil.ignore_patterns(REPORT))
            earlier = staged.results / _PUBLISHED_RESULTS
            earlier.mkdir(parents=True)
            for path in (table_path(staged.run, table) for table in RUN_TABLES):
                if path.exists():  # runs of the first days lack the later tables
                    path.rename(earlier / path.name)
        writer = cls(runs, staged, draft)
        writer._set_up()
        return writer

    def _set_up(self) -> None:
        with explained_write_errors(self._staged.root):
            (self._staged.run / NOTEBOOKS).mkdir(parents=True, exist_ok=True)
            self._staged.results.mkdir(exist_ok=True)
        write_draft(self._draft, self._staged.draft)  # last: from here on it can be resumed

    @property
    def manifest(self) -> RunManifest:
        """What is known of the run so far."""
        return self._draft.manifest

    @property
    def pending(self) -> tuple[str, ...]:
        """Notebooks that have yet to end well, in order."""
        return self._draft.pending

    @property
    def path(self) -> Path:
        """The hidden folder of the run under way."""
        return self._staged.root

    def notebook_path(self, name: str) -> Path:
        """Return where the executed notebook is to be saved."""
        return self._staged.run / NOTEBOOKS / f"{name}.ipynb"

    def fresh_results(self, name: str) -> Path:
        """Return an empty result folder for one notebook; what an earlier try left is removed."""
        folder = self._staged.results / name
        with explained_write_errors(folder):
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
        return folder

    def record(self, record: NotebookRecord) -> None:
        """Note how a notebook ended; from then on a resumed run knows it.

        Raises
        ------
        UnavailableError
            If the note cannot be written.
        """
        self._draft = self._draft.with_record(record)
        write_draft(self._draft, self._staged.draft)

    def finish(self, make_report: Callable[[Run], Path], derive: Derive | None = None) -> Run:
        """Gather the notebooks' results, make the report and publish the run.

        May be repeated after a failure: it starts from the notebooks' own results each time.
        Only notebooks that ended well contribute to the tables.

        Parameters
        ----------
        make_report : callable
            Writes the report into the run's ``report`` folder; may use relative links only, as
            the run moves to its place afterwards.
        derive : callable, optional
            Returns further tables of the run, which follow from those that were gathered.

        Returns
        -------
        Run
            The run in its place.

        Raises
        ------
        FormatError
            If a notebook left a damaged table.
        UnavailableError
            If the disk is full.
        """
        staged, run_id = self._staged, self.manifest.run
        done = (_PUBLISHED_RESULTS, *self._draft.done)
        tables = gather_tables((staged.results / name for name in done), run_id)
        if derive is not None:
            tables |= derive(self.manifest, tables)
        for table, rows in tables.items():
            write_table(rows, table, staged.run)
        for name in self._draft.done:
            self._move_folders(name)
        manifest = replace(self.manifest, checksums=checksums(staged.run))
        write_manifest(manifest, staged.run / MANIFEST)
        make_report(read_run(staged.run))
        place = self._runs.place(_machine(manifest), run_id)
        publish_folder(staged.run, place, staged.replaced)
        shutil.rmtree(staged.root, ignore_errors=True)
        return read_run(place)

    def _move_folders(self, name: str) -> None:
        """Move a notebook's captures, profiles and looks; a published run's stand already."""
        for kind in (CAPTURES, PROFILES, OBSERVATIONS):
            source, target = self._staged.results / name / kind, self._staged.run / kind / name
            if not source.is_dir():
                continue
            with explained_write_errors(target):
                if target.exists():
                    shutil.rmtree(target)
                target.parent.mkdir(exist_ok=True)
                source.rename(target)


def new_manifest(
    *, run_id: str, start: str, preset: str, parameters: dict[str, object], host: dict[str, object]
) -> RunManifest:
    """Return the manifest of a run that is about to begin.

    Parameters
    ----------
    run_id : str
        From ``new_run_id``.
    start : str
        ISO 8601 with offset.
    preset : str
        ``smoke``, ``quick`` or ``full``.
    parameters : dict
        Overrides given by the user, JSON values.
    host : dict
        ``HostFacts`` as nested JSON objects.
    """
    return RunManifest(
        run=run_id,
        date=run_date(run_id),
        start=start,
        preset=preset,
        parameters=parameters,
        host=host,
        notebooks=(),
        checksums={},
    )


def _machine(manifest: RunManifest) -> str:
    machine = manifest.host.get("machine")
    if not isinstance(machine, str):
        raise FormatError(f"run '{manifest.run}': its host facts name no machine")
    return machine
