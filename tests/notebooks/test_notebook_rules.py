from pathlib import Path

import nbformat
import pytest

from tests.notebooks import rules

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_keeps_every_rule(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    complaints = [complaint for rule in rules.RULES for complaint in rule(notebook)]
    assert [*rules.head(path.stem, notebook), *complaints] == []
