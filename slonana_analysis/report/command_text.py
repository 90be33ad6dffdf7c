"""What two commands used, on a terminal: absolute figures, and instructions where counted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from slonana_analysis.profiles.names import printable
from slonana_analysis.report.records import verdict_rows
from slonana_analysis.report.words import quantity_interval_text
from slonana_analysis.units import format_quantity, format_relative


def command_lines(verdicts: pd.DataFrame, counts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return lines with the absolute figures of A and B.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``, of ``judge_commands``.
    counts : sequence of mapping
        ``instructions`` and ``reason`` of A and of B; empty when nobody asked for them.

    Returns
    -------
    list of str
        One per metric.
    """
    lines = [
        f"{row.name}: A {format_quantity(row.baseline_value, row.unit)}, "
        f"B {format_quantity(row.value, row.unit)} "
        f"({quantity_interval_text(row.value_low, row.value_high, row.unit)})"
        for row in verdict_rows(verdicts)
        if row.verdict != "not measured"
    ]
    return [*lines, *_count_lines(counts)]


def _count_lines(counts: Sequence[Mapping[str, Any]]) -> list[str]:
    reasons = [printable(str(count["reason"])) for count in counts if count["reason"]]
    if reasons:
        return [f"instructions: not measured: {reasons[0]}"]
    if len(counts) < 2:
        return []
    first, second = (int(count["instructions"]) for count in counts)
    change = f" ({format_relative(second / first - 1)})" if first else ""
    return [f"instructions: A {first:,}, B {second:,}{change}"]


def pair_progress(stream: TextIO) -> Callable[[int, int], None] | None:
    """Return what to call after every pair: a bar with the time left, on a terminal only."""
    console = Console(file=stream)
    if not console.is_terminal:
        return None
    progress = Progress(
        TextColumn("pairs"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = progress.add_task("pairs", total=None)

    def advance(done: int, total: int) -> None:
        if not progress.live.is_started:
            progress.start()
        progress.update(task, completed=done, total=total)
        if done == total:
            progress.stop()

    return advance
