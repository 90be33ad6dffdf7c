"""``slonana-analysis reproduce``: make a run again from its stored samples, and compare."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slonana_analysis.report.reproduction.outcome import Reproduction
    from slonana_analysis.runs.run import Run

SUMMARY = "make the tables and figures of a run again from its samples; lists every difference"

IDENTICAL = 0
DIFFERENT = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "run", metavar="RUN", help="folder of a run, its id, the beginning of it, or 'latest'"
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
        "--stored-code",
        action="store_true",
        help="execute the notebooks that the run stored, not the suite's; a run that came from "
        "elsewhere brings its own code, so read it first",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="keep the remade run in a new folder"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Make a run again and print what differs.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0 when everything is identical to the byte, 1 when anything differs or could not be made.

    Raises
    ------
    UsageError
        If there is no such run, or the output folder holds something already.
    FormatError
        If the run is damaged.
    """
    outcome = _reproduce(arguments)
    if arguments.json:
        print(json.dumps(outcome.as_json()))
    else:
        for line in outcome.lines():
            print(line)
    return IDENTICAL if outcome.identical else DIFFERENT


def _reproduce(arguments: argparse.Namespace) -> "Reproduction":
    from slonana_analysis.cli.workshop import make_report
    from slonana_analysis.measure.host.versions import read_commit, read_versions
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.execution.notebooks import default_notebooks_directory
    from slonana_analysis.report.progress import open_display
    from slonana_analysis.report.reproduction.job import Remaking, reproduce
    from slonana_analysis.runs.catalogue import open_run
    from slonana_analysis.runs.layout import default_runs_directory

    runs = arguments.runs or default_runs_directory()
    run = open_run(arguments.run, runs)
    with KernelServer.start() as server, open_display(sys.stderr) as display:
        remaking = Remaking(
            notebooks=arguments.notebooks or default_notebooks_directory(),
            display=display,
            server=server,
            make_report=partial(make_report, arguments.runs or _home(run) or runs),
            versions=read_versions() | {"commit": read_commit()},
            stored_code=arguments.stored_code,
            output=arguments.output,
        )
        return reproduce(run, remaking)


def _home(run: "Run") -> Path | None:
    """Return the runs directory that a run given by its folder stands in."""
    machine = run.path.resolve().parent.parent
    return machine.parent if machine.name.startswith("machine=") else None
