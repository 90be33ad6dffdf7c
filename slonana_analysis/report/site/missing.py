"""What a run did not measure, why, and how to get it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.report.notices import MEDIA_KEY, NotMeasured
from slonana_analysis.report.records import VerdictRow
from slonana_analysis.report.words import count_text, experiment_text

_SHOWN_NAMES = 4


@dataclass(frozen=True)
class Missing:
    """A notice, and the notebook whose page says more; empty where none does."""

    notice: NotMeasured
    notebook: str = ""
    is_notebook: bool = False


def missing_from(
    manifest: RunManifest, rows: Iterable[VerdictRow], notices: Mapping[str, list[NotMeasured]]
) -> list[Missing]:
    """Return everything that a reader might look for in vain.

    Parameters
    ----------
    manifest : RunManifest
        For notebooks that did not end well.
    rows : iterable of VerdictRow
        For comparisons that were not measured.
    notices : mapping of str to list of NotMeasured
        By notebook, what it displayed itself.

    Returns
    -------
    list of Missing
        Notebooks first, then their own notices, then comparisons.
    """
    broken = [record for record in manifest.notebooks if record.state != "done"]
    found = [
        Missing(_broken_notebook(record, manifest.run), record.name, is_notebook=True)
        for record in broken
    ]
    found += [Missing(notice, name) for name, shown in notices.items() for notice in shown]
    names = [record.name for record in manifest.notebooks]
    return found + list(_comparisons(rows, names))


def notices_in(notebook: Mapping[str, object]) -> list[NotMeasured]:
    """Return the notices among an executed notebook's outputs, each once."""
    found: dict[NotMeasured, None] = {}
    for cell in _mappings(notebook.get("cells")):
        for output in _mappings(cell.get("outputs")):
            metadata = output.get("metadata")
            facts = metadata.get(MEDIA_KEY) if isinstance(metadata, Mapping) else None
            if isinstance(facts, Mapping):
                texts = (str(facts.get(key) or "") for key in ("what", "why", "remedy"))
                found[NotMeasured(*texts)] = None
    return list(found)


def _mappings(values: object) -> Iterator[Mapping[str, object]]:
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, Mapping))


def _broken_notebook(record: NotebookRecord, run: str) -> NotMeasured:
    why = record.error or f"The notebook was {record.state}."
    return NotMeasured(
        what=f"Notebook {record.title or record.name}",
        why=why,
        remedy=f"Remove the cause, then run: slonana-analysis run --resume {run}",
    )


def _comparisons(rows: Iterable[VerdictRow], notebooks: list[str]) -> Iterator[Missing]:
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.verdict == "not measured":
            groups.setdefault((row.experiment, row.reason), []).append(row.subject)
    for (experiment, reason), subjects in groups.items():
        listed = "; ".join(subjects[:_SHOWN_NAMES])
        more = len(subjects) - _SHOWN_NAMES
        notice = NotMeasured(
            what=f"{count_text(len(subjects), 'comparison')} of {experiment_text(experiment)}: "
            f"{listed}{f'; and {more} more' if more > 0 else ''}",
            why=f"{reason[:1].upper()}{reason[1:]}." if reason else "No reason was recorded.",
            remedy="The checks of each launch stand in the run's checks.parquet.",
        )
        page = next((name for name in notebooks if name.endswith(experiment)), "")
        yield Missing(notice, page)
