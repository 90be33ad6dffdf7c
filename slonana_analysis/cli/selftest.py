"""``slonana-analysis selftest``: how far verdicts can be trusted on this machine."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from slonana_analysis.report.self_test_view import RateRow
    from slonana_analysis.runs.run import Run

SUMMARY = "measure how often verdicts cry wolf on this machine, and what they find"

FAILED = 3

_COMPARISONS = 300
_NOTEBOOK = "00_overview"
# Measures what "quick" measures, and may take hours: many comparisons are asked for by number.
_PRESET = "full"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--comparisons",
        type=int,
        default=_COMPARISONS,
        metavar="N",
        help="how often two builds of one source are compared at least, each on launches of its "
        f"own (default: {_COMPARISONS})",
    )
    parser.add_argument(
        "--launches",
        type=int,
        default=0,
        metavar="K",
        help="fresh processes that each comparison rests on (default: 10)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seeds the order in which variants take turns"
    )
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="where the run is kept (default: $SLONANA_RUNS or ./runs)",
    )
    parser.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="folder of notebooks (default: the suite's)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Measure, keep the run, and print what was found.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0; 3 when the notebook failed and nothing was found.

    Raises
    ------
    UsageError
        If a number is out of range.
    LockedError
        If a run is measuring.
    UnavailableError
        If the run cannot be written.
    """
    if arguments.comparisons < 1 or arguments.launches < 0 or arguments.launches == 1:
        raise UsageError(
            "a self-test makes at least 1 comparison of at least 2 launches; "
            f"--comparisons {arguments.comparisons} --launches {arguments.launches} is less"
        )
    run = _measured(arguments)
    failed = [record for record in run.manifest.notebooks if record.state != "done"]
    if failed:
        print(
            f"slonana-analysis: the self-test failed; the report says why: {run.report_path}",
            file=sys.stderr,
        )
        return FAILED
    table = run.self_test()
    print(json.dumps(outcome(table)) if arguments.json else summary(table, run.report_path))
    return 0


def _measured(arguments: argparse.Namespace) -> "Run":
    from slonana_analysis.cli.workshop import open_workshop
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.execution.run_job import execute_run
    from slonana_analysis.report.progress import open_display
    from slonana_analysis.report.time_left import TimeLeftDisplay

    parameters = {
        "selftest_comparisons": arguments.comparisons,
        "selftest_launches": arguments.launches,
        "selftest_seed": arguments.seed,
    }
    with KernelServer.start() as server, open_display(sys.stderr) as display:
        return execute_run(
            open_workshop(arguments, TimeLeftDisplay(display), server),
            preset=_PRESET,
            patterns=[_NOTEBOOK],
            overrides=[f"{name}={value}" for name, value in parameters.items()],
        )


def outcome(table: "pd.DataFrame") -> dict[str, Any]:
    """Return what was found as JSON values.

    Parameters
    ----------
    table : DataFrame
        Columns of ``schema.SELF_TEST``; rows of other rules are left out.

    Returns
    -------
    dict
        ``comparisons``, ``false_alarm_rate`` and ``false_alarm_upper`` (null without any
        comparison), ``power``: a list by workload and slowdown.
    """
    alike, slower = _ours(table)
    return {
        "comparisons": alike.tried if alike else 0,
        "false_alarm_rate": _number(alike.rate) if alike else None,
        "false_alarm_upper": _number(alike.high) if alike else None,
        "power": [
            {
                "workload": row.workload,
                "slowdown": row.slowdown,
                "found": row.counted,
                "tried": row.tried,
                "seconds_per_verdict": _number(row.seconds),
            }
            for row in slower
        ],
    }


def summary(table: "pd.DataFrame", report: Path) -> str:
    """Return what was found in lines for a terminal, where the report is last.

    Parameters
    ----------
    table : DataFrame
        Columns of ``schema.SELF_TEST``; rows of other rules are left out.
    report : Path
        Start page of the run's report.

    Returns
    -------
    str
        Without a line end.
    """
    from slonana_analysis.report.self_test_view import share_text, work_text

    alike, slower = _ours(table)
    lines = ["no comparison of two builds of one source could be made"]
    if alike and alike.tried:
        compared = f"{alike.called} of {alike.tried} comparisons of two builds of one source"
        rate = f"{share_text(alike.rate)}, with 99 % confidence at most {share_text(alike.high)}"
        lines = [f"false alarms: {compared}; {rate}"]
    lines += [
        f"{work_text(row.slowdown):>5} real work on {row.workload}: found {row.counted} of "
        f"{row.tried} times, {row.seconds:.1f} s per verdict"
        for row in slower
    ]
    return "\n".join([*lines, str(report)])


def _ours(table: "pd.DataFrame") -> tuple["RateRow | None", "list[RateRow]"]:
    """Return our rule's row of all comparisons without a slowdown, and those with one."""
    from slonana_analysis.compare.self_test import ALL_WORKLOADS, OUR_RULE
    from slonana_analysis.report.self_test_view import rate_rows

    rows = [row for row in rate_rows(table) if row.rule == OUR_RULE]
    alike = [row for row in rows if row.workload == ALL_WORKLOADS and row.slowdown == 0]
    slower = [row for row in rows if row.workload != ALL_WORKLOADS and row.slowdown > 0]
    return next(iter(alike), None), slower


def _number(value: float) -> float | None:
    """JSON knows no NaN: where nothing was measured there is no number."""
    return value if math.isfinite(value) else None
