import errno
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest

from slonana_analysis.errors import LockedError, UnavailableError, UsageError
from slonana_analysis.report.execution.run_job import Workshop, execute_run, resume_run
from slonana_analysis.runs.catalogue import catalogue
from slonana_analysis.runs.draft import unfinished_runs
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.lock import measuring_lock
from slonana_analysis.runs.run import Run
from tests.report.execution.conftest import (
    DYING,
    GOOD,
    HANGING,
    RAISING,
    saved_text,
    write_notebook,
)

Counted = Callable[[], list[str]]


def strays(workshop: Workshop) -> list[str]:
    """Return the processes below this one, but for the session's kernel server."""
    assert workshop.server is not None
    children = psutil.Process().children(recursive=True)
    return [str(child) for child in children if child.pid != workshop.server._process.pid]


def states(run: Run) -> list[str]:
    return [record.state for record in run.manifest.notebooks]


def test_notebooks_run_in_order_and_one_report_is_published(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    write_notebook(workshop.notebooks, "21_second", *GOOD)
    write_notebook(workshop.notebooks, "00_first", *GOOD)
    run = execute_run(workshop, preset="smoke")
    assert counted() == ["00_first", "21_second"]
    assert states(run) == ["done", "done"]
    assert [record.title for record in run.manifest.notebooks] == [
        "About 00_first",
        "About 21_second",
    ]
    assert all(0 < r.startup_seconds <= r.seconds for r in run.manifest.notebooks)
    assert run.roofs()["name"].tolist() == ["00_first", "21_second"]
    assert "hello from smoke" in saved_text(run, "00_first")
    assert run.report_path.read_text() == "report"
    assert run.changed_files() == ()
    assert "[1/2] 00_first …" in stream.getvalue()
    assert "ordinary kernel" not in stream.getvalue()
    assert strays(workshop) == []


def test_a_failing_notebook_keeps_its_output_and_stops_no_other(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    write_notebook(workshop.notebooks, "00_raising", *RAISING)
    write_notebook(workshop.notebooks, "10_dying", *DYING)
    (workshop.notebooks / "20_broken.ipynb").write_text("{")
    write_notebook(workshop.notebooks, "30_good", *GOOD)
    run = execute_run(workshop, preset="smoke")
    assert states(run) == ["failed", "failed", "failed", "done"]
    raising, dying, broken, _good = (record.error for record in run.manifest.notebooks)
    assert raising == "In [5]: ValueError: no such device"
    # The number that Jupyter gave the cell may be lost with the kernel; its position is not.
    place, _, what = dying.partition(": ")
    assert place in {"In [5]", "cell 6"}
    assert what == "KernelDied: the kernel ended in the middle of the cell (exit status 7)"
    assert "is not a Jupyter notebook" in broken
    assert "before" in saved_text(run, "00_raising")
    assert "never" not in saved_text(run, "00_raising")
    assert saved_text(run, "10_dying") == "before\nKernelDied"
    assert "00_raising: failed" in stream.getvalue()
    assert strays(workshop) == []


def test_a_notebook_that_hangs_is_given_up(workshop: Workshop, counted: Counted) -> None:
    write_notebook(workshop.notebooks, "00_hanging", *HANGING)
    write_notebook(workshop.notebooks, "10_good", *GOOD)
    run = execute_run(
        replace(workshop, notebook_seconds={"smoke": 5.0}), preset="smoke", patterns=["00"]
    )
    assert states(run) == ["failed"]
    assert run.manifest.notebooks[0].error == (
        "In [5]: TimeoutError: the notebook took longer than 5 s"
    )
    assert saved_text(run, "00_hanging") == "before\nTimeoutError"
    assert strays(workshop) == []


def test_resuming_redoes_only_what_is_missing(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    write_notebook(workshop.notebooks, "00_good", *GOOD)
    write_notebook(workshop.notebooks, "10_bad", *RAISING)
    write_notebook(workshop.notebooks, "20_good", *GOOD)
    first = execute_run(workshop, preset="smoke")
    assert counted() == ["00_good", "10_bad", "20_good"]
    write_notebook(workshop.notebooks, "10_bad", *GOOD)
    second = resume_run(workshop, first.manifest.run)
    assert counted() == ["00_good", "10_bad", "20_good", "10_bad"]
    assert states(second) == ["done", "done", "done"]
    assert second.path == first.path
    assert sorted(second.roofs()["name"]) == ["00_good", "10_bad", "20_good"]
    assert len(catalogue(workshop.runs)) == 1
    with pytest.raises(UsageError, match="nothing to redo"):
        resume_run(workshop, first.manifest.run)


def test_a_run_that_goes_on_at_another_commit_says_so(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    write_notebook(workshop.notebooks, "10_bad", *RAISING)
    run = execute_run(workshop, preset="smoke")
    write_notebook(workshop.notebooks, "10_bad", *GOOD)
    host = {**workshop.host(), "commit": "beefed"}
    resume_run(replace(workshop, host=lambda: host), run.manifest.run)
    assert "goes on at beefed" in stream.getvalue()


def test_a_run_is_not_continued_on_another_machine(workshop: Workshop, counted: Counted) -> None:
    write_notebook(workshop.notebooks, "10_bad", *RAISING)
    run = execute_run(workshop, preset="smoke")
    with pytest.raises(UsageError, match="begun on machine ab12 and this is cd34"):
        resume_run(replace(workshop, host=lambda: {"machine": "cd34"}), run.manifest.run)


def test_overrides_reach_the_notebook_and_the_manifest(
    workshop: Workshop, counted: Counted
) -> None:
    write_notebook(
        workshop.notebooks, "00_a", "print('n is', n + 1)", parameters="n: int = 0  # count"
    )
    run = execute_run(workshop, preset="smoke", overrides=["n=41"])
    assert "n is 42" in saved_text(run, "00_a")
    assert run.manifest.parameters == {"n": 41}
    with pytest.raises(UsageError, match="wants int"):
        execute_run(workshop, preset="smoke", overrides=["n=x"])
    assert len(catalogue(workshop.runs)) == 1


def test_a_path_with_spaces_and_braces_far_down_works(
    workshop: Workshop, counted: Counted, tmp_path: Path
) -> None:
    deep = tmp_path / "a folder with {braces}" / ("d" * 60) / ("e" * 60)
    place = replace(workshop, runs=deep / "my runs", notebooks=deep / "the notebooks")
    write_notebook(place.notebooks, "00_good", *GOOD, "print(os.getcwd())")
    run = execute_run(place, preset="smoke")
    assert states(run) == ["done"]
    assert len(os.fsencode(run.path)) > 108
    assert str(place.notebooks) in saved_text(run, "00_good")


def test_without_a_server_an_ordinary_kernel_does(workshop: Workshop, counted: Counted) -> None:
    write_notebook(workshop.notebooks, "00_good", *GOOD)
    before = psutil.Process().children()
    run = execute_run(replace(workshop, server=None), preset="smoke")
    assert states(run) == ["done"]
    assert psutil.Process().children() == before


def test_figures_warnings_and_random_numbers_are_a_kernel_s_own(
    workshop: Workshop, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel takes no raw output where it is set
    cells = (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import random, warnings, numpy as np\nprint('drawn', np.random.rand(), random.random())",
        "import subprocess\nprint(subprocess.run(['echo', 'child'], capture_output=True).stdout)",
        "subprocess.run(['echo', 'raw output']);",
        "import __main__; print(__main__.name)",
    )
    write_notebook(workshop.notebooks, "00_a", *cells)
    write_notebook(workshop.notebooks, "10_b", *cells)
    run = execute_run(workshop, preset="smoke")
    assert states(run) == ["done", "done"]
    texts = [saved_text(run, name) for name in ("00_a", "10_b")]
    drawn = {line for text in texts for line in text.splitlines() if line.startswith("drawn")}
    assert len(drawn) == 2
    assert all("raw output" in text and "b'child" in text for text in texts)
    notebook = nbformat.read(run.notebook_paths[0], as_version=4)
    kinds = [key for c in notebook.cells for o in c.get("outputs", []) for key in o.get("data", {})]
    assert "image/png" in kinds
    assert not any(o.get("name") == "stderr" for c in notebook.cells for o in c.get("outputs", []))


def test_the_executed_notebook_names_no_folder_of_this_machine(
    workshop: Workshop, counted: Counted, tmp_path: Path
) -> None:
    write_notebook(workshop.notebooks, "00_a", "1", parameters='preset: str = ""')
    run = execute_run(workshop, preset="smoke")
    assert str(tmp_path) not in run.notebook_paths[0].read_text()


def test_progress_of_a_notebook_reaches_the_display(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    seen: list[str] = []

    class Recorder:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *values: seen.append(f"{name} {values}")

    report = (
        "from slonana_analysis.runs.progress import report_progress\n"
        "report_progress('launches', 1, 2)\nimport time; time.sleep(1)"
    )
    write_notebook(workshop.notebooks, "00_a", report)
    execute_run(replace(workshop, display=Recorder()), preset="smoke")
    steps = [entry for entry in seen if entry.startswith("step")]
    assert steps == ["step (ProgressReport(what='launches', done=1, total=2),)"]


def test_a_locked_directory_refuses_before_anything_is_done(
    workshop: Workshop, counted: Counted
) -> None:
    write_notebook(workshop.notebooks, "00_good", *GOOD)
    with (
        measuring_lock(RunsDirectory(workshop.runs), "other"),
        pytest.raises(LockedError, match="run other"),
    ):
        execute_run(workshop, preset="smoke")
    assert counted() == []


def test_a_disk_that_fills_up_keeps_what_was_measured(
    workshop: Workshop, counted: Counted, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notebook(workshop.notebooks, "00_good", *GOOD)
    write_notebook(workshop.notebooks, "10_good", *GOOD)

    def write_until_full(_handler: object, text: str, path: str) -> None:
        if "10_good" in path:
            raise OSError(errno.ENOSPC, "No space left on device")
        Path(path).write_text(text)

    with monkeypatch.context() as patched:
        patched.setattr("papermill.iorw.LocalHandler.write", write_until_full)
        with pytest.raises(UnavailableError, match=r"10_good.*No space left on device"):
            execute_run(workshop, preset="smoke")
    assert catalogue(workshop.runs) == []
    (left,) = unfinished_runs(RunsDirectory(workshop.runs))
    assert f"--resume {left.run}" in stream.getvalue()
    run = resume_run(workshop, left.run)
    assert counted() == ["00_good", "10_good"]
    assert states(run) == ["done", "done"]
    assert strays(workshop) == []


def test_ctrl_c_marks_the_notebook_keeps_the_rest_and_says_how_to_go_on(
    workshop: Workshop, counted: Counted, stream: io.StringIO
) -> None:
    write_notebook(workshop.notebooks, "00_good", *GOOD)
    write_notebook(workshop.notebooks, "10_hanging", *HANGING)
    write_notebook(workshop.notebooks, "20_good", *GOOD)
    press = threading.Thread(target=press_ctrl_c_when, args=(lambda: "10_hanging" in counted(),))
    press.start()
    with pytest.raises(KeyboardInterrupt):
        execute_run(workshop, preset="smoke")
    press.join()
    assert catalogue(workshop.runs) == []
    (left,) = unfinished_runs(RunsDirectory(workshop.runs))
    assert (left.done, left.planned) == (1, 3)
    assert f"--resume {left.run}" in stream.getvalue()
    assert "10_hanging: interrupted" in stream.getvalue()
    assert strays(workshop) == []
    kept = nbformat.read(left.path / "run" / "notebooks" / "10_hanging.ipynb", as_version=4)
    assert "KeyboardInterrupt" in str(kept)
    write_notebook(workshop.notebooks, "10_hanging", *GOOD)
    run = resume_run(workshop, left.run)
    assert counted() == ["00_good", "10_hanging", "10_hanging", "20_good"]
    assert states(run) == ["done", "done", "done"]


def press_ctrl_c_when(condition: Callable[[], bool]) -> None:
    waiter = threading.Event()
    while not condition():
        waiter.wait(0.05)
    waiter.wait(0.5)  # from the count to the cell that hangs
    os.kill(os.getpid(), signal.SIGINT)


RUNNER = """
import sys
from pathlib import Path
from slonana_analysis.report.execution.forking import KernelServer
from slonana_analysis.report.execution.run_job import Workshop, execute_run
from slonana_analysis.report.progress import PlainDisplay
from slonana_analysis.errors import SlonanaError
from tests.report.execution.conftest import make_report
place = Path(sys.argv[1])
with KernelServer.start() as server:
    workshop = Workshop(place / "runs", place / "notebooks", lambda: {"machine": "ab12"},
                        make_report, PlainDisplay(sys.stderr), server)
    try:
        print(execute_run(workshop, preset="smoke").path)
    except SlonanaError as error:
        print(error)
        sys.exit(error.exit_code)
"""


def runner(place: Path, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    waiter = threading.Event()
    while not condition() and process.poll() is None:
        waiter.wait(0.05)


@pytest.mark.slow
def test_kill_in_the_middle_leaves_no_visible_run_and_no_process(
    tmp_path: Path, environment: Mapping[str, str], workshop: Workshop, counted: Counted
) -> None:
    write_notebook(tmp_path / "notebooks", "00_good", *GOOD)
    write_notebook(tmp_path / "notebooks", "10_hanging", *HANGING)
    with runner(tmp_path, environment) as process:
        wait_until(lambda: "10_hanging" in counted(), process)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert catalogue(tmp_path / "runs") == []
    (left,) = unfinished_runs(RunsDirectory(tmp_path / "runs"))
    assert (left.done, left.planned) == (1, 2)
    write_notebook(tmp_path / "notebooks", "10_hanging", *GOOD)
    resume_run(workshop, left.run)
    assert counted() == ["00_good", "10_hanging", "10_hanging"]
    assert len(catalogue(tmp_path / "runs")) == 1


@pytest.mark.slow
def test_of_two_runs_at_once_one_measures_and_one_is_sent_away(
    tmp_path: Path, environment: Mapping[str, str], counted: Counted
) -> None:
    pausing = """\
import time
while not os.path.exists(os.environ['COUNTED'] + '.go'):
    time.sleep(0.05)"""
    write_notebook(tmp_path / "notebooks", "00_pausing", pausing, *GOOD)
    with runner(tmp_path, environment) as first:
        wait_until(lambda: bool(counted()), first)
        with runner(tmp_path, environment) as second:
            refusal, _ = second.communicate()
        (tmp_path / "counted.go").touch()
        path, _ = first.communicate()
    assert (first.returncode, second.returncode) == (0, 75)
    assert f"(process {first.pid})" in refusal
    assert counted() == ["00_pausing"]
    assert [str(run.path) for run in catalogue(tmp_path / "runs")] == [path.strip()]
    assert list((tmp_path / "runs" / ".partial").iterdir()) == []
