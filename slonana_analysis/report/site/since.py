"""What changed since another run, as a section of the first page and as a page of its own."""

from pathlib import Path

from slonana_analysis.report.records import changes, verdict_rows
from slonana_analysis.report.run_comparison import ComparedRuns
from slonana_analysis.report.site.page import render
from slonana_analysis.report.tables import verdict_mark
from slonana_analysis.report.views.comparison import (
    comparison_table,
    environment_table,
    tally_sentence,
)
from slonana_analysis.runs.atomic import explained_write_errors


def since_context(compared: ComparedRuns) -> dict[str, object]:
    """Return what the template of the section names."""
    rows = [*verdict_rows(compared.verdicts), *verdict_rows(compared.counts)]
    return {
        "compared": compared,
        "tally_sentence": tally_sentence(verdict_rows(compared.verdicts), compared),
        "changes": changes(rows),
        "verdict_mark": verdict_mark,
        "comparison_table": comparison_table(compared).html(),
        "environment_table": environment_table(compared).html() if compared.environment else "",
    }


def write_comparison_page(compared: ComparedRuns, folder: Path) -> Path:
    """Write the comparison as a page that needs nothing beside it.

    Parameters
    ----------
    compared : ComparedRuns
        What it shows.
    folder : Path
        Made when missing.

    Returns
    -------
    Path
        ``index.html`` in the folder.

    Raises
    ------
    UnavailableError
        If it cannot be written.
    """
    heading = f"{compared.after} against {compared.before}"
    page = render("comparison.html", title=heading, heading=heading, **since_context(compared))
    with explained_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_bytes(page.encode())
    return folder / "index.html"
