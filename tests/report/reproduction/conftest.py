"""A small notebook that looks at the machine, and the run that executed it."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from slonana_analysis.report.execution.forking import KernelServer
from slonana_analysis.report.execution.run_job import Workshop, execute_run
from slonana_analysis.report.progress import PlainDisplay
from slonana_analysis.report.reproduction.job import Remaking
from slonana_analysis.report.site.build import build_site
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.run import Run, read_run

NAME = "21_random"
PARAMETERS = 'preset: str = "smoke"\noutput: str = ""\nlaunches: int = 4'
IMPORTS = """\
import random, time
import pandas as pd
import slonana_analysis as sa
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.observation import observed
from slonana_analysis.model.schema import CHECKS, SAMPLES"""
# Whoever measures instead of replaying gets other numbers: the samples are drawn anew each time.
MEASURE = """\
@observed()
def draw(launches: int) -> Measurement:
    rows = [{"run": "", "experiment": "random", "variant": variant, "parameters": "{}",
             "launch": launch, "round": 0, "order": 0, "value": random.uniform(1, 2),
             "unit": "ns", "inner": 1, "harness_ns": 0.1}
            for launch in range(launches) for variant in ("plain", "other")]
    passed = {"baseline": "plain", "check": "output", "passed": True, "observed": 1., "limit": 1.}
    checks = pd.DataFrame(rows)[["run", "experiment", "variant", "parameters", "launch"]]
    samples = SAMPLES.conform(pd.DataFrame(rows))
    return Measurement(samples, CHECKS.conform(checks.assign(**passed)))
@observed()
def now() -> float:
    return time.time()"""
USE = """\
measurement = draw(launches)
verdicts = sa.judge(measurement)
print(now(), "is when", launches, "launches were over")"""
SHOW = ("sa.tables.verdict_table(verdicts)", "sa.figures.kernel_bars(verdicts, roofs={})")
SAVE = "saved = sa.save_results(output, measurement, verdicts)"
CELLS = (IMPORTS, MEASURE, USE, *SHOW, SAVE)


def write(folder: Path, *cells: str, name: str = NAME) -> Path:
    """Write a notebook with a title, parameters and the given code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# About {name}"),
            nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            *map(nbformat.v4.new_code_cell, cells),
        ]
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[KernelServer]:
    with KernelServer.start() as server:
        yield server


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


def execute(place: Path, notebooks: Path, server: KernelServer) -> Run:
    """Make a run of all notebooks in a folder."""
    workshop = Workshop(
        runs=place / "runs",
        notebooks=notebooks,
        host=lambda: {"machine": "ab12", "versions": {"numpy": "1.0"}, "commit": "c0ffee"},
        make_report=build_site,
        display=PlainDisplay(io.StringIO()),
        server=server,
    )
    return execute_run(workshop, preset="smoke")


@pytest.fixture
def make_run(tmp_path: Path, notebooks: Path, server: KernelServer) -> Callable[[], Run]:
    return lambda: execute(tmp_path, notebooks, server)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory, server: KernelServer) -> Run:
    place = tmp_path_factory.mktemp("pristine")
    write(place / "notebooks", *CELLS)
    run = execute(place, place / "notebooks", server)
    assert [record.error for record in run.manifest.notebooks] == [""]
    return run


@pytest.fixture
def run(pristine: Run, tmp_path: Path, notebooks: Path) -> Run:
    """Return a copy that a test may tamper with."""
    write(notebooks, *CELLS)
    place = RunsDirectory(tmp_path / "runs").place("ab12", pristine.manifest.run)
    shutil.copytree(pristine.path, place)
    return read_run(place)


@pytest.fixture
def remaking(notebooks: Path, server: KernelServer) -> Remaking:
    return Remaking(
        notebooks=notebooks,
        display=PlainDisplay(io.StringIO()),
        server=server,
        make_report=build_site,
        versions={"numpy": "1.0", "commit": "c0ffee"},
    )
