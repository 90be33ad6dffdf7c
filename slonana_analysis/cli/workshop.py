"""What the verbs that execute notebooks share: where, on which machine, to which report."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slonana_analysis.report.execution.forking import KernelServer
    from slonana_analysis.report.execution.run_job import Workshop
    from slonana_analysis.report.progress import Display
    from slonana_analysis.runs.run import Run


def open_workshop(
    arguments: argparse.Namespace, display: "Display", server: "KernelServer"
) -> "Workshop":
    """Return what a run works with.

    Parameters
    ----------
    arguments : Namespace
        With ``runs`` and ``notebooks``: folders, or None for the usual ones.
    display : Display
        Shown what happens.
    server : KernelServer
        Forks the kernels.
    """
    from slonana_analysis.report.execution.notebooks import default_notebooks_directory
    from slonana_analysis.report.execution.run_job import Workshop
    from slonana_analysis.runs.layout import default_runs_directory

    runs = arguments.runs or default_runs_directory()
    return Workshop(
        runs=runs,
        notebooks=arguments.notebooks or default_notebooks_directory(),
        host=host_facts,
        make_report=partial(make_report, runs),
        display=display,
        server=server,
    )


def host_facts() -> dict[str, object]:
    """Return this machine's facts as nested JSON objects."""
    from dataclasses import asdict

    from slonana_analysis.measure.host import collect_host_facts

    return asdict(collect_host_facts())


def make_report(runs: Path, run: "Run") -> Path:
    """Write the report of a run, held against the run's baseline if it names one."""
    from slonana_analysis.report.run_comparison import compare_with_baseline
    from slonana_analysis.report.site.build import build_site

    return build_site(run, compare_with_baseline(run, runs))
