"""The first page of a report: verdicts, machine, roofs, what is missing, notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.records import VerdictRow, verdict_rows
from slonana_analysis.report.run_comparison import ComparedRuns
from slonana_analysis.report.site.findings import (
    comparisons_text,
    groups,
    launches_text,
    tally,
)
from slonana_analysis.report.site.machine import hazards, machine_facts, machine_name
from slonana_analysis.report.site.missing import Missing, missing_from
from slonana_analysis.report.site.page import render
from slonana_analysis.report.site.since import since_context
from slonana_analysis.report.tables import (
    facts_table,
    roofs_table,
    verdict_mark,
    verdict_table,
)
from slonana_analysis.report.words import count_text, moment_text, seconds_text

_STATE_GLYPHS = {"done": "✓", "failed": "✗", "interrupted": "…"}


@dataclass(frozen=True)
class IndexFacts:
    """What the index shows.

    Attributes
    ----------
    manifest : RunManifest
        Of the run.
    verdicts, roofs : DataFrame
        Columns of ``schema.VERDICTS`` and ``schema.ROOFS``.
    notices : mapping of str to list of NotMeasured
        By notebook name.
    pages : mapping of str to str
        Notebook name to the file name of its page.
    compared : ComparedRuns or None
        With the baseline that was asked for.
    """

    manifest: RunManifest
    verdicts: pd.DataFrame
    roofs: pd.DataFrame
    notices: Mapping[str, list[NotMeasured]]
    pages: Mapping[str, str]
    compared: ComparedRuns | None = None


@dataclass(frozen=True)
class _Notice:
    kind: str
    text: str


@dataclass(frozen=True)
class _MissingItem:
    notice: NotMeasured
    page: str
    link: str


def index_page(facts: IndexFacts) -> Markup:
    """Return the index as a whole HTML document."""
    manifest = facts.manifest
    rows = verdict_rows(facts.verdicts)
    since = {"compared": None} if facts.compared is None else since_context(facts.compared)
    missing = missing_from(manifest, rows, facts.notices)
    return render(
        "index.html",
        title=f"Performance report · {manifest.run}",
        machine_name=machine_name(manifest.host),
        meta=_meta(manifest, rows),
        notices=_notices(manifest),
        tally=tally(rows),
        comparisons=comparisons_text(rows),
        groups=groups(rows),
        verdict_table=verdict_table(
            facts.verdicts, caption=count_text(len(rows), "comparison"), with_experiment=True
        ).html(),
        hazards=hazards(manifest.host),
        facts_table=facts_table(machine_facts(manifest.host), caption="Facts").html(),
        roofs_table=roofs_table(facts.roofs).html() if len(facts.roofs) else "",
        missing=[_missing_item(item, facts) for item in missing],
        notebooks_table=_notebooks_table(manifest, facts.pages).html(),
        **(since | {"verdict_mark": verdict_mark}),
    )


def state_mark(record: NotebookRecord) -> Markup:
    """Return how a notebook ended, in a word with a shape."""
    return Markup(
        '<span class="state state-{}"><span aria-hidden="true">{}</span> {}</span>'
    ).format(record.state, _STATE_GLYPHS[record.state], record.state)


def _missing_item(missing: Missing, facts: IndexFacts) -> _MissingItem:
    titles = {record.name: record.title or record.name for record in facts.manifest.notebooks}
    name = missing.notebook
    link = "its page" if missing.is_notebook else titles.get(name, "")
    return _MissingItem(missing.notice, facts.pages.get(name, ""), link)


def _meta(manifest: RunManifest, rows: list[VerdictRow]) -> list[tuple[str, str]]:
    meta = [
        ("Preset", manifest.preset),
        ("Launches", launches_text(rows)),
        ("Started", moment_text(manifest.start)),
        ("Run", manifest.run),
    ]
    if manifest.parameters:
        given = [f"{name}={value}" for name, value in sorted(manifest.parameters.items())]
        meta.append(("Parameters", ", ".join(given)))
    return meta


def _notices(manifest: RunManifest) -> list[_Notice]:
    notices = []
    if manifest.preset == "smoke":
        notices.append(
            _Notice(
                "warn",
                "Preset smoke: too few launches to judge. It shows that everything works here; "
                "for verdicts run slonana-analysis run --preset quick or --preset full.",
            )
        )
    broken = [record for record in manifest.notebooks if record.state != "done"]
    if broken:
        names = ", ".join(f"{record.title or record.name} ({record.state})" for record in broken)
        what = count_text(len(broken), "notebook")
        notices.append(_Notice("bad", f"{what} did not end well: {names}."))
    return notices


def _notebooks_table(manifest: RunManifest, pages: Mapping[str, str]) -> HtmlTable:
    records = manifest.notebooks
    total = sum(record.seconds + record.startup_seconds for record in records)
    return HtmlTable(
        caption=f"{count_text(len(records), 'notebook')}, {seconds_text(total)} in all",
        headings=(
            Heading("Notebook"),
            Heading("State"),
            Heading("Time", number=True, note="of execution"),
            Heading("Start-up", number=True, note="until the first cell ran"),
        ),
        rows=tuple(
            (
                Cell(
                    Markup('<a href="{}">{}</a>').format(
                        pages[record.name], record.title or record.name
                    ),
                    detail=record.name,
                ),
                Cell(state_mark(record), detail=record.error),
                Cell(seconds_text(record.seconds), sort=record.seconds),
                Cell(seconds_text(record.startup_seconds), sort=record.startup_seconds),
            )
            for record in records
        ),
        kind="notebooks",
    )
