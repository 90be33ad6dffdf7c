"""Where everything of a run lies on disk.

::

    runs/.lock                                       held by the run that is measuring
    runs/.partial/<run id>/draft.json                a run under way, or one to resume
                           results/<notebook>/       what each notebook has saved so far
                           run/                      becomes the published folder by one rename
    runs/machine=<id>/date=<YYYY-MM-DD>/<run id>/    a whole run: manifest.json, *.parquet,
                                                     captures/ profiles/ observations/
                                                     notebooks/ report/
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import FormatError
from slonana_analysis.runs.identity import is_run_id, run_date

MANIFEST = "manifest.json"
CAPTURES = "captures"
PROFILES = "profiles"
OBSERVATIONS = "observations"
NOTEBOOKS = "notebooks"
REPORT = "report"

_PATH_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def default_runs_directory() -> Path:
    """Return ``$SLONANA_RUNS``, or ``runs`` in the working directory."""
    return Path(os.environ.get("SLONANA_RUNS") or "runs")


@dataclass(frozen=True)
class StagedRun:
    """The folder of one unfinished run below ``.partial``."""

    root: Path

    @property
    def draft(self) -> Path:
        """What was planned and what is done; its presence makes the folder resumable."""
        return self.root / "draft.json"

    @property
    def results(self) -> Path:
        """One folder per notebook, written by the notebook itself."""
        return self.root / "results"

    @property
    def run(self) -> Path:
        """The future published folder."""
        return self.root / "run"

    @property
    def replaced(self) -> Path:
        """Where the earlier version of a resumed run waits while it is being replaced."""
        return self.root / "replaced"


@dataclass(frozen=True)
class RunsDirectory:
    """A tree of runs."""

    root: Path

    @property
    def lock(self) -> Path:
        """The file whose lock says that a run is measuring."""
        return self.root / ".lock"

    @property
    def partial(self) -> Path:
        """The hidden folder of unfinished runs; on the same filesystem, so that a rename works."""
        return self.root / ".partial"

    def staged(self, run_id: str) -> StagedRun:
        """Return the places of an unfinished run, which need not exist."""
        return StagedRun(self.partial / run_id)

    def place(self, machine: str, run_id: str) -> Path:
        """Return where a run is published.

        Raises
        ------
        FormatError
            If the machine or run id could not safely be part of a path.
        """
        if not _PATH_SAFE.fullmatch(machine):
            raise FormatError(
                f"machine id '{machine}' cannot name a folder; "
                "it must be letters, digits, '.', '_' and '-'"
            )
        return self.root / f"machine={machine}" / f"date={run_date(run_id)}" / run_id

    def published(self) -> Iterator[Path]:
        """Yield the folders of whole runs, oldest first."""
        found = self.root.glob(f"machine=*/date=*/*/{MANIFEST}")
        folders = (manifest.parent for manifest in found if is_run_id(manifest.parent.name))
        yield from sorted(folders, key=lambda folder: folder.name)

    def find_published(self, run_id: str) -> Path | None:
        """Return the folder of a whole run, or None."""
        if not is_run_id(run_id):
            return None
        found = sorted(self.root.glob(f"machine=*/date=*/{run_id}/{MANIFEST}"))
        return found[0].parent if found else None
