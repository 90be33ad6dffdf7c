"""callgrind and massif: stand-ins for every failure, and the real ones where they work."""

import pytest

from slonana_analysis.capture import valgrind
from slonana_analysis.capture.recording import recording_of
from slonana_analysis.capture.valgrind import callgrind_job, massif_job
from slonana_analysis.errors import UnavailableError, UsageError

WRITES = """
[ "$1" = --version ] && echo valgrind-3.19.0 && exit
case $2 in *-out-file=*) echo written > "${2#*=}" ;; esac
echo "$@"
"""
JOBS = {"callgrind": callgrind_job, "massif": massif_job}


def recorded(job, directory):
    with recording_of(job, directory) as recording:
        recording.wait()
    return recording.capture


@pytest.mark.parametrize("tool", JOBS)
def test_a_capture_is_made(fake_tool, tmp_path, tool):
    fake_tool("valgrind", WRITES)
    capture = recorded(JOBS[tool](["echo", "hello"]), tmp_path / "cap")
    assert capture.main.name == f"{tool}.out"
    assert capture.main.read_text() == "written\n"
    assert (capture.facts.tool, capture.facts.version) == (tool, "3.19.0")
    assert capture.facts.command[:3] == (
        "valgrind",
        f"--tool={tool}",
        f"--{tool}-out-file={tool}.out",
    )
    assert capture.facts.command[-3:] == ("--", "echo", "hello")


@pytest.mark.parametrize("tool", JOBS)
def test_a_tool_that_leaves_nothing(fake_tool, tmp_path, tool):
    complaint = "valgrind: failed to start tool"
    fake_tool("valgrind", f"echo; echo '{complaint}'; echo later; exit 1")
    with pytest.raises(UnavailableError, match=f"{tool} left nothing of the .*'{complaint}'"):
        recorded(JOBS[tool](["true"]), tmp_path / "cap")
    assert not (tmp_path / "cap").exists()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ({"command": []}, UsageError, "is empty"),
        ({"command": ["no-such-command-anywhere"]}, UnavailableError, "is not found"),
        ({"command": ["true"], "duration": -1.0}, UsageError, "duration must be more than 0"),
        ({"command": ["true"], "time_unit": "s"}, UsageError, "massif has no time unit 's'"),
    ],
)
def test_wrong_calls(fake_tool, call, kind, message):
    fake_tool("valgrind", WRITES)
    with pytest.raises(kind, match=message):
        massif_job(**call)


def test_no_valgrind(monkeypatch):
    found = {"true": "/bin/true"}
    monkeypatch.setattr(valgrind.shutil, "which", found.get)
    with pytest.raises(UnavailableError, match="package valgrind"):
        callgrind_job(["true"])


@pytest.mark.requires_valgrind
@pytest.mark.parametrize("tool", JOBS)
def test_the_real_tool_keeps_what_was_counted_until_it_was_stopped(tmp_path, tool):
    job = JOBS[tool](["sh", "-c", "while :; do :; done"], 2.0)
    capture = recorded(job, tmp_path / "cap")
    assert capture.facts.notes == (f"the command was ended after {capture.facts.seconds:.1f} s",)
    text = capture.main.read_text()
    last = {"callgrind": "totals:", "massif": "snapshot="}[tool]
    assert last in text
