"""``slonana-analysis run``: execute the notebooks on this machine and publish a report."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.execution.run_job import Workshop
    from slonana_analysis.report.progress import Display
    from slonana_analysis.runs.run import Run

SUMMARY = "execute the notebooks on this machine; prints the report's path last"

NOTEBOOKS_FAILED = 3

_PRESETS = ("smoke", "quick", "full")
_DEFAULT_PRESET = "quick"
_VERDICT_FIELDS = ("name", "verdict", "estimate", "low", "high", "launches", "floor", "mde")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--preset",
        choices=_PRESETS,
        help="how long to measure: seconds, a minute, or thoroughly (default: quick)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="execute only these notebooks, for example '2*' or 60; may be repeated, or a,b",
    )
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the notebooks that have it; JSON or text; may be repeated",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="where runs are kept (default: $SLONANA_RUNS or ./runs)",
    )
    parser.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="folder of notebooks (default: the suite's)"
    )
    parser.add_argument(
        "--resume", metavar="RUN", help="redo what an interrupted or partly failed run lacks"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Run, and print where the report is.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0; 3 when the run is published but notebooks in it failed.

    Raises
    ------
    UsageError
        If the call contradicts itself, or names what is not there.
    LockedError
        If another run is measuring.
    UnavailableError
        If the run cannot be written.
    """
    if arguments.resume and (arguments.preset or arguments.only or arguments.parameter):
        raise UsageError(
            "--resume takes its preset, notebooks and parameters from the run; leave out "
            "--preset, --only and -p"
        )
    from slonana_analysis.report.execution.forking import KernelServer

    # It imports what notebooks need while this process imports papermill.
    with KernelServer.start() as server:
        run = _run(arguments, server)
    failed = [record.name for record in run.manifest.notebooks if record.state != "done"]
    if failed:
        print(_complaint(run, failed, arguments), file=sys.stderr)
    print(json.dumps(_outcome(run)) if arguments.json else run.report_path)
    return NOTEBOOKS_FAILED if failed else 0


def _run(arguments: argparse.Namespace, server: "KernelServer") -> "Run":
    from slonana_analysis.report.execution.run_job import execute_run, resume_run
    from slonana_analysis.report.progress import open_display

    with open_display(sys.stderr) as display:
        workshop = _workshop(arguments, display, server)
        if arguments.resume:
            return resume_run(workshop, arguments.resume)
        return execute_run(
            workshop,
            preset=arguments.preset or _DEFAULT_PRESET,
            patterns=_split(arguments.only),
            overrides=arguments.parameter,
        )


def _complaint(run: "Run", failed: Sequence[str], arguments: argparse.Namespace) -> str:
    from slonana_analysis.report.execution.run_job import resume_command
    from slonana_analysis.runs.layout import default_runs_directory

    runs = (arguments.runs or default_runs_directory()).resolve()
    again = resume_command(runs, run.manifest.run)
    count = f"{len(failed)} of {len(run.manifest.notebooks)}"
    return f"done, but {count} notebooks failed: {', '.join(failed)}; redo them with: {again}"


def _workshop(
    arguments: argparse.Namespace, display: "Display", server: "KernelServer"
) -> "Workshop":
    from slonana_analysis.report.execution.notebooks import default_notebooks_directory
    from slonana_analysis.report.execution.run_job import Workshop
    from slonana_analysis.runs.layout import default_runs_directory

    return Workshop(
        runs=arguments.runs or default_runs_directory(),
        notebooks=arguments.notebooks or default_notebooks_directory(),
        host=_host,
        make_report=_make_report,
        display=display,
        server=server,
    )


def _host() -> dict[str, object]:
    from dataclasses import asdict

    from slonana_analysis.measure.host import collect_host_facts

    return asdict(collect_host_facts())


def _make_report(run: "Run") -> Path:
    from slonana_analysis.report.site.build import build_site

    return build_site(run)


def _split(patterns: Sequence[str]) -> list[str]:
    return [part for pattern in patterns for part in pattern.split(",") if part]


def _outcome(run: "Run") -> dict[str, Any]:
    from dataclasses import asdict

    rows = run.verdicts()[list(_VERDICT_FIELDS)].to_dict(orient="records")
    return {
        "run": run.manifest.run,
        "path": str(run.path),
        "report": str(run.report_path),
        "notebooks": [asdict(record) for record in run.manifest.notebooks],
        "verdicts": [{str(key): _json_number(value) for key, value in row.items()} for row in rows],
    }


def _json_number(value: object) -> object:
    """JSON knows neither NaN (not measured) nor infinity (too few launches to tell)."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
