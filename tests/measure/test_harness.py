import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from slonana_analysis.errors import CheckError, SlonanaError, UnavailableError, UsageError
from slonana_analysis.measure import processes
from slonana_analysis.measure.harness import measure
from slonana_analysis.measure.processes import launch_environment
from slonana_analysis.model import schema

ENTRIES = """
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from slonana_analysis.errors import CheckError
from slonana_analysis.measure.subject import Case, Variant


def _note(settings, **facts):
    if "notes" in settings:
        text = "\\n".join(f"{key}={value}" for key, value in facts.items())
        place = Path(settings["notes"], f"{os.getpid()}.txt")
        place.with_suffix(".tmp").write_text(text)
        place.with_suffix(".tmp").rename(place)


def cases(settings):
    print("this is not progress")
    _note(settings, parent=os.getppid(), threads=os.environ["OMP_NUM_THREADS"])
    for size in (1, 2):
        variants = tuple(
            Variant(name, lambda inner, cost=cost: inner * cost, lambda: np.zeros(1))
            for name, cost in {"base": 10, "other": 11, "third": 12}.items()
        )
        yield Case("simulated", {"size": size}, variants)
    _note(settings, allowed=len(os.sched_getaffinity(0)))


def wrong(settings):
    raise CheckError("variants disagree")


def broken(settings):
    raise ZeroDivisionError("by zero")


def killed(settings):
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(settings):
    print("last words", file=sys.stderr)
    sys.exit(7)


def leaves_a_thread(settings):
    threading.Thread(target=time.sleep, args=(600,)).start()
    yield from cases(settings)


def sleeps(settings):
    _note(settings, parent=os.getppid())
    time.sleep(600)
"""

PARENT = """
import sys
from slonana_analysis.measure.harness import measure

measure("harness_entries:sleeps", {"notes": sys.argv[1]}, launches=1)
"""


@pytest.fixture
def entries(tmp_path, monkeypatch):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "harness_entries.py").write_text(ENTRIES)
    monkeypatch.syspath_prepend(tmp_path / "code")
    return "harness_entries"


@pytest.fixture
def notes(tmp_path):
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


def _measure(entry, launches=1, **options):
    return measure(
        entry, options.pop("settings", {}), launches=launches, case_seconds=0.001, **options
    )


def _wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_every_launch_is_a_process_of_its_own(entries, notes):
    events = []
    measured = _measure(
        f"{entries}:cases", 3, settings={"notes": str(notes)}, seed=4, on_launch=events.append
    )
    assert len(list(notes.glob("*.txt"))) == 3
    samples, checks = measured.samples, measured.checks
    assert schema.SAMPLES.conform(samples).equals(samples)
    assert schema.CHECKS.conform(checks).equals(checks)
    assert sorted(samples["launch"].unique()) == [0, 1, 2]
    assert checks["passed"].all()
    orders = samples.groupby("launch")["order"].apply(tuple)
    assert len(set(orders)) == 3
    assert [(event.launch, event.case, event.cases) for event in events] == [
        (0, 1, None),
        (0, 2, None),
        (1, 1, 2),
        (1, 2, 2),
        (2, 1, 2),
        (2, 2, 2),
    ]
    assert all(event.launches == 3 for event in events)


def test_the_same_seed_times_in_the_same_order(entries):
    one, two = (_measure(f"{entries}:cases", seed=9).samples["order"] for _ in range(2))
    assert one.equals(two)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="processes cannot be pinned here")
@pytest.mark.parametrize(("threads", "pinned"), [(1, True), (2, False)])
def test_one_thread_stays_on_one_processor(entries, notes, threads, pinned):
    events = []
    _measure(
        f"{entries}:cases", settings={"notes": str(notes)}, threads=threads, on_launch=events.append
    )
    (note,) = notes.glob("*.txt")
    allowed = 1 if pinned else len(os.sched_getaffinity(0))
    assert note.read_text() == f"allowed={allowed}"
    assert (events[0].cpu >= 0) == pinned


def test_errors_of_ours_come_through_as_they_are(entries):
    with pytest.raises(CheckError) as caught:
        _measure(f"{entries}:wrong")
    assert str(caught.value) == "variants disagree"
    assert "in wrong" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("broken", "launch 0 of 'harness_entries:broken' failed with ZeroDivisionError: by zero"),
        ("killed", "launch 0 of 'harness_entries:killed' was killed by SIGKILL; out of memory"),
        ("leaves", "launch 0 of 'harness_entries:leaves' ended with status 7 and no result"),
    ],
)
def test_a_launch_that_fails_is_one_sentence(entries, entry, says):
    with pytest.raises(SlonanaError, match=says) as caught:
        _measure(f"{entries}:{entry}")
    assert entry != "leaves" or "last words" in caught.value.__notes__[0]


def test_an_entry_that_cannot_be_imported_is_a_usage_error():
    with pytest.raises(UsageError, match="no_such_module"):
        _measure("no_such_module:cases")


@pytest.mark.parametrize(
    "arguments", [{"launches": 0}, {"case_seconds": 0.0}, {"threads": 0}, {"case_seconds": -1.0}]
)
def test_amounts_must_be_positive(arguments):
    with pytest.raises(UsageError, match="must be positive"):
        measure("package:cases", {}, **{"launches": 1} | arguments)


def test_a_launch_that_makes_no_progress_is_ended(entries):
    with pytest.raises(UnavailableError, match=r"finished no case for 0\.05 s and was ended"):
        _measure(f"{entries}:sleeps", stall_seconds=0.05)
    assert psutil.Process().children() == []


def test_a_thread_left_behind_does_not_hold_the_harness_up(entries, monkeypatch):
    monkeypatch.setattr(processes, "_EXIT_SECONDS", 0.01)
    assert len(_measure(f"{entries}:leaves_a_thread").checks) == 24
    assert psutil.Process().children() == []


@pytest.mark.parametrize(
    "sent",
    [
        signal.SIGINT,
        pytest.param(
            signal.SIGKILL,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="needs prctl(2)"),
        ),
    ],
    ids=["Ctrl-C", "killed harness"],
)
def test_no_launch_outlives_its_harness(entries, notes, sent):
    # A harness that is killed cannot tidy up; its temporary directory goes with the test's.
    environment = launch_environment(1) | {"TMPDIR": str(notes.parent)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(notes)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    with parent:
        _wait_for(lambda: list(notes.glob("*.txt")))
        (note,) = notes.glob("*.txt")
        assert note.read_text() == f"parent={parent.pid}"
        parent.send_signal(sent)
        errors = parent.communicate(timeout=60)[1]
    assert parent.returncode == -sent
    assert (sent == signal.SIGINT) == errors.rstrip().endswith("KeyboardInterrupt")
    launch = int(note.stem)
    _wait_for(lambda: not psutil.pid_exists(launch) or _is_zombie(launch))


def _is_zombie(pid):
    """In a container without an init process nobody may be there to bury it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_launch_environment_finds_this_package_and_its_caches(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    environment = launch_environment(3)
    assert environment["OMP_NUM_THREADS"] == environment["NUMBA_NUM_THREADS"] == "3"
    assert environment["PYTHONSAFEPATH"] == "1"
    assert str(Path.cwd()) in environment["PYTHONPATH"].split(os.pathsep) or "" not in sys.path
    assert Path(environment["NUMBA_CACHE_DIR"]).is_dir()
    assert Path(environment["PYTHONPYCACHEPREFIX"]).is_dir()
    assert "PYTHONDONTWRITEBYTECODE" not in environment
