from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from slonana_analysis.experiments.assembly import Loop
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.readers.registry import read_profile
from slonana_analysis.report import views

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def profile():
    frames = pd.DataFrame({"function": ["main", HOSTILE], "module": "app", "file": "", "line": 0})
    nodes = pd.DataFrame({"parent": [-1, 0], "frame": [0, 1]})
    threads = pd.DataFrame({"process": [1], "thread": [1], "name": ["app"]})
    samples = pd.DataFrame(
        {"node": [0, 1, 1], "thread": 0, "time_ns": [0, 10, 20], "weight": 5, "event": "cpu-clock"}
    )
    return Profile(
        format="perf-script",
        tool="perf",
        event="cpu-clock",
        unit="ns",
        frames=schema.FRAMES.conform(frames),
        nodes=schema.NODES.conform(nodes),
        threads=schema.THREADS.conform(threads),
        samples=schema.PROFILE_SAMPLES.conform(samples),
        loss=LossLedger(100, 90, 3, 1, True, ("the text ends within a sample",)),
    )


def capture(**changes):
    facts = CaptureFacts(
        tool="perf",
        version="6.1",
        command=("perf", "record", HOSTILE),
        host="0123456789ab",
        start="2026-11-23T04:00:00+00:00",
        seconds=10.0,
        files={},
    )
    return Capture(Path("captures"), Path("captures/perf.script.txt"), replace(facts, **changes))


def test_a_recording_of_this_machine_is_shown_without_a_warning(capsys):
    html = views.show_capture(capture())._repr_html_()
    assert "this machine" in html
    assert HOSTILE not in html
    assert "Not measured" not in capsys.readouterr().out


def test_a_file_of_the_users_is_named_instead_of_a_capture():
    html = views.show_capture(None, f"/tmp/{HOSTILE}.data")._repr_html_()
    assert "/tmp/&lt;script&gt;" in html
    assert HOSTILE not in html


def test_the_neighbours_of_the_heaviest_function(profile):
    table = views.show_neighbours(profile)
    assert [row[0].content for row in table.rows] == ["caller", "callee"]
    assert table.caption == f"Around {HOSTILE}"
    assert HOSTILE not in table._repr_html_()
    around = views.show_neighbours(profile, "main")
    assert [row[0].content for row in around.rows] == ["caller", "callee", "callee"]
    assert around.caption == "Around main"


def test_calls_without_stacks_are_drawn_as_an_estimate():
    calls = read_profile(recorded_capture("callgrind-pipeline").main)
    assert "estimated" in views.show_flame_graph(calls, "Instructions").title
    table = views.show_neighbours(calls)
    assert table.caption == "Around sha256_compress"
    assert "instructions" in table._repr_html_()


def test_a_recorded_capture_is_announced_with_the_reason(capsys):
    table = views.show_capture(capture(recorded=True, notes=("perf is not installed",)))
    assert "recorded elsewhere" in table._repr_html_()
    assert "perf is not installed" in capsys.readouterr().out


def test_losses_are_told_whole(profile):
    html = views.show_losses(profile)._repr_html_()
    assert "the text ends within a sample" in html
    assert "Ends too early" in html


def test_functions_and_flame_graph_escape_what_was_measured(profile):
    for view in (views.show_functions(profile), views.show_flame_graph(profile)):
        html = view._repr_html_()
        assert HOSTILE not in html
        assert "&lt;script&gt;" in html


def test_tools_tell_where_they_are_or_how_to_get_them():
    tools = [
        SimpleNamespace(
            name="perf", version="6.1", path=Path("/usr/bin/perf"), reason="", remedy=""
        ),
        SimpleNamespace(
            name="fio", version="", path=None, reason="disks", remedy="apt install fio"
        ),
    ]
    html = views.show_tools(tools)._repr_html_()
    assert "/usr/bin/perf" in html
    assert "apt install fio" in html


def test_a_listing_escapes_and_says_when_there_is_nothing():
    listing = views.show_loops({HOSTILE: Loop(("addl (%rax), %ecx",)), "none": Loop(())})
    html = listing._repr_html_()
    assert HOSTILE not in html
    assert "addl (%rax), %ecx" in html
    assert "no innermost loop was found" in html


@pytest.mark.parametrize(("reason", "shown"), [("", False), ("No compiler", True)])
def test_missing_c_is_a_notice_or_nothing(monkeypatch, reason, shown):
    monkeypatch.setattr(views.code, "missing_c", lambda: reason)
    notice = views.show_missing_c()
    assert (notice is not None) == shown
    assert notice is None or reason in str(notice)
