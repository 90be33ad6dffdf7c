"""Every sample of every format is recognised by one reader, and by that one alone."""

import json
from pathlib import Path

import pytest

from slonana_analysis.readers.registry import readers
from slonana_analysis.readers.source import open_source

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = sorted((ROOT / "data").glob("*/capture.json"))
# Nobody's: results of benchmarks, which `compare` reads, and what else lies around.
STRANGERS = sorted(
    path
    for folder in ("data/bench-results", "docs", "notebooks", "slonana_analysis/stats")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".json", ".md", ".csv", ".ipynb", ".py"}
)


def recognised_by(path):
    with open_source(path) as source:
        head = source.head()
    return [name for name, reader in readers().items() if reader.sniff(head)]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.parent.name)
def test_the_main_file_of_each_capture_has_one_reader(path):
    main = path.parent / json.loads(path.read_text())["main"]
    assert len(recognised_by(main)) == 1


@pytest.mark.parametrize("path", STRANGERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_no_profiler_wrote_has_none(path):
    assert recognised_by(path) == []


@pytest.mark.parametrize("name", sorted(readers()))
def test_no_reader_recognises_bytes_without_meaning(name):
    reader = readers()[name]
    for head in (b"", b"\0" * 64, b"\n" * 64, b"a", bytes(range(256)), b"{}", b"[]", b"null"):
        assert not reader.sniff(head)
