"""The figure of experiment 21: time per element over the unrolling, a panel per type and level."""

import pandas as pd

from slonana_analysis.experiments.machine import Machine
from slonana_analysis.report.figures.panels import PanelGrid, panel_grid
from slonana_analysis.report.figures.style import ReportFigure

# The order in which they are read: as written by hand first, then what the compiler does.
_FORMS = ("one accumulator", "guide form", "many accumulators")
_LEVEL_LINES = {
    "left to the compiler": "plain loop, left to the compiler",
    "reassociation allowed": "vectorised, reassociation allowed",
}


def unrolling_figure(table: pd.DataFrame, machine: Machine) -> ReportFigure:
    """Draw nanoseconds per element against the fold of the unrolling.

    Parameters
    ----------
    table : DataFrame
        From ``loop_unrolling.tabulate``.
    machine : Machine
        Its core clock gives the second axis.

    Returns
    -------
    ReportFigure
        A row of panels per element type, a column per level of the memory hierarchy.

    Raises
    ------
    UsageError
        If the table is empty.
    """
    rolled = table[table["form"] == "rolled"]
    # Every hand-written form begins at the rolled loop, so its line starts there.
    begun = [rolled.assign(form=form) for form in _FORMS]
    by_hand = pd.concat([*begun, table[table["form"].isin(_FORMS)]])
    compiled = table[table["form"].isin(_LEVEL_LINES)]
    drawn = pd.concat([by_hand, compiled]).replace({"form": _LEVEL_LINES})
    grid = PanelGrid(
        x="fold",
        y="ns",
        x_label="elements per step of the loop",
        y_label="ns per element",
        series="form",
        rows="dtype",
        columns="level",
        roof="roof",
        across=frozenset(_LEVEL_LINES.values()),
        second_label="cycles per element",
        second_factor=machine.ghz,
    )
    return panel_grid(
        drawn,
        grid,
        title="Sum of an array: time per element",
        description=(
            "Nanoseconds per element of an array sum over the fold of the unrolling, for each "
            "element type and level of the memory hierarchy, with the roof of this machine."
        ),
    )
