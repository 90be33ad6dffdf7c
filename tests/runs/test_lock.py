import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slonana_analysis.errors import LockedError
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.lock import measuring_lock

HOLDER = """
import sys
from pathlib import Path
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.lock import measuring_lock
with measuring_lock(RunsDirectory(Path(sys.argv[1])), "the-other"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(runs: RunsDirectory) -> "subprocess.Popen[str]":
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(runs.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_who_holds_the_lock(runs: RunsDirectory) -> None:
    with holder(runs) as other:
        with (
            pytest.raises(LockedError, match=rf"run the-other \(process {other.pid}\)") as caught,
            measuring_lock(runs, "mine"),
        ):
            pytest.fail("both hold the lock")
        assert caught.value.exit_code == 75
        other.communicate("")
    with measuring_lock(runs, "mine"):
        pass


def test_the_lock_dies_with_its_holder(runs: RunsDirectory) -> None:
    with holder(runs) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    with measuring_lock(runs, "mine"):
        pass


def test_a_holder_that_has_not_yet_signed_is_another_run(runs: RunsDirectory) -> None:
    with measuring_lock(runs, "mine"):
        runs.lock.write_text("")
        with pytest.raises(LockedError, match="another run"), measuring_lock(runs, "again"):
            pytest.fail("both hold the lock")
