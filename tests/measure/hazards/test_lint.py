import json

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.hazards.lint import lint_entry
from tests.measure.hazards.planted import PLANTED

ENTRY = "tests.measure.hazards.planted:cases"


@pytest.mark.slow
@pytest.mark.requires_valgrind
@pytest.mark.requires_cc
def test_all_planted_hazards_are_caught_and_nothing_sound_is():
    linted = lint_entry(ENTRY, {"names": list(PLANTED)})
    found = {
        json.loads(case.parameters)["name"]: {(each.kind, each.layer) for each in case.hazards}
        for case in linted
    }
    wanted = {name: {(each.kind, each.layer)} for name, each in PLANTED.items() if each.kind}
    assert len(wanted) >= 12
    missed = {name: found[name] for name, pair in wanted.items() if not pair <= found[name]}
    blamed = {name: kinds for name, kinds in found.items() if name not in wanted and kinds}
    assert (missed, blamed) == ({}, {})
    assert [case.not_counted for case in linted] == [()] * len(PLANTED)


def test_without_counting_each_case_says_what_was_not_looked_at():
    (case,) = lint_entry(ENTRY, {"names": ["rows_all_alike"]}, count=False)
    assert case.experiment == "planted"
    assert [hazard.kind for hazard in case.hazards] == ["same input"]
    assert case.not_counted == (("planted", "counting was not asked for"),)


def test_without_valgrind_too(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (case,) = lint_entry(ENTRY, {"names": ["half_of_the_output"]})
    assert [hazard.kind for hazard in case.hazards] == ["output partly written"]
    ((_, reason),) = case.not_counted
    assert "apt install valgrind" in reason


def test_an_entry_that_is_not_there():
    with pytest.raises(UsageError, match="has no function 'nowhere'"):
        lint_entry("tests.measure.hazards.planted:nowhere", {}, count=False)
