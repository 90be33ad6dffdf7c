"""The figure of two runs held against each other."""

from slonana_analysis.report.figures.effects import effect_plot
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.records import changes, verdict_rows
from slonana_analysis.report.run_comparison import ComparedRuns

_MOST = 40


def comparison_plot(compared: ComparedRuns) -> ReportFigure | None:
    """Draw the effects between two runs: changes first, then the rest, as many as can be read.

    Parameters
    ----------
    compared : ComparedRuns
        From ``compare_runs``.

    Returns
    -------
    ReportFigure or None
        None where nothing was measured in both.
    """
    measured = compared.verdicts[compared.verdicts["verdict"] != "not measured"]
    if measured.empty:
        return None
    changed = {row.name for row in changes(verdict_rows(measured))}
    is_changed = measured["name"].isin(changed)
    shown = measured.loc[(~is_changed).sort_values(kind="stable").index].head(_MOST)
    left = len(measured) - len(shown)
    rest = f"; {left} more in the table" if left else ""
    return effect_plot(shown, title=f"{compared.after} against {compared.before}{rest}")
