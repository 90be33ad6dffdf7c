"""A run whose notebook looked at things, and another process that asks the same again."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.capture.store import save_facts
from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.observation import observe_with, observed
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.replay import ReplayError, record_looks, replay_looks
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.writer import RunWriter
from tests.runs.conftest import make_report, manifest, measurement, record, roofs

looked = []


@observed()
def clock(seconds: float = 0.5) -> float:
    looked.append("clock")
    return 3.0 + len(looked)


@observed("on_roof")
def limits(on_roof: object = None) -> pd.DataFrame:
    looked.append("limits")
    return roofs("read L1", 3e9)


@observed()
def missing(tool: str) -> str:
    looked.append(tool)
    raise UnavailableError(f"{tool} is not here")


@observed()
def time_it(name: str) -> Measurement:
    looked.append(name)
    return measurement(name, [1.0, 2.5])


@observed()
def strange() -> object:
    return object()


@observed("capture")
def record_profile(capture: Capture) -> Capture:
    looked.append("profile")
    return capture


@pytest.fixture(autouse=True)
def nobody_looks():
    looked.clear()
    yield
    observe_with(None)


@pytest.fixture
def capture(tmp_path: Path) -> Capture:
    folder = tmp_path / "perf"
    folder.mkdir()
    (folder / "perf.data").write_bytes(b"raw")
    facts = CaptureFacts("perf", "6.1", ("true",), "ab12", "2026-11-23T03:30:00+00:00", 1.0, {})
    save_facts(folder, "perf.data", facts)
    files = json.loads((folder / "capture.json").read_text())["files"]
    # A note that the folder does not hold, as the stand-in's reason.
    noted = replace(facts, files=files, notes=("it was cold",))
    return Capture(folder, folder / "perf.data", noted)


@pytest.fixture
def writer(runs: RunsDirectory) -> RunWriter:
    return RunWriter.begin(runs, manifest(), ["21_a"])


def published(writer: RunWriter) -> Run:
    observe_with(None)
    writer.record(record("21_a"))
    looked.clear()
    return writer.finish(make_report)


def test_what_was_seen_is_given_back_and_nothing_is_looked_at(writer):
    record_looks(writer.fresh_results("21_a"))
    first, second, other = clock(), clock(), clock(seconds=2.0)
    seen = limits(on_roof=print)
    run = published(writer)
    assert run.changed_files() == ()
    replay_looks(run.path, "21_a")
    assert (clock(seconds=2.0), clock(), clock()) == (other, first, second)
    pd.testing.assert_frame_equal(limits(), seen, check_dtype=False)
    assert looked == []


def test_an_error_that_a_look_ended_in_is_raised_again(writer):
    record_looks(writer.fresh_results("21_a"))
    with pytest.raises(UnavailableError, match="perf is not here"):
        missing("perf")
    run = published(writer)
    replay_looks(run.path, "21_a")
    with pytest.raises(UnavailableError, match="perf is not here"):
        missing("perf")
    assert looked == []


def test_a_measurement_comes_out_of_the_run_s_tables(writer):
    folder = writer.fresh_results("21_a")
    record_looks(folder)
    measured = time_it("unrolling")
    save_results(folder, measured)
    save_results(folder, time_it("inference"))
    run = published(writer)
    replay_looks(run.path, "21_a")
    again = time_it("unrolling")
    pd.testing.assert_frame_equal(again.samples, measured.samples)
    pd.testing.assert_frame_equal(again.checks, measured.checks)
    pd.testing.assert_frame_equal(again.launches, measured.launches)


def test_a_measurement_that_was_not_saved_cannot_come_back(writer):
    record_looks(writer.fresh_results("21_a"))
    time_it("unrolling")
    run = published(writer)
    replay_looks(run.path, "21_a")
    with pytest.raises(ReplayError, match="holds 0 rows of unrolling in table 'samples', and 2"):
        time_it("unrolling")


def test_a_capture_comes_out_of_the_run_with_all_its_notes(writer, capture):
    folder = writer.fresh_results("21_a")
    record_looks(folder)
    save_results(folder, captures={"perf": record_profile(capture)})
    run = published(writer)
    replay_looks(run.path, "21_a")
    again = record_profile(capture)
    assert again.facts == capture.facts
    assert again.main == run.path / "captures" / "21_a" / "perf" / "perf.data"
    assert again.main.read_bytes() == b"raw"


def test_a_capture_that_the_run_lacks_is_named(writer, capture):
    record_looks(writer.fresh_results("21_a"))
    record_profile(capture)
    run = published(writer)
    replay_looks(run.path, "21_a")
    with pytest.raises(ReplayError, match="does not hold the capture"):
        record_profile(capture)


def test_what_cannot_be_written_down_costs_nothing_but_its_replay(writer):
    record_looks(writer.fresh_results("21_a"))
    assert strange() is not None
    run = published(writer)
    replay_looks(run.path, "21_a")
    with pytest.raises(ReplayError, match="did not keep what strange saw"):
        strange()


def test_a_replay_never_looks_for_what_was_not_stored(writer):
    record_looks(writer.fresh_results("21_a"))
    clock()
    run = published(writer)
    replay_looks(run.path, "21_a")
    clock()
    for ask in (clock, limits, lambda: clock(seconds=9.0)):
        with pytest.raises(ReplayError, match="something else than when the run was made"):
            ask()
    assert looked == []


def test_an_older_run_says_that_it_is_one(writer):
    writer.fresh_results("21_a")
    run = published(writer)
    replay_looks(run.path, "21_a")
    with pytest.raises(ReplayError, match="kept no notes of it, as runs of older versions"):
        clock()


@pytest.mark.parametrize("text", ["{", "[]", '{"look": 1}', "null"])
def test_a_damaged_note_is_a_format_error(writer, text):
    record_looks(writer.fresh_results("21_a"))
    clock()
    run = published(writer)
    (run.path / "observations" / "21_a" / "looks.jsonl").write_text(text + "\n")
    with pytest.raises(FormatError, match=r"looks\.jsonl"):
        replay_looks(run.path, "21_a")
    assert run.changed_files() == ("observations/21_a/looks.jsonl",)


@pytest.mark.parametrize(
    "entry",
    [{"seen": "fast"}, {"seen": None}, {}, {"error": "x"}, {"error": {"kind": "OSError"}}],
)
def test_a_note_that_answers_with_something_else_is_no_answer(writer, entry):
    record_looks(writer.fresh_results("21_a"))
    clock()
    run = published(writer)
    note = {"look": "clock", "arguments": {"seconds": 0.5}, **entry}
    (run.path / "observations" / "21_a" / "looks.jsonl").write_text(json.dumps(note))
    replay_looks(run.path, "21_a")
    with pytest.raises(ReplayError, match=r"looks\.jsonl"):
        clock()
