"""Which code makes a notebook again: the suite's own, and only on request the run's."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from slonana_analysis.errors import FormatError
from slonana_analysis.report.execution.notebooks import Notebook, read_notebook
from slonana_analysis.report.reproduction.findings import Findings
from slonana_analysis.report.reproduction.outputs import code_sources, is_injected


def executed_notebook(path: Path) -> NotebookNode:
    """Read a notebook that a run stored.

    Raises
    ------
    FormatError
        If it is missing or damaged.
    """
    notebook = read_notebook(path)
    if notebook.content is None:
        raise FormatError(f"{notebook.problem}; the run is damaged")
    return notebook.content


def with_stored_parameters(remade: NotebookNode, stored: NotebookNode, path: Path) -> None:
    """Have a remade notebook state the parameters that were stored, and write it.

    Parameters
    ----------
    remade, stored : NotebookNode
        Executed; they differ in the folder that their results went to, which is no result.
    path : Path
        Where to write the remade one.
    """
    given = [cell.source for cell in stored.cells if is_injected(cell)]
    for cell, source in zip(filter(is_injected, remade.cells), given, strict=False):
        cell.source = source
    nbformat.write(remade, path)  # type: ignore[no-untyped-call]


def stored_notebook(content: NotebookNode, path: Path) -> Notebook:
    """Write the notebook that a run executed as it was before, and return it.

    Parameters
    ----------
    content : NotebookNode
        As the run stored it.
    path : Path
        Where to write it.
    """
    cells = [cell for cell in content.cells if not is_injected(cell)]
    bare = nbformat.from_dict({**content, "cells": cells})  # type: ignore[no-untyped-call]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(bare, path)  # type: ignore[no-untyped-call]
    return read_notebook(path)


def installed_notebook(
    name: str, content: NotebookNode, folder: Path, findings: Findings
) -> Notebook | None:
    """Return the suite's own notebook of a name; that a run's has other code is a difference.

    Parameters
    ----------
    name : str
        Of the notebook.
    content : NotebookNode
        As the run stored it; nothing of it is executed.
    folder : Path
        The suite's notebooks.
    findings : Findings
        Told when the two differ, or there is none of that name.
    """
    path = folder / f"{name}.ipynb"
    if not path.exists():
        findings.complain(
            name,
            "no installed notebook has this name, so it was not executed; --stored-code executes "
            "the run's own (read it first if the run came from elsewhere)",
        )
        return None
    notebook = read_notebook(path)
    if notebook.content is None:
        raise FormatError(notebook.problem)
    if code_sources(notebook.content) != code_sources(content):
        findings.complain(
            name,
            "the run's notebook has other code than the installed one, which was executed; "
            "--stored-code executes the run's own (read it first if it came from elsewhere)",
        )
    return notebook
