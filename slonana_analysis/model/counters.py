"""Event counts of a whole run or of its intervals, with the ledger of what was lost."""

from dataclasses import dataclass, field

import pandas as pd

from slonana_analysis.model.profile import LossLedger


@dataclass(frozen=True)
class Counters:
    """What a counting tool printed.

    Attributes
    ----------
    format, tool : str
        Reader's name (``perf-stat``) and the tool that wrote the file.
    table : DataFrame
        Columns of ``schema.COUNTERS``; an event that could not be counted has a row, too.
    loss : LossLedger
        What was read and what was not.
    header : dict
        Facts the file states about its own recording (command line, elapsed time), by name.
    """

    format: str
    tool: str
    table: pd.DataFrame
    loss: LossLedger
    header: dict[str, str] = field(default_factory=dict)
