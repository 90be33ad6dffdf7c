"""The report of a remade run, compared with the stored one file by file."""

import shutil
from collections.abc import Callable
from pathlib import Path

from slonana_analysis.report.reproduction.findings import Difference, Findings, excerpt
from slonana_analysis.runs.layout import MANIFEST, NOTEBOOKS
from slonana_analysis.runs.run import Run, read_run

_TEXT = frozenset({".html", ".svg", ".css", ".js"})


def remake_pages(
    run: Run, remade: Path, make_report: Callable[[Run], Path], findings: Findings
) -> None:
    """Make the report of a remade run and compare it with the stored one.

    Parameters
    ----------
    run : Run
        Stored. Its manifest, and notebooks of it that failed, stand in the report as they are:
        how long a notebook took cannot be made again.
    remade : Path
        Holds the remade notebooks and tables.
    make_report : callable
        Writes the report of a run into its folder.
    findings : Findings
        Receives a page per file.
    """
    shutil.copyfile(run.path / MANIFEST, remade / MANIFEST)
    for path in run.notebook_paths:
        if not (remade / NOTEBOOKS / path.name).exists():
            shutil.copyfile(path, remade / NOTEBOOKS / path.name)
    start = make_report(read_run(remade))
    _compare(run.report_path.parent, start.parent, findings)


def _compare(stored: Path, remade: Path, findings: Findings) -> None:
    files = {
        path.relative_to(root).as_posix()
        for root in (stored, remade)
        for path in root.rglob("*")
        if path.is_file()
    }
    for name in sorted(files):
        findings.note("page", _difference(f"report/{name}", stored / name, remade / name))


def _difference(where: str, stored: Path, remade: Path) -> Difference | None:
    if not stored.exists() or not remade.exists():
        return Difference(where, "is not made again" if stored.exists() else "was not stored")
    before, after = stored.read_bytes(), remade.read_bytes()
    if before == after:
        return None
    if stored.suffix not in _TEXT:
        return Difference(where, "differs")
    texts = (content.decode(errors="replace") for content in (before, after))
    return Difference(where, "differs", excerpt(*texts))
