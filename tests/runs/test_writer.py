import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.runs.catalogue import catalogue, open_run
from slonana_analysis.runs.draft import UnfinishedRun, unfinished_runs
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.writer import RunWriter, new_manifest
from tests.runs.conftest import (
    RUN_ID,
    make_report,
    manifest,
    measurement,
    record,
    roofs,
    verdicts,
)

PLANNED = ("00_a", "21_b", "60_c")


def work(writer: RunWriter, *names: str, value: float = 1.0) -> None:
    """Do as notebooks do: save results, leave an executed notebook, be recorded."""
    for name in names:
        save_results(writer.fresh_results(name), measurement(name, [value]), verdicts(name))
        writer.notebook_path(name).write_text("{}")
        writer.record(record(name))


def make_whole(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, *PLANNED)
    writer.finish(make_report)


def experiments(runs: RunsDirectory) -> list[str]:
    return open_run("latest", runs.root).samples()["experiment"].tolist()


def test_nothing_is_seen_until_the_run_is_whole(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, *PLANNED)
    assert catalogue(runs.root) == []
    run = writer.finish(make_report)
    assert run.path == runs.root / "machine=ab12" / "date=2026-11-23" / RUN_ID
    assert [summary.run for summary in catalogue(runs.root)] == [RUN_ID]
    assert set(run.samples()["run"]) == {RUN_ID}
    assert len(run.verdicts()) == len(run.checks()) == 3
    assert run.roofs().empty
    assert [path.stem for path in run.notebook_paths] == list(PLANNED)
    assert run.report_path.read_text() == "3 samples"
    assert run.changed_files() == ()
    assert sorted(path.name for path in run.path.iterdir()) == [
        "checks.parquet",
        "counts.parquet",
        "launches.parquet",
        "manifest.json",
        "notebooks",
        "report",
        "roofs.parquet",
        "samples.parquet",
        "self_test.parquet",
        "verdicts.parquet",
    ]
    assert list(runs.partial.iterdir()) == []


def test_what_fails_contributes_nothing_and_can_be_redone(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, "00_a", "60_c")
    save_results(writer.fresh_results("21_b"), measurement("21_b", [1.0]), roofs=roofs("r", 1.0))
    writer.record(record("21_b", "failed", "cell 4: ValueError"))
    run = writer.finish(make_report)
    assert experiments(runs) == ["00_a", "60_c"]
    assert [entry.name for entry in run.manifest.notebooks] == list(PLANNED)
    assert (catalogue(runs.root)[0].done, catalogue(runs.root)[0].failed) == (2, 1)

    again = RunWriter.resume(runs, RUN_ID)
    assert again.pending == ("21_b",)
    assert experiments(runs) == ["00_a", "60_c"], "the published run stays until it is replaced"
    work(again, "21_b", value=7.0)
    again.finish(make_report)
    assert experiments(runs) == ["00_a", "60_c", "21_b"]
    assert list(runs.partial.iterdir()) == []
    with pytest.raises(UsageError, match="complete"):
        RunWriter.resume(runs, RUN_ID)


def test_an_interrupted_run_is_listed_and_taken_up_where_it_stopped(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, "00_a")
    writer.record(record("21_b", "interrupted"))
    assert list(unfinished_runs(runs)) == [UnfinishedRun(RUN_ID, 1, 3, writer.path)]
    again = RunWriter.resume(runs, RUN_ID)
    assert again.pending == ("21_b", "60_c")
    assert again.manifest.parameters == {"launches": 3}
    work(again, *again.pending)
    again.finish(make_report)
    assert experiments(runs) == list(PLANNED)
    assert list(unfinished_runs(runs)) == []


def test_a_repeated_notebook_starts_from_an_empty_folder(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, "00_a", value=1.0)
    work(writer, "00_a", value=2.0)
    work(writer, "21_b", "60_c")
    samples = writer.finish(make_report).samples()
    assert samples["value"].tolist() == [2.0, 1.0, 1.0]


