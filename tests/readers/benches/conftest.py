"""Genuine result files, changed copies of them, and what became of them in plain values."""

import copy
import json
from pathlib import Path

import pytest

from slonana_analysis.readers.benches.registry import read_benches

RESULTS = Path(__file__).parents[3] / "data" / "bench-results"


@pytest.fixture
def results():
    """The folder of genuine results."""
    return RESULTS


@pytest.fixture
def altered(tmp_path):
    """Write a genuine file anew after a change to its document; the path of what was written."""

    def write(file, change):
        document = json.loads((RESULTS / file).read_text())
        changed = copy.deepcopy(document)
        replaced = change(changed)
        path = tmp_path / Path(file).name
        path.write_text(json.dumps(changed if replaced is None else replaced))
        return path

    return write


@pytest.fixture
def read_document(tmp_path):
    """Read a document that stands in the test itself."""

    def read(document, tool=None):
        path = tmp_path / "results.json"
        path.write_text(json.dumps(document))
        return read_benches(path, tool)

    return read


@pytest.fixture
def listed():
    """List observations as (name, value, unit, process, order)."""

    def rows(found):
        return list(found.values.itertuples(index=False, name=None))

    return rows
