"""The state of a run under way: what was planned, and how each notebook has ended so far."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from slonana_analysis.errors import FormatError
from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.runs.atomic import write_atomically
from slonana_analysis.runs.layout import RunsDirectory, StagedRun
from slonana_analysis.runs.manifest import (
    json_text,
    manifest_document,
    parse_manifest,
    read_json_object,
)


@dataclass(frozen=True)
class Draft:
    """A run that is not whole yet.

    Attributes
    ----------
    planned : tuple of str
        Notebook names in order of execution.
    manifest : RunManifest
        As far as it is known.
    """

    planned: tuple[str, ...]
    manifest: RunManifest

    @property
    def done(self) -> tuple[str, ...]:
        """Notebooks that have ended well, in order."""
        ended = {record.name for record in self.manifest.notebooks if record.state == "done"}
        return tuple(name for name in self.planned if name in ended)

    @property
    def pending(self) -> tuple[str, ...]:
        """Notebooks that have yet to end well, in order."""
        done = self.done
        return tuple(name for name in self.planned if name not in done)

    def with_record(self, record: NotebookRecord) -> "Draft":
        """Return the draft with one notebook's record added, or put in place of its earlier one."""
        records = {known.name: known for known in self.manifest.notebooks} | {record.name: record}
        ordered = tuple(records[name] for name in self.planned if name in records)
        return replace(self, manifest=replace(self.manifest, notebooks=ordered))


def write_draft(draft: Draft, path: Path) -> None:
    """Write the draft, whole or not at all.

    Raises
    ------
    UnavailableError
        If it cannot be written.
    """
    document = {"planned": list(draft.planned), "manifest": manifest_document(draft.manifest)}
    write_atomically(path, json_text(document).encode())


def read_draft(path: Path) -> Draft:
    """Read what ``write_draft`` wrote.

    Raises
    ------
    FormatError
        If the file is missing or damaged.
    """
    document = read_json_object(path)
    planned, manifest = document.get("planned"), document.get("manifest")
    if not isinstance(planned, list) or not isinstance(manifest, dict):
        raise FormatError(f"{path}: lacks 'planned' or 'manifest'; start a new run")
    return Draft(tuple(map(str, planned)), parse_manifest(manifest, path))


@dataclass(frozen=True)
class UnfinishedRun:
    """A run left in ``.partial``: how far it came, and its folder.

    ``planned`` is 0 where it was stopped before it was set up: there is nothing to resume.
    """

    run: str
    done: int
    planned: int
    path: Path


def unfinished_runs(runs: RunsDirectory) -> Iterator[UnfinishedRun]:
    """Yield the runs that were begun and never published, oldest first."""
    for root in sorted(runs.partial.glob("*")):
        staged = StagedRun(root)
        if not staged.run.is_dir():
            continue  # published already; only the emptied folder was left behind
        try:
            draft = read_draft(staged.draft)
        except FormatError:
            yield UnfinishedRun(root.name, 0, 0, root)
        else:
            yield UnfinishedRun(root.name, len(draft.done), len(draft.planned), root)