def test_captures_move_into_the_run_and_survive_a_resume(
    runs: RunsDirectory, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "perf.data").write_text("data")
    capture = Capture(raw, raw / "perf.data", CaptureFacts("perf", "6", (), "h", "s", 1.0, {}))
    writer = RunWriter.begin(runs, manifest(), ("10_x", "21_b"))
    save_results(writer.fresh_results("10_x"), captures={"validator": capture})
    writer.record(record("10_x"))
    writer.record(record("21_b", "failed"))
    writer.finish(make_report)
    again = RunWriter.resume(runs, RUN_ID)
    work(again, "21_b")
    run = again.finish(make_report)
    kept = run.path / "captures" / "10_x" / "validator" / "perf.data"
    assert kept.read_text() == "data"
    assert "captures/10_x/validator/perf.data" in run.manifest.checksums
    kept.write_text("changed")
    assert run.changed_files() == ("captures/10_x/validator/perf.data",)


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")],
    ids=["ctrl-c", "full disk"],
)
@pytest.mark.parametrize("number", range(0, 60, 3))
def test_whenever_it_stops_a_reader_sees_all_or_nothing_and_it_can_go_on(
    number: int,
    error: BaseException,
    runs: RunsDirectory,
    fail_at: Callable[[int, BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context():
        fail_at(number, error)
        with contextlib.suppress(KeyboardInterrupt, UnavailableError):
            make_whole(runs)
    monkeypatch.undo()
    seen = catalogue(runs.root)
    if seen:
        assert [(run.run, run.problem) for run in seen] == [(RUN_ID, "")]
        assert experiments(runs) == list(PLANNED)
        return
    if not runs.staged(RUN_ID).draft.exists():
        with pytest.raises(UsageError, match="no run"):
            RunWriter.resume(runs, RUN_ID)
        return
    again = RunWriter.resume(runs, RUN_ID)
    work(again, *again.pending)
    again.finish(make_report)
    assert experiments(runs) == list(PLANNED)
    assert list(runs.partial.iterdir()) == []


def test_a_report_that_cannot_be_made_loses_nothing(runs: RunsDirectory) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, *PLANNED)

    def broken(_run: object) -> Path:
        raise RuntimeError("no template")

    with pytest.raises(RuntimeError):
        writer.finish(broken)
    assert catalogue(runs.root) == []
    again = RunWriter.resume(runs, RUN_ID)
    assert again.pending == ()
    again.finish(make_report)
    assert experiments(runs) == list(PLANNED)


def test_left_overs_of_a_kill_between_publishing_and_tidying_do_no_harm(
    runs: RunsDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.begin(runs, manifest(), PLANNED)
    work(writer, "00_a", "21_b")
    writer.record(record("60_c", "failed"))
    with monkeypatch.context() as patched:
        patched.setattr("slonana_analysis.runs.writer.shutil.rmtree", lambda *_a, **_k: None)
        writer.finish(make_report)
    assert runs.staged(RUN_ID).root.exists()
    assert list(unfinished_runs(runs)) == []
    again = RunWriter.resume(runs, RUN_ID)
    work(again, *again.pending)
    again.finish(make_report)
    assert experiments(runs) == list(PLANNED)


def test_a_run_killed_before_it_was_set_up_is_listed_as_not_resumable(
    runs: RunsDirectory,
) -> None:
    staged = runs.staged(RUN_ID)
    staged.run.mkdir(parents=True)
    assert list(unfinished_runs(runs)) == [UnfinishedRun(RUN_ID, 0, 0, staged.root)]


@pytest.mark.parametrize("name", ["../../etc", "latest", ""])
def test_only_an_id_can_be_resumed(name: str, runs: RunsDirectory) -> None:
    with pytest.raises(UsageError, match="not a run id"):
        RunWriter.resume(runs, name)


@pytest.mark.parametrize("host", [{}, {"machine": 3}, {"machine": "../x"}, {"machine": ""}])
def test_a_machine_id_never_leaves_its_folder(host: dict[str, object], runs: RunsDirectory) -> None:
    start = new_manifest(run_id=RUN_ID, start="", preset="smoke", parameters={}, host=host)
    with pytest.raises(FormatError, match="machine"):
        RunWriter.begin(runs, start, PLANNED)
    assert not runs.root.exists()


FILL = """
import sys
from pathlib import Path
from slonana_analysis.errors import UnavailableError
from slonana_analysis.runs.catalogue import catalogue
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.writer import RunWriter
from tests.runs.conftest import make_report, manifest
from tests.runs.test_writer import PLANNED, experiments, work, RUN_ID
runs = RunsDirectory(Path(sys.argv[1]) / "runs")
blocker = Path(sys.argv[1]) / "blocker"
writer = RunWriter.begin(runs, manifest(), PLANNED)
work(writer, *PLANNED)
with blocker.open("wb", buffering=0) as stream:
    try:
        while True:
            stream.write(b"x" * 4096)
    except OSError:
        pass
try:
    writer.finish(make_report)
except UnavailableError as error:
    print(error)
else:
    print("it fitted")
print(catalogue(runs.root))
blocker.unlink()
RunWriter.resume(runs, RUN_ID).finish(make_report)
print(experiments(runs))
"""


def can_mount(place: Path) -> bool:
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small filesystem needs root")
def test_a_disk_that_is_really_full_leaves_nothing_visible(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("a small filesystem cannot be mounted here")
    script = tmp_path.with_suffix(".py")
    script.write_text(FILL)
    mount = f"mount -t tmpfs -o size=2m none '{tmp_path}' && exec \"$@\""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable, script, tmp_path],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in lines[0]
    assert lines[1:] == ["[]", str(list(PLANNED))]
