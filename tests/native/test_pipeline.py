import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.native.build import executable
from slonana_analysis.native.pipeline import pipeline_command

pytestmark = pytest.mark.requires_cc

ENDOWED = 4096 * 10**15
TIMES = ("seconds", "transactions_per_second")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(executable("pipeline")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def result(*arguments: str) -> dict[str, object]:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return {key: value for key, value in json.loads(line).items() if key not in TIMES}


def test_a_seed_and_a_number_of_iterations_give_one_result() -> None:
    once = result("--iterations=300", "--seed=7")
    assert result("--iterations=300", "--seed=7") == once
    for threads in (2, 3, 64):
        assert result("--iterations=300", "--seed=7", f"--threads={threads}") == once
    for other in (("--iterations=300", "--seed=8"), ("--iterations=299", "--seed=7")):
        assert result(*other)["checksum"] != once["checksum"]


def test_the_result_that_this_version_gives() -> None:
    # A change of the workload is a change of what all earlier profiles are compared with.
    assert result("--iterations=200", "--seed=1")["checksum"] == "c5923cfa42df1b6d"


def test_every_packet_is_accounted_for() -> None:
    counts = result("--iterations=1000")
    assert counts["iterations"] == 1000
    assert counts["received"] == 64_000
    ends = ("refused", "repeated", "dropped", "unpayable", "transactions")
    assert all(counts[end] > 0 for end in ends)
    waiting = counts["received"] - sum(counts[end] for end in ends)
    assert 0 <= waiting <= 4 * 512
    assert counts["lamports"] == ENDOWED
    assert counts["accounts"] > 4096


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "give --duration SECONDS or --iterations N"),
        (("--duration=0",), "'0'"),
        (("--duration=-1",), "'-1'"),
        (("--duration=nan",), "'nan'"),
        (("--duration=1x",), "'1x'"),
        (("--duration",), "missing after '--duration'"),
        (("--iterations=0",), "'0'"),
        (("--iterations=-1",), "'-1'"),
        (("--iterations=1e3",), "'1e3'"),
        (("--iterations=99999999999999999999",), "'99999999999999999999'"),
        (("--iterations=1", "--threads=0"), "'0'"),
        (("--iterations=1", "--threads=65"), "'65'"),
        (("--iterations=1", "--seed="), "''"),
        (("--iterations=1", "--sneed=1"), "no option '--sneed=1'"),
        (("--iterations=1", "-x"), "no option '-x'"),
        (("--iterations=1", "extra"), "no place for 'extra'"),
    ],
)
def test_bad_arguments_get_one_sentence(arguments: Sequence[str], complaint: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("pipeline: ")
    assert complaint in sentence


def test_help() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "--duration SECONDS" in done.stdout


def wait_for_handler(process: int, number: signal.Signals) -> None:
    """Return once the process catches the signal; before that it would simply die of it."""
    bit = 1 << (number - 1)
    while True:
        status = Path(f"/proc/{process}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & bit:
            return


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_signal_ends_it_with_its_result(number: signal.Signals, threads: int) -> None:
    command = pipeline_command(600.0, threads=threads)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        wait_for_handler(process.pid, number)
        process.send_signal(number)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert json.loads(output)["lamports"] == ENDOWED


def test_a_result_that_cannot_be_written_is_an_error() -> None:
    with Path("/dev/full").open("w") as full:
        command = [str(executable("pipeline")), "--iterations=1"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert done.returncode == 1
    assert done.stderr == "pipeline: the result could not be written\n"


def test_its_command_runs() -> None:
    command = pipeline_command(0.01, seed=3, threads=2)
    assert os.path.basename(command[0]) == "pipeline"  # noqa: PTH119  # what a profiler shows
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["iterations"] > 0


@pytest.mark.parametrize(
    ("duration", "seed", "threads"),
    [
        (0.0, 1, 1),
        (-1.0, 1, 1),
        (float("inf"), 1, 1),
        (float("nan"), 1, 1),
        (1.0, -1, 1),
        (1.0, 2**64, 1),
        (1.0, 1, 0),
        (1.0, 1, 65),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(
    duration: float, seed: int, threads: int
) -> None:
    with pytest.raises(UsageError, match="the pipeline"):
        pipeline_command(duration, seed=seed, threads=threads)
