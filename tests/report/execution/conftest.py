"""Notebooks that end well, fail, hang and die; a kernel server; a run's surroundings."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nbformat
import pytest

from slonana_analysis.report.execution.forking import KernelServer
from slonana_analysis.report.execution.run_job import Workshop
from slonana_analysis.report.progress import PlainDisplay
from slonana_analysis.runs.run import Run

PARAMETERS = 'preset: str = "smoke"\noutput: str = ""'
# Executions are counted from outside: each leaves a line in a file beside the runs.
COUNT = "import os\nwith open(os.environ['COUNTED'], 'a') as file:\n    file.write(name + '\\n')"
SAVE = """\
import pandas as pd
from slonana_analysis.runs.results import save_results
roof = {"name": [name], "value": 1.0, "low": 1.0, "high": 1.0,
        "unit": "bytes/s", "working_set": 0, "rounds": 1}
save_results(output, roofs=pd.DataFrame(roof))"""

GOOD = ("print('hello from', preset)", SAVE)
RAISING = ("print('before')", "raise ValueError('no such\\ndevice')", "print('never')")
HANGING = ("print('before')", "import time\nwhile True:\n    time.sleep(0.01)", "print('never')")
DYING = ("print('before')", "import sys\nsys.stdout.flush()\nos._exit(7)", "print('never')")


def write_notebook(folder: Path, name: str, *cells: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook with a title, a parameters cell, and the given code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# About {name}"),
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(f"name = {name!r}\n{COUNT}"),
            *map(nbformat.v4.new_code_cell, cells),
        ]
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def make_report(run: Run) -> Path:
    """Write a report as small as can be."""
    run.report_path.parent.mkdir(exist_ok=True)
    run.report_path.write_text("report")
    return run.report_path


def saved_text(run: Run, name: str) -> str:
    """Return everything that an executed notebook printed, and the names of its errors."""
    notebook = nbformat.read(run.path / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", output.get("ename", "")) for output in outputs)


@pytest.fixture(scope="session")
def server() -> Iterator[KernelServer]:
    with KernelServer.start() as server:
        yield server


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return what was executed so far, in order."""
    path = tmp_path / "counted"
    monkeypatch.setenv("COUNTED", str(path))

    def lines() -> list[str]:
        return path.read_text().splitlines() if path.exists() else []

    return lines


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def workshop(tmp_path: Path, server: KernelServer, stream: io.StringIO) -> Workshop:
    return Workshop(
        runs=tmp_path / "runs",
        notebooks=tmp_path / "notebooks",
        host=lambda: {"machine": "ab12", "commit": "c0ffee"},
        make_report=make_report,
        display=PlainDisplay(stream),
        server=server,
        notebook_seconds={"smoke": 120.0, "quick": 1.0},
    )


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Environment of a subprocess that finds this package and counts executions."""
    root = Path(__file__).parents[3]
    return os.environ | {"PYTHONPATH": str(root), "COUNTED": str(tmp_path / "counted")}
