"""Counts as a table."""

import pandas as pd

from slonana_analysis.measure.counts.counted import CountedVariant
from slonana_analysis.model import schema

_EVENT = "instructions"


def tabulate_counts(counted: tuple[CountedVariant, ...], target: str) -> pd.DataFrame:
    """Return counts as a table.

    Parameters
    ----------
    counted : tuple of CountedVariant
        From ``count_variants``.
    target : str
        Instruction set that they were compiled for.

    Returns
    -------
    DataFrame
        Columns of ``schema.COUNTS``.
    """
    rows = [
        {
            "run": "",
            "experiment": each.experiment,
            "variant": each.variant,
            "parameters": each.parameters,
            "event": _EVENT,
            "value": each.value,
            "repeats": each.work.repeats if each.work and each.work.settled else 0,
            "target": target,
            "reason": each.reason,
        }
        for each in counted
    ]
    return schema.COUNTS.conform(pd.DataFrame(rows)) if rows else schema.COUNTS.empty()
