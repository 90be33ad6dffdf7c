import json
from pathlib import Path

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.report.execution.notebooks import find_notebooks, read_notebook
from tests.report.execution.conftest import write_notebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("60_ml_inference", "00_overview", "21_loop_unrolling"):
        write_notebook(tmp_path, name)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".hidden.ipynb").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ([], ["00_overview", "21_loop_unrolling", "60_ml_inference"]),
        (["21"], ["21_loop_unrolling"]),
        (["60_ml_inference", "0*"], ["00_overview", "60_ml_inference"]),
        (["*_l*", "21"], ["21_loop_unrolling"]),
    ],
)
def test_notebooks_are_chosen_in_the_order_of_their_numbers(
    patterns: list[str], found: list[str], folder: Path
) -> None:
    assert [notebook.name for notebook in find_notebooks(folder, patterns)] == found


@pytest.mark.parametrize("pattern", ["2", "7*", "overview", ""])
def test_a_pattern_that_fits_nothing_is_refused_with_the_names(pattern: str, folder: Path) -> None:
    with pytest.raises(UsageError, match="00_overview, 21_loop_unrolling"):
        find_notebooks(folder, ["00", pattern])


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no notebooks"):
        find_notebooks(tmp_path)
    with pytest.raises(UsageError, match="holds no notebooks"):
        find_notebooks(tmp_path / "absent")


def test_the_title_is_the_first_heading(tmp_path: Path) -> None:
    assert read_notebook(write_notebook(tmp_path, "00_a")).title == "About 00_a"
    plain = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "01_b.ipynb").write_text(json.dumps(plain))
    assert read_notebook(tmp_path / "01_b.ipynb").title == "01_b"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"nbformat": "four"}',
        b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        b'{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}',
    ],
)
def test_a_damaged_notebook_is_a_problem_to_report_not_an_error(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "10_bad.ipynb"
    path.write_bytes(content)
    notebook = read_notebook(path)
    assert notebook.content is None
    assert "10_bad.ipynb: is not a Jupyter notebook" in notebook.problem
