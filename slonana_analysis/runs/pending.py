"""The run under way that a notebook belongs to: what its notebooks have saved so far."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slonana_analysis.model.run import RunManifest
from slonana_analysis.model.schema import CHECKS, COUNTS, SAMPLES, VERDICTS
from slonana_analysis.model.table import Table
from slonana_analysis.runs.draft import read_draft
from slonana_analysis.runs.layout import RunsDirectory, StagedRun
from slonana_analysis.runs.results import gather_tables


@dataclass(frozen=True)
class PendingRun:
    """A run under way, read as if it were whole.

    Attributes
    ----------
    manifest : RunManifest
        As far as it is known.
    runs : RunsDirectory
        Where it will be published.
    tables : dict of Table to DataFrame
        What the notebooks that have ended have saved.
    """

    manifest: RunManifest
    runs: RunsDirectory
    tables: dict[Table, pd.DataFrame]

    def samples(self) -> pd.DataFrame:
        """Return columns of ``schema.SAMPLES``."""
        return self.tables[SAMPLES]

    def checks(self) -> pd.DataFrame:
        """Return columns of ``schema.CHECKS``."""
        return self.tables[CHECKS]

    def verdicts(self) -> pd.DataFrame:
        """Return columns of ``schema.VERDICTS``."""
        return self.tables[VERDICTS]

    def counts(self) -> pd.DataFrame:
        """Return columns of ``schema.COUNTS``."""
        return self.tables[COUNTS]


def pending_run(output: str | Path) -> PendingRun:
    """Return the run that a notebook's result folder belongs to.

    Parameters
    ----------
    output : str or Path
        The notebook's ``output`` parameter.

    Raises
    ------
    FormatError
        If the folder belongs to no run under way.
    """
    folder = Path(output).resolve()
    staged = StagedRun(folder.parent.parent)
    draft = read_draft(staged.draft)
    folders = [staged.results / name for name in draft.done]
    runs = RunsDirectory(staged.root.parent.parent)
    return PendingRun(draft.manifest, runs, gather_tables(folders, draft.manifest.run))
