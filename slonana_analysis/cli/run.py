"""``slonana-analysis run``: execute the notebooks on this machine and publish a report."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.run_comparison import ComparedRuns
    from slonana_analysis.runs.run import Run

SUMMARY = "execute the notebooks on this machine; prints the report's path last"

FOUND = 1
NOTEBOOKS_FAILED = 3

_PRESETS = ("smoke", "quick", "full")
_DEFAULT_PRESET = "quick"


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
    parser.add_argument(
        "--baseline",
        metavar="RUN",
        help="hold the run against this one (id, its beginning, folder, or 'latest' for this "
        "machine's latest)",
    )
    parser.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help="exit with 1 if a comparison with the baseline ends in one of these, for example "
        "regressed",
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
        0; 3 when the run is published but notebooks in it failed; 1 when ``--fail-on`` found what
        it names.

    Raises
    ------
    UsageError
        If the call contradicts itself, or names what is not there.
    LockedError
        If another run is measuring.
    UnavailableError
        If the run cannot be written, or a gate has nothing to go by.
    """
    _check(arguments)
    words = _gate_words(arguments)
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.run_comparison import compare_with_baseline
    from slonana_analysis.runs.layout import default_runs_directory

    # It imports what notebooks need while this process imports papermill.
    with KernelServer.start() as server:
        run = _run(arguments, server)
    failed = [record.name for record in run.manifest.notebooks if record.state != "done"]
    if failed:
        print(_complaint(run, failed, arguments), file=sys.stderr)
    compared = compare_with_baseline(run, arguments.runs or default_runs_directory())
    print(json.dumps(_outcome(run, compared)) if arguments.json else run.report_path)
    if failed:
        return NOTEBOOKS_FAILED
    return _gate(run, compared, words) if words else 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.resume and (arguments.preset or arguments.only or arguments.parameter):
        raise UsageError(
            "--resume takes its preset, notebooks and parameters from the run; leave out "
            "--preset, --only and -p"
        )
    if arguments.resume and arguments.baseline:
        raise UsageError("--resume takes its baseline from the run; leave out --baseline")
    if arguments.fail_on and not (arguments.baseline or arguments.resume):
        raise UsageError(
            "--fail-on judges the run against another one; name that with --baseline RUN"
        )


def _gate_words(arguments: argparse.Namespace) -> tuple[str, ...]:
    from slonana_analysis.compare.gate import gate_words

    return gate_words(arguments.fail_on) if arguments.fail_on else ()


def _run(arguments: argparse.Namespace, server: "KernelServer") -> "Run":
    from slonana_analysis.cli.workshop import open_workshop
    from slonana_analysis.report.execution.run_job import execute_run, resume_run
    from slonana_analysis.report.progress import open_display

    with open_display(sys.stderr) as display:
        workshop = open_workshop(arguments, display, server)
        if arguments.resume:
            return resume_run(workshop, arguments.resume)
        return execute_run(
            workshop,
            preset=arguments.preset or _DEFAULT_PRESET,
            patterns=_split(arguments.only),
            overrides=arguments.parameter,
            baseline=_baseline(arguments, workshop.runs),
        )


def _baseline(arguments: argparse.Namespace, runs: Path) -> str:
    """Return what the run writes down as its baseline; found before anything is measured."""
    from slonana_analysis.cli.workshop import host_facts
    from slonana_analysis.runs.baseline import baseline_name, baseline_run

    if not arguments.baseline:
        return ""
    return baseline_name(baseline_run(arguments.baseline, runs, str(host_facts()["machine"])), runs)


def _gate(run: "Run", compared: "ComparedRuns | None", words: tuple[str, ...]) -> int:
    from slonana_analysis.compare.gate import failing

    if compared is None:
        raise UsageError(f"run {run.manifest.run} names no baseline, so there is nothing to gate")
    return FOUND if len(failing(compared.gated_verdicts, words, compared.why_ungated)) else 0


def _complaint(run: "Run", failed: Sequence[str], arguments: argparse.Namespace) -> str:
    from slonana_analysis.report.execution.run_job import resume_command
    from slonana_analysis.runs.layout import default_runs_directory

    runs = (arguments.runs or default_runs_directory()).resolve()
    again = resume_command(runs, run.manifest.run)
    count = f"{len(failed)} of {len(run.manifest.notebooks)}"
    return f"done, but {count} notebooks failed: {', '.join(failed)}; redo them with: {again}"


def _split(patterns: Sequence[str]) -> list[str]:
    return [part for pattern in patterns for part in pattern.split(",") if part]


def _outcome(run: "Run", compared: "ComparedRuns | None") -> dict[str, Any]:
    from dataclasses import asdict

    from slonana_analysis.report.verdict_text import verdicts_json

    since = {} if compared is None else {"since": verdicts_json(compared.gated_verdicts)}
    return {
        "run": run.manifest.run,
        "path": str(run.path),
        "report": str(run.report_path),
        "notebooks": [asdict(record) for record in run.manifest.notebooks],
        **verdicts_json(run.verdicts()),
        **since,
    }
