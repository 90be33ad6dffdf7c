"""Peers as one tidy table: who, on what, with which work, how long a row takes, against ours."""

import json
import math
from typing import TYPE_CHECKING, Any

from slonana_analysis.experiments.peers.work import ENCODED, FROM_INT32, FROM_PYTHON, NAME, OURS

if TYPE_CHECKING:  # launches import this package, and need no table: a fifth of a second each
    import pandas as pd

COMPILED, PYTHON = "compiled code", "Python"

_COLUMNS = ["model", "batch", "work", "called_from", "name", "row_ns", "low", "high", "times_ours"]


def peer_table(summary: "pd.DataFrame") -> "pd.DataFrame":
    """Return one row per variant, model and batch size.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``; rows of other experiments are ignored.

    Returns
    -------
    DataFrame
        ``model``; ``batch`` in rows; ``work`` (how the peers' compares with ours: ``"equal"`` is
        checked to the bit); ``called_from`` (``"compiled code"`` or ``"Python"``); ``name``;
        ``row_ns``, ``low`` and ``high`` in nanoseconds per row, with the interval across launches;
        ``times_ours``: how many times as long as our fastest takes that is called from the same
        side and does all the work, NaN where there is none. In the summary's order.
    """
    own = summary[summary["experiment"] == NAME].copy()
    parameters = [json.loads(text) for text in own["parameters"]]
    own["model"] = [str(each["kernel"]) for each in parameters]
    own["batch"] = [int(each["batch"]) for each in parameters]
    own["work"] = [str(each["work"]) for each in parameters]
    names = [str(name) for name in own["variant"]]
    own["called_from"] = [PYTHON if name.endswith(FROM_PYTHON) else COMPILED for name in names]
    own["name"] = [name.removesuffix(FROM_PYTHON) for name in names]
    for column, source in {"row_ns": "value", "low": "low", "high": "high"}.items():
        own[column] = own[source].astype(float) / own["batch"]
    own["times_ours"] = own["row_ns"] / _our_times(own)
    return own[_COLUMNS].reset_index(drop=True)


def is_ours(name: str) -> bool:
    """Tell whether a variant of this experiment is one of our kernels."""
    return name.startswith(OURS)


def is_ours_in_full(name: str) -> bool:
    """Tell whether one of ours takes what the peers take, and so does all that they do."""
    return is_ours(name) and ENCODED not in name and FROM_INT32 not in name


def _our_times(own: "pd.DataFrame") -> list[float]:
    """Return, for each row, what a row takes our fastest of the same case and side."""
    fastest: dict[Any, float] = {}
    columns = (own[name] for name in ("model", "batch", "work", "called_from"))
    keys = list(zip(*columns, strict=True))
    for key, name, time in zip(keys, own["name"], own["row_ns"], strict=True):
        if is_ours_in_full(name):
            fastest[key] = min(fastest.get(key, math.inf), time)
    return [fastest.get(key, math.nan) for key in keys]
