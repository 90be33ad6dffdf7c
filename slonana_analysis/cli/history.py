"""``slonana-analysis history``: many runs, and where the level of a subject moved."""

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from slonana_analysis.report.run_history import RunHistory

SUMMARY = "trends over many runs: where a level moved, by how much, between which two runs"

_SERIES = ["machine", "experiment", "variant", "parameters"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--experiment", default="", metavar="NAME", help="only this experiment")
    parser.add_argument("--machine", default="", metavar="ID", help="only this machine's runs")
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="where runs are kept (default: $SLONANA_RUNS or ./runs)",
    )
    parser.add_argument(
        "--floor",
        type=float,
        default=1.0,
        metavar="PERCENT",
        help="move below which nothing is called a change (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Read the runs, and print a line per subject.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0.

    Raises
    ------
    UsageError
        If there is no run, none of the experiment, or the floor is no percentage.
    FormatError
        If a stored table is damaged.
    """
    from slonana_analysis.report.run_history import run_history
    from slonana_analysis.runs.layout import default_runs_directory

    if not 0 <= arguments.floor < 100:
        raise UsageError(f"--floor {arguments.floor:g} is no percentage from 0 to 100")
    runs = arguments.runs or default_runs_directory()
    history = run_history(
        runs=str(runs),
        experiment=arguments.experiment,
        machine=arguments.machine,
        floor=arguments.floor / 100,
    )
    if history.trends.empty:
        what = f" of experiment '{arguments.experiment}'" if arguments.experiment else ""
        raise UsageError(
            f"{runs} holds no run{what} of three launches and more; make one with: "
            "slonana-analysis run --preset quick"
        )
    if arguments.json:
        print(json.dumps(_document(history)))
    else:
        _print(history)
    return 0


def _print(history: "RunHistory") -> None:
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.report.words import effect_text, interval_text

    moved = {tuple(key): rows for key, rows in history.changes.groupby(_SERIES)}
    for key, rows in history.trends.groupby(_SERIES, sort=False):
        span = effect_text(math.expm1(rows["value"].iloc[-1] - rows["value"].iloc[0]))
        name = printable(str(rows["name"].iloc[-1]))
        print(f"{len(rows):>4} runs  last against first {span:>8}  {name}")
        for change in moved.get(tuple(key), history.changes.iloc[:0]).to_dict(orient="records"):
            interval = interval_text(change["low"], change["high"])
            print(
                f"           moved by {effect_text(change['estimate'])} ({interval}) between run "
                f"{change['before']} and run {change['after']}"
            )
    for note in history.notes:
        print(f"note: {note}")


def _document(history: "RunHistory") -> dict[str, Any]:
    return {
        "series": [_series(rows) for _, rows in history.trends.groupby(_SERIES, sort=False)],
        "changes": [_plain(row) for row in history.changes.to_dict(orient="records")],
        "notes": list(history.notes),
    }


def _series(rows: "pd.DataFrame") -> dict[str, Any]:
    last = rows.iloc[-1]
    points = rows[["run", "start", "value", "low", "high", "launches"]].to_dict(orient="records")
    return {
        **{name: str(last[name]) for name in (*_SERIES, "name", "basis")},
        "points": [_plain(point) for point in points],
    }


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return a row as JSON values: what is not a number is null."""
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
