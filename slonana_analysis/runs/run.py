"""A whole run on disk, opened for reading."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slonana_analysis.errors import FormatError
from slonana_analysis.model.run import RunManifest
from slonana_analysis.model.schema import (
    CHECKS,
    COUNTS,
    LAUNCHES,
    ROOFS,
    SAMPLES,
    SELF_TEST,
    VERDICTS,
)
from slonana_analysis.model.table import Table
from slonana_analysis.runs.checksums import changed_files
from slonana_analysis.runs.layout import MANIFEST, NOTEBOOKS, REPORT
from slonana_analysis.runs.manifest import read_manifest
from slonana_analysis.runs.tables import read_table, table_path


@dataclass(frozen=True)
class Run:
    """One execution of notebooks on one host.

    Attributes
    ----------
    path : Path
        Folder of the run.
    manifest : RunManifest
        What the run is. The tables are read from disk each time they are asked for.
    """

    path: Path
    manifest: RunManifest

    def samples(self) -> pd.DataFrame:
        """Return every timed batch; columns of ``schema.SAMPLES``."""
        return self._table(SAMPLES)

    def verdicts(self) -> pd.DataFrame:
        """Return the verdicts; columns of ``schema.VERDICTS``."""
        return self._table(VERDICTS)

    def checks(self) -> pd.DataFrame:
        """Return what says whether timings may be believed; columns of ``schema.CHECKS``."""
        return self._table(CHECKS)

    def launches(self) -> pd.DataFrame:
        """Return every launch and what it spent; columns of ``schema.LAUNCHES``."""
        return self._later_table(LAUNCHES)

    def counts(self) -> pd.DataFrame:
        """Return the instructions of each variant; columns of ``schema.COUNTS``."""
        return self._later_table(COUNTS)

    def self_test(self) -> pd.DataFrame:
        """Return how far verdicts could be trusted here; columns of ``schema.SELF_TEST``."""
        return self._later_table(SELF_TEST)

    def roofs(self) -> pd.DataFrame:
        """Return this machine's measured limits; columns of ``schema.ROOFS``."""
        return self._table(ROOFS)

    @property
    def notebook_paths(self) -> tuple[Path, ...]:
        """The executed notebooks that exist, in order of execution."""
        paths = (
            self.path / NOTEBOOKS / f"{record.name}.ipynb" for record in self.manifest.notebooks
        )
        return tuple(path for path in paths if path.exists())

    @property
    def report_path(self) -> Path:
        """Start page of the run's report."""
        return self.path / REPORT / "index.html"

    def changed_files(self) -> tuple[str, ...]:
        """Return stored files that are missing or differ from the manifest's checksums."""
        return changed_files(self.path, self.manifest.checksums)

    def _table(self, table: Table) -> pd.DataFrame:
        return read_table(table_path(self.path, table), table)

    def _later_table(self, table: Table) -> pd.DataFrame:
        """Return a table that runs of the first days do not have; theirs is empty."""
        exists = table_path(self.path, table).exists()
        return self._table(table) if exists else table.empty()


def read_run(folder: Path) -> Run:
    """Open the folder of a run.

    Raises
    ------
    FormatError
        If it holds no manifest, or a damaged one.
    """
    if not (folder / MANIFEST).exists():
        raise FormatError(f"{folder}: is not a run, it has no {MANIFEST}")
    return Run(folder, read_manifest(folder / MANIFEST))
