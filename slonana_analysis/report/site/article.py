"""The body of a notebook page: the executed notebook as clean HTML with a table of contents."""

import copy
import re
from dataclasses import dataclass
from importlib.resources import as_file, files

from markupsafe import Markup
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from slonana_analysis.report.site.pictures import Pictures
from slonana_analysis.report.site.sanitise import sanitise

_SHOWN = ["text/html", "text/markdown", "text/latex", "text/plain"]
_PAPERMILL_BANNER = "papermill-error-cell-tag"
_HEADING = re.compile(r"<h([23])(?: id=\"[^\"]*\")?>(.*?)</h\1>", re.DOTALL)
_OWN_TITLE = re.compile(r"\A\s*#\s[^\n]*\n?")
_LINK_TO_NOTEBOOK = re.compile(r"\]\(([A-Za-z0-9_-]+)\.ipynb(#[^)\s]*)?\)")


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents: heading level (2 or 3), anchor, text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Article:
    """A notebook's body and its headings."""

    body: Markup
    contents: tuple[Entry, ...]


def article(notebook: NotebookNode, pictures: Pictures) -> Article:
    """Return an executed notebook as HTML.

    Parameters
    ----------
    notebook : NotebookNode
        Version 4; not modified.
    pictures : Pictures
        Receives the pictures of the outputs.

    Returns
    -------
    Article
        Code folded away, outputs as they are but sanitised. The notebook's title is left to the
        page around it.
    """
    prepared = _prepare(copy.deepcopy(notebook), pictures)
    with as_file(files(__package__) / "templates") as templates:
        exporter = HTMLExporter(  # type: ignore[no-untyped-call]
            extra_template_basedirs=[str(templates)],
            template_name="notebook",
            exclude_anchor_links=True,
        )
        exporter.config.NbConvertBase.display_data_priority = _SHOWN
        body, _ = exporter.from_notebook_node(prepared)
    return _with_anchors(sanitise(body))


def _prepare(notebook: NotebookNode, pictures: Pictures) -> NotebookNode:
    # papermill announces a failure in cells of its own; the page does that already.
    notebook.cells = [
        cell for cell in notebook.cells if _PAPERMILL_BANNER not in cell.metadata.get("tags", ())
    ]
    first = notebook.cells[0] if notebook.cells else None
    if first is not None and first.cell_type == "markdown":
        first.source = _OWN_TITLE.sub("", first.source)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _LINK_TO_NOTEBOOK.sub(r"](\1.html\2)", cell.source)
        for output in cell.get("outputs", ()):
            _prepare_output(output, pictures)
            if output.output_type == "error":
                cell.metadata["show_code"] = True
    return notebook


def _prepare_output(output: NotebookNode, pictures: Pictures) -> None:
    if "data" not in output:
        return
    figure = pictures.figure(output.data, output.get("metadata", {}))
    if figure is not None:
        output.data = NotebookNode({"text/html": str(figure)})  # type: ignore[no-untyped-call]
    elif not set(_SHOWN) & set(output.data):
        text = "An output that this page cannot show."
        output.data = NotebookNode({"text/plain": text})  # type: ignore[no-untyped-call]


def _with_anchors(body: Markup) -> Article:
    """Give the headings numbered anchors; nbconvert takes their text, which may occur twice."""
    contents: list[Entry] = []

    def numbered(match: re.Match[str]) -> str:
        level, inner = int(match[1]), Markup(match[2])  # noqa: S704  # part of a sanitised body
        anchor = f"part-{len(contents) + 1}"
        contents.append(Entry(level, anchor, inner.striptags()))
        return f'<h{level} id="{anchor}">{inner}</h{level}>'

    return Article(Markup(_HEADING.sub(numbered, str(body))), tuple(contents))  # noqa: S704
