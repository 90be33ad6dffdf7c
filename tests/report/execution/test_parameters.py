from pathlib import Path

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.report.execution.notebooks import Notebook, read_notebook
from slonana_analysis.report.execution.parameters import (
    declared_parameters,
    notebook_parameters,
    parse_overrides,
)
from tests.report.execution.conftest import write_notebook

DECLARED = """\
preset: str = "smoke"  # smoke, quick or full
output: str = ""  # result folder; empty: write nothing
launches: int = 0  # fresh processes
seconds: float = 1.5  # s
label: str = "x"
fast: bool = False
sizes: list[int] = []  # bytes
names: list = []
free = None"""


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return read_notebook(write_notebook(tmp_path, "21_x", parameters=DECLARED))


def test_what_a_notebook_declares_is_read_with_its_annotations(notebook: Notebook) -> None:
    assert declared_parameters(notebook) == {
        "preset": "str",
        "output": "str",
        "launches": "int",
        "seconds": "float",
        "label": "str",
        "fast": "bool",
        "sizes": "list[int]",
        "names": "list",
        "free": "None",
    }


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("launches=12", 12),
        ("launches=-3", -3),
        ("seconds=0.5", 0.5),
        ("seconds=2", 2),
        ("label=12", "12"),
        ("label=a=b c", "a=b c"),
        ("label=", ""),
        ("label=null", "null"),
        ("fast=true", True),
        ("sizes=[1, 2]", [1, 2]),
        ("sizes=[]", []),
        ('names=["a", 1]', ["a", 1]),
        ("free=3", 3),
        ("free=perf record", "perf record"),
        ("free=NaN", "NaN"),
        ('free={"a": [1]}', {"a": [1]}),
    ],
)
def test_a_value_is_read_as_the_notebook_wants_it(
    override: str, value: object, notebook: Notebook
) -> None:
    parsed = parse_overrides([override], [notebook])
    assert parsed == {override.partition("=")[0]: value}
    assert type(parsed.popitem()[1]) is type(value)


@pytest.mark.parametrize(
    "override",
    [
        "launches=many",
        "launches=1.5",
        "launches=true",
        "seconds=fast",
        "seconds=NaN",
        "fast=1",
        "fast=yes",
        "sizes=3",
        "sizes=[1.5]",
        "sizes=[true]",
        'sizes=["a"]',
        "names=a",
    ],
)
def test_a_value_of_another_type_is_refused_with_both(override: str, notebook: Notebook) -> None:
    with pytest.raises(UsageError, match=r"notebook 21_x wants (int|float|bool|list)"):
        parse_overrides([override], [notebook])


def test_an_unknown_name_is_refused_with_the_known_ones(notebook: Notebook) -> None:
    with pytest.raises(UsageError, match="'lunches'; they have: fast, free, label, launches"):
        parse_overrides(["lunches=1"], [notebook])


@pytest.mark.parametrize("override", ["launches", "=3", "a b=3", "", "1a=3"])
def test_what_is_no_assignment_is_refused(override: str, notebook: Notebook) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE"):
        parse_overrides([override], [notebook])


@pytest.mark.parametrize("override", ["preset=full", "output=/tmp"])
def test_what_the_run_sets_itself_is_refused(override: str, notebook: Notebook) -> None:
    with pytest.raises(UsageError, match="cannot be set"):
        parse_overrides([override], [notebook])


def test_one_name_is_given_once(notebook: Notebook) -> None:
    with pytest.raises(UsageError, match="twice"):
        parse_overrides(["launches=1", "launches=2"], [notebook])


def test_a_parameter_reaches_only_those_that_declare_it(notebook: Notebook, tmp_path: Path) -> None:
    other = read_notebook(write_notebook(tmp_path, "00_y", parameters='preset: str = ""'))
    values = parse_overrides(["launches=3"], [other, notebook])
    assert notebook_parameters(other, values, preset="quick", output="/o") == {"preset": "quick"}
    assert notebook_parameters(notebook, values, preset="quick", output="/o") == {
        "preset": "quick",
        "output": "/o",
        "launches": 3,
    }


def test_a_value_must_suit_every_notebook_that_has_it(notebook: Notebook, tmp_path: Path) -> None:
    other = read_notebook(write_notebook(tmp_path, "00_y", parameters="label: int = 3"))
    with pytest.raises(UsageError, match="21_x wants str"):
        parse_overrides(["label=3"], [other, notebook])


def test_a_file_that_is_no_notebook_declares_nothing(tmp_path: Path) -> None:
    (tmp_path / "00_broken.ipynb").write_text("{")
    assert declared_parameters(read_notebook(tmp_path / "00_broken.ipynb")) == {}
