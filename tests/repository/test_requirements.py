import stat

import pytest

from tests.requirements import REQUIREMENTS, chromium_problem, command_failure, perf_problem


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(autouse=True)
def forget_what_was_tried():
    perf_problem.cache_clear()
    chromium_problem.cache_clear()
    yield
    perf_problem.cache_clear()
    chromium_problem.cache_clear()


def test_every_requirement_is_a_declared_marker(pytestconfig):
    declared = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert set(REQUIREMENTS) <= declared


def test_a_missing_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium_problem() == "`chromium` cannot be run (No such file or directory)"


def test_perf_that_may_not_record_is_quoted(monkeypatch, tmp_path):
    script(tmp_path / "perf", "echo 'perf_event_paranoid is 4' >&2; exit 255")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert perf_problem() == "`perf record` exits with 255: perf_event_paranoid is 4"


def test_perf_that_claims_success_without_a_file_is_not_believed(monkeypatch, tmp_path):
    script(tmp_path / "perf", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert perf_problem() == "`perf record` wrote nothing"


def test_a_silent_failure_says_so():
    assert command_failure(["false"]) == "`false` exits with 1: it said nothing"


def test_success_is_no_problem():
    assert command_failure(["true"]) is None
