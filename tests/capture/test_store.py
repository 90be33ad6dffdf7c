"""Captures on disk: whole or not at all, and never believed blindly."""

import json

import pytest

from slonana_analysis.capture.store import load_capture, save_facts, unfinished_directory
from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.model.capture import CaptureFacts

FACTS = CaptureFacts(
    tool="perf",
    version="6.1",
    command=("perf", "record", "--", "ls"),
    host="abc",
    start="2026-11-23T04:00:00+00:00",
    seconds=1.5,
    files={},
    notes=("a note",),
)


@pytest.fixture
def capture(tmp_path):
    home = tmp_path / "cap"
    with unfinished_directory(home) as scratch:
        (scratch / "a.txt").write_text("hello")
        save_facts(scratch, "a.txt", FACTS)
    return home


def _change(home, **changes):
    stated = json.loads((home / "capture.json").read_text())
    stated.update(changes)
    (home / "capture.json").write_text(json.dumps({k: v for k, v in stated.items() if v != "gone"}))


def test_round_trip(capture):
    loaded = load_capture(capture, verify=True)
    assert loaded.directory == capture
    assert loaded.main == capture / "a.txt"
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert loaded.facts.files == {"a.txt": sha256}
    assert loaded.facts.notes == ("a note",)
    assert loaded.facts.command == FACTS.command


def test_capture_json_is_sorted_and_stable(capture):
    text = (capture / "capture.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_a_changed_file_is_found_out(capture):
    (capture / "a.txt").write_text("hellO")
    assert load_capture(capture).main.exists()
    with pytest.raises(FormatError, match=r"a\.txt is not the file that was recorded"):
        load_capture(capture, verify=True)


def test_a_missing_file(capture):
    (capture / "a.txt").unlink()
    with pytest.raises(UnavailableError, match=r"lacks its file a\.txt"):
        load_capture(capture)


def test_no_capture_at_all(tmp_path):
    with pytest.raises(UnavailableError, match="is no capture"):
        load_capture(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"layout": 99},
        {"main": "gone"},
        {"main": "b.txt"},
        {"files": {"../a.txt": "0"}, "main": "../a.txt"},
        {"seconds": "long"},
        {"files": []},
        {"notes": None},
    ],
)
def test_misstated_facts(capture, changes):
    _change(capture, **changes)
    with pytest.raises(FormatError, match=r"capture\.json"):
        load_capture(capture)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\x00"])
def test_damaged_facts(capture, text):
    (capture / "capture.json").write_text(text)
    with pytest.raises(FormatError):
        load_capture(capture)


def test_nothing_is_left_of_what_failed(tmp_path):
    def half(home):
        with unfinished_directory(home) as scratch:
            (scratch / "a.txt").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half(tmp_path / "cap")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused_and_an_empty_directory_is_not(tmp_path, capture):
    with pytest.raises(UsageError, match="exists already"), unfinished_directory(capture):
        pass
    empty = tmp_path / "empty"
    empty.mkdir()
    with unfinished_directory(empty) as scratch:
        (scratch / "a.txt").write_text("x")
    assert [path.name for path in empty.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UnavailableError, match="cannot be written"),
        unfinished_directory(tmp_path / "file" / "cap"),
    ):
        pass
