"""Other people's libraries beside the kernels, where there are any."""

import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.peers.availability import missing_peers
from slonana_analysis.report.figures.peers import peers_figure
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.notices import NotMeasured


def show_peers(table: pd.DataFrame, model: str) -> ReportFigure | NotMeasured:
    """Draw the time of a row over the rows of a call, or say why there is nothing to draw.

    Parameters
    ----------
    table : DataFrame
        From ``peers.peer_table``.
    model : str
        How the name of one of the table's models begins.

    Returns
    -------
    ReportFigure or NotMeasured
        The latter where no library that does equal work is installed.
    """
    try:
        return peers_figure(table, model)
    except UsageError:
        missing = missing_peers()
        reasons = "; ".join(dict.fromkeys(missing.values())) or "only other models were chosen"
        return NotMeasured(
            f"the {model} in other people's libraries",
            f"{reasons[0].upper()}{reasons[1:]}.",
            "Install them with: pip install 'slonana-analysis[peers]'",
        )
