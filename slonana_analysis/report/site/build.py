"""From a run on disk to its report: an index, a page per notebook, the pictures."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode

from slonana_analysis.errors import FormatError
from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.report.run_comparison import ComparedRuns
from slonana_analysis.report.site.article import Article, article
from slonana_analysis.report.site.index import IndexFacts, index_page, state_mark
from slonana_analysis.report.site.missing import notices_in
from slonana_analysis.report.site.names import page_names
from slonana_analysis.report.site.page import render
from slonana_analysis.report.site.pictures import Pictures
from slonana_analysis.report.words import seconds_text
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.layout import NOTEBOOKS
from slonana_analysis.runs.run import Run

_NO_ARTICLE = Article(Markup("<p>No output of this notebook was kept.</p>"), ())


@dataclass(frozen=True)
class _Neighbour:
    page: str
    title: str


def build_site(run: Run, compared: ComparedRuns | None = None) -> Path:
    """Write the report of a run into its ``report`` folder.

    Parameters
    ----------
    run : Run
        A whole run; its notebooks may have failed.
    compared : ComparedRuns, optional
        The run held against its baseline.

    Returns
    -------
    Path
        The index page. The folder needs no network and no server, links within itself only, and
        holds the same bytes whenever it is made from the same run.

    Raises
    ------
    FormatError
        If an executed notebook or a table is damaged.
    UnavailableError
        If the report cannot be written.
    """
    records = run.manifest.notebooks
    pages = page_names([record.name for record in records])
    pictures = Pictures()
    notices = {}
    files: dict[str, bytes] = {}
    for place, record in enumerate(records):
        notebook = _read_notebook(run.path / NOTEBOOKS / f"{record.name}.ipynb")
        body = _NO_ARTICLE if notebook is None else article(notebook, pictures)
        notices[record.name] = [] if notebook is None else notices_in(notebook)
        before = [_neighbour(other, pages) for other in records[:place]]
        after = [_neighbour(other, pages) for other in records[place + 1 :]]
        files[pages[record.name]] = render(
            "notebook.html",
            title=f"{record.title or record.name} · {run.manifest.run}",
            record=record,
            run=run.manifest.run,
            state_mark=state_mark(record),
            took=seconds_text(record.seconds),
            body=body.body,
            contents=body.contents,
            has_error='<span id="error">' in body.body,
            previous=before[-1] if before else None,
            next=after[0] if after else None,
        ).encode()
    facts = IndexFacts(
        manifest=run.manifest,
        verdicts=run.verdicts(),
        roofs=run.roofs(),
        notices=notices,
        pages=pages,
        compared=compared,
    )
    files["index.html"] = index_page(facts).encode()
    return _write(run.report_path.parent, files | pictures.files)


def _neighbour(record: NotebookRecord, pages: dict[str, str]) -> _Neighbour:
    return _Neighbour(pages[record.name], record.title or record.name)


def _read_notebook(path: Path) -> NotebookNode | None:
    if not path.exists():
        return None
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise FormatError(
            f"{path}: is not a notebook that can be read ({error}); run it again"
        ) from error
    return notebook


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    with explained_write_errors(folder):
        if folder.exists():
            shutil.rmtree(folder)
        for name, content in sorted(files.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder / "index.html"
