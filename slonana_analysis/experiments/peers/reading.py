"""What the figures of the peers say, which of them are missing, and why."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from slonana_analysis.experiments.peers.availability import PACKAGES, missing_peers
from slonana_analysis.experiments.peers.table import is_ours, is_ours_in_full, peer_table
from slonana_analysis.experiments.peers.work import EQUAL
from slonana_analysis.units import format_time

if TYPE_CHECKING:  # launches import this package, and need no table: a fifth of a second each
    import pandas as pd


def reading(summary: "pd.DataFrame") -> str:
    """Return a line per model and batch size, and a line per peer that is missing, as Markdown.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``.

    Returns
    -------
    str
        Markdown. Ratios are of estimates, each with its own interval in the table.
    """
    table = peer_table(summary)
    return "\n".join([*_lines(table), "", _UNEQUAL, "", *_missing_lines(table, missing_peers())])


_UNEQUAL = (
    "Only work that is `equal` compares implementations: those gave the same bits as ours, or have"
    " no row. The table's others do less, or something else, and show what one would get instead."
    " What is called from Python is timed with the interpreter's way into it, and compared with"
    " ours called the same way. Ratios are to ours that takes what the peers take; a forest whose"
    " rows are int32 already, or lie in tiles, spares itself the conversion."
)


def _lines(table: "pd.DataFrame") -> Iterator[str]:
    equal = table[table["work"] == EQUAL]
    for (model, batch), rows in equal.groupby(["model", "batch"], sort=False):
        yield f"- **{model}**, {batch} row{'' if batch == 1 else 's'} a call; times of a row"
        for side, called in rows.groupby("called_from", sort=False):
            yield f"  - from {side}: {_compared(called)}."


def _compared(rows: "pd.DataFrame") -> str:
    """Return what is called from one side: ours, the one the ratios are to first, then peers."""
    described = []
    for wanted in (is_ours_in_full, _is_ours_in_part, _is_peer):
        chosen = rows[[wanted(name) for name in rows["name"]]].sort_values("row_ns")
        described += [
            f"{name} {format_time(time)}{_times(ratio) if wanted is _is_peer else ''}"
            for name, time, ratio in zip(
                chosen["name"], chosen["row_ns"], chosen["times_ours"], strict=True
            )
        ]
    return "; ".join(described)


def _is_ours_in_part(name: str) -> bool:
    return is_ours(name) and not is_ours_in_full(name)


def _is_peer(name: str) -> bool:
    return not is_ours(name)


def _times(ratio: float) -> str:
    if math.isnan(ratio):
        return ""
    if ratio >= 1:
        return f", {ratio:.2f} times as long"
    return f", which is faster: {ratio:.2f} of ours"


def _missing_lines(table: "pd.DataFrame", missing: Mapping[str, str]) -> Iterator[str]:
    """Yield why peers have no row: they are missing, or did not load, or computed otherwise."""
    present = " ".join(table["name"])
    for peer in PACKAGES:
        if peer in missing:
            yield f"- {peer}: not measured, for {missing[peer]}."
        elif peer not in present:
            yield (
                f"- {peer}: not measured, though it is installed: it did not load here, computed"
                " something else, or was not asked for."
            )
