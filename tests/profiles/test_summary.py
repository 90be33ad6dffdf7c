"""Facts, tables on disk and the text on the terminal."""

import dataclasses
import json

import pandas as pd
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.profiles.facts import profile_facts
from slonana_analysis.profiles.summary import print_summary
from slonana_analysis.profiles.tables import write_tables
from slonana_analysis.readers.registry import read_profile


@pytest.fixture
def profile(profile_of):
    return profile_of(("main;f@a:1", 5_000), ("main;f@a:2", 5_000), ("main;f@a:1", 1), ("", 4))


def test_facts_are_the_contract(profile):
    assert profile_facts("x.txt", profile) == {
        "file": "x.txt",
        "format": "test",
        "tool": "test",
        "event": "cycles",
        "unit": "ns",
        "samples": 4,
        "weight": 10_005,
        "stacks": 2,
        "functions": 2,
        "loss": {
            "bytes": 0,
            "bytes_read": 0,
            "records": 4,
            "dropped": 0,
            "truncated": False,
            "reasons": (),
        },
    }


def test_summary(profile, capsys):
    print_summary("x.txt", profile)
    text = capsys.readouterr().out
    assert "4 samples of cycles, 10.0 µs in all, 2 stacks, 2 functions" in text
    assert "nothing lost of 0 bytes" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["100.0", "%", "100.0", "%", "f", "a"] in lines
    assert ["0.0", "%", "100.0", "%", "main", "m"] in lines


def test_summary_tells_losses(profile, capsys):
    loss = LossLedger(100, 90, 4, 1, truncated=True, reasons=("cut at line 7",))
    print_summary("x.txt", dataclasses.replace(profile, loss=loss))
    text = capsys.readouterr().out
    assert "lost: 1 records, 10 of 100 bytes" in text
    assert "cut at line 7" in text


def test_hostile_names_stay_harmless(profile_of, capsys):
    hostile = "\x1b[2J[red]<script>|[/red]"
    print_summary("\x1b]0;x\x07.txt", profile_of((f"{hostile}@{hostile}", 1), ("b", 1)), top=1)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.count("\\x1b[2J[red]<script>|[/red]") == 2
    assert "… and 1 more functions" in text


def test_several_events_have_a_table_each(profile_of, capsys):
    profile = profile_of(("a", 1, "t", -1, "cycles"), ("b", 7, "t", -1, "faults"), unit="events")
    print_summary("x", profile)
    text = capsys.readouterr().out
    assert text.index("cycles\n".strip()) < text.rindex("faults")
    print_summary("x", profile, event="faults")
    assert "  a " not in capsys.readouterr().out


def test_tables_on_disk(profile, tmp_path):
    write_tables(profile, tmp_path / "p")
    for name in ("frames", "nodes", "threads", "samples"):
        stored = pd.read_parquet(tmp_path / "p" / f"{name}.parquet")
        pd.testing.assert_frame_equal(stored, getattr(profile, name))
    facts = json.loads((tmp_path / "p" / "profile.json").read_text())
    assert facts["loss"]["records"] == 4
    assert facts["unit"] == "ns"


def test_tables_never_half_written(profile, tmp_path, monkeypatch):
    (tmp_path / "p").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        write_tables(profile, tmp_path / "p")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(UnavailableError, match="No space left"):
        write_tables(profile, tmp_path / "q")
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_of_many_events_the_first_is_listed(capsys):
    """callgrind counts nine; whoever wants another one says so."""
    profile = read_profile(recorded_capture("callgrind-pipeline").main)
    print_summary("callgrind", profile, top=2)
    text = capsys.readouterr().out
    assert "of 9 events, " in text
    assert "Ir: 499,663,200 instructions" in text
    assert "… and Dr, Dw, I1mr, D1mr, D1mw, ILmr, DLmr, DLmw: choose one with --event" in text
    print_summary("callgrind", profile, "DLmr", top=2)
    assert "DLmr: 4,950 events" in capsys.readouterr().out
