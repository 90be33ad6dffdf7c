import json
import os
import subprocess
import sys

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.launch import resolve_entry, run
from slonana_analysis.measure.messages import LaunchFailure, LaunchRequest, LaunchResult

ENTRIES = """
import numpy as np

from slonana_analysis.errors import CheckError
from slonana_analysis.measure.subject import Case, Variant

not_a_function = 3


def cases(settings):
    for cost in settings["costs"]:
        batch = lambda inner, cost=cost: inner * cost
        yield Case("simulated", {"cost": cost}, (Variant("only", batch, lambda: np.zeros(1)),))


def wrong(settings):
    raise CheckError("variants disagree")


def late(settings):
    yield from cases(settings)
    raise ZeroDivisionError("after the first case")
"""


@pytest.fixture
def entries(tmp_path, monkeypatch):
    (tmp_path / "launch_entries.py").write_text(ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)
    yield "launch_entries"
    sys.modules.pop("launch_entries", None)


def _request(entry, **settings):
    return LaunchRequest(entry, settings, 0, 0, 0.001, False, os.getppid(), "")


def test_a_launch_times_its_cases_and_reports_each(entries):
    steps = []
    outcome = run(_request(f"{entries}:cases", costs=[10, 20]), steps.append)
    assert isinstance(outcome, LaunchResult)
    assert [case.parameters for case in outcome.cases] == ['{"cost": 10}', '{"cost": 20}']
    assert [(step.case, step.cpu) for step in steps] == [(1, -1), (2, -1)]


def test_what_an_entry_raises_comes_back_with_its_traceback(entries):
    outcome = run(_request(f"{entries}:wrong"), print)
    assert isinstance(outcome, LaunchFailure)
    assert (outcome.kind, outcome.sentence) == ("CheckError", "variants disagree")
    assert "in wrong" in outcome.traceback


def test_a_generator_may_fail_late(entries):
    outcome = run(_request(f"{entries}:late", costs=[10]), lambda _step: None)
    assert isinstance(outcome, LaunchFailure)
    assert outcome.sentence == "ZeroDivisionError: after the first case"


@pytest.mark.parametrize(
    "entry", ["", "module", "module:", ":function", "a.b:c.d", "os:system('x')", "a b:c", "../a:b"]
)
def test_an_entry_has_one_form(entry):
    with pytest.raises(UsageError, match=r"is not an entry; write it as package\.module:function"):
        resolve_entry(entry)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("no.such.module:cases", "cannot be imported: No module named"),
        ("launch_entries:missing", "module 'launch_entries' has no function 'missing'"),
        ("launch_entries:not_a_function", "has no function 'not_a_function'"),
    ],
)
@pytest.mark.usefixtures("entries")
def test_an_entry_must_name_something_to_call(entry, says):
    with pytest.raises(UsageError, match=says):
        resolve_entry(entry)


def test_a_process_that_is_told_nonsense_says_so():
    process = subprocess.run(
        [sys.executable, "-m", "slonana_analysis.measure.launch"],
        input="{]",
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("standard input holds no launch request")
    assert len(process.stderr.splitlines()) == 1


def test_a_process_whose_harness_is_gone_does_nothing(tmp_path):
    result = tmp_path / "result.json"
    request = {
        "entry": "os:getpid",
        "settings": {},
        "launch": 0,
        "seed": 0,
        "case_seconds": 0.1,
        "pin": False,
        "parent": 1 if os.getpid() != 1 else 2,
        "result": str(result),
    }
    process = subprocess.run(
        [sys.executable, "-m", "slonana_analysis.measure.launch"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert not result.exists()
