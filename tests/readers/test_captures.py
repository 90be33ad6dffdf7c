"""Sides of a comparison: files, captures, folders of them."""

import shutil
from pathlib import Path

import pytest

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.readers.captures import is_captures, read_captures

DATA = Path(__file__).parents[2] / "data"
CAPTURE = DATA / "perf-pipeline"


@pytest.fixture
def folded(tmp_path):
    folder = tmp_path / "side"
    folder.mkdir()
    for place in (2, 1):
        (folder / f"{place}.folded").write_text(f"main;a {place}\nmain;b 4\n")
    (folder / "notes.txt").write_text("not a profile\n\x00")
    return folder


def test_a_capture_and_a_file():
    file = CAPTURE / "perf.script.txt.gz"
    assert is_captures(str(CAPTURE))
    assert read_captures(str(CAPTURE))[0].weight == read_captures(str(file))[0].weight


def test_a_folder_of_files_in_the_order_of_their_names(folded):
    assert is_captures(str(folded))
    assert [profile.weight for profile in read_captures(str(folded))] == [5, 6]


def test_a_folder_of_captures(tmp_path):
    for name in ("a", "b"):
        shutil.copytree(CAPTURE, tmp_path / "side" / name)
    assert len(read_captures(str(tmp_path / "side"))) == 2


def test_several_with_commas(folded):
    side = f"{folded / '2.folded'},{folded / '1.folded'}"
    assert is_captures(side)
    assert [profile.weight for profile in read_captures(side)] == [6, 5]


def test_what_is_something_else(folded, tmp_path):
    assert not is_captures("latest")
    assert not is_captures(str(DATA / "bench-results" / "pyperf" / "old.json"))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert not is_captures(str(empty))
    with pytest.raises(UsageError, match="holds no capture"):
        read_captures(str(empty))
    with pytest.raises(UnavailableError):
        read_captures(f"{folded / '1.folded'},{folded / 'absent'}")
    with pytest.raises(FormatError):
        read_captures(f"{folded / '1.folded'},{folded / 'notes.txt'}")
