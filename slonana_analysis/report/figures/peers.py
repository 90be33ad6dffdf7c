"""The figure of the peers: time per row over the rows of a call, from either side."""

import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.peers.table import is_ours, is_ours_in_full
from slonana_analysis.experiments.peers.work import EQUAL
from slonana_analysis.report.figures.panels import PanelGrid, panel_grid
from slonana_analysis.report.figures.style import ReportFigure

_OURS = "ours"


def peers_figure(table: pd.DataFrame, model: str) -> ReportFigure:
    """Draw nanoseconds per row of one model, for us and for everyone who does equal work.

    Parameters
    ----------
    table : DataFrame
        From ``peers.peer_table``.
    model : str
        How the name of one of the table's models begins, for example ``"forest"``.

    Returns
    -------
    ReportFigure
        A panel for calls from compiled code, and one for calls from Python.

    Raises
    ------
    UsageError
        If nothing of equal work was measured on that model.
    """
    equal = table[table["model"].str.startswith(model) & (table["work"] == EQUAL)]
    if equal.empty:
        raise UsageError(f"no equal work was measured on the {model}; measure it first")
    own = equal[[is_ours_in_full(name) for name in equal["name"]]].sort_values("row_ns")
    fastest = own.groupby(["batch", "called_from"], as_index=False).first().assign(name=_OURS)
    others = equal[[not is_ours(name) for name in equal["name"]]]
    drawn = pd.concat([fastest, others]).sort_values("batch", kind="stable")
    grid = PanelGrid(
        x="batch",
        y="row_ns",
        x_label="rows of a call",
        y_label="ns per row",
        series="name",
        columns="called_from",
    )
    return panel_grid(
        drawn,
        grid,
        title=f"The {model}: time per row, called from compiled code and from Python",
        description=(
            f"Nanoseconds per row of the {model} over the rows of a call, for our fastest kernel "
            "and every library that does equal work, called from compiled code and from Python."
        ),
    )
