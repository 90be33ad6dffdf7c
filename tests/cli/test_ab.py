"""The verb on real commands; nothing here depends on how long they take."""

import json
import sys

import pytest

from slonana_analysis.cli import main
from slonana_analysis.model.schema import SAMPLES, VERDICTS
from slonana_analysis.report.command_text import command_lines, pair_progress
from slonana_analysis.runs.tables import read_table, table_path

BIG = [sys.executable, "-S", "-c", "x = bytearray(99 << 20); x[::4096] = b'1' * len(x[::4096])"]
SMALL = [sys.executable, "-S", "-c", "x = bytearray(33 << 20); x[::4096] = b'1' * len(x[::4096])"]


def _ab(*arguments):
    return main(["ab", *arguments])


def test_outcomes_and_verdicts_on_a_terminal(capsys):
    assert _ab("--launches", "4", "--", "true", "--", "sh", "-c", "echo oh no >&2; exit 3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A: true: 4 x exit 0"
    assert lines[1] == "B: sh -c 'echo oh no >&2; exit 3': 4 x exit 3"
    assert lines[2] == "   its last words: oh no"
    assert sum("wall time" in line for line in lines) == 2


def test_json_has_the_contracts_fields_and_the_outcomes(capsys):
    assert _ab("--launches", "3", "--json", "--", "true", "--", "false") == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in document["verdicts"]] == [
        "wall time",
        "user time",
        "system time",
        "peak memory",
    ]
    assert document["commands"][1]["outcomes"] == {"exit 1": 3}
    assert document["commands"][0]["command"] == ["true"]
    assert document["interrupted"] is False


def test_more_memory_is_found_and_fails_the_gate(capsys):
    arguments = ("--launches", "5", "--json", "--fail-on", "regressed")
    assert _ab(*arguments, "--", *SMALL, "--", *BIG) == 1
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["verdicts"]}
    assert rows["peak memory"]["verdict"] == "regressed"
    assert rows["peak memory"]["estimate"] > 1


def test_samples_and_verdicts_are_kept_on_request(tmp_path, capsys):
    assert _ab("--launches", "3", "-o", str(tmp_path), "--", "true", "--", "true") == 0
    assert len(read_table(table_path(tmp_path, SAMPLES), SAMPLES)) == 3 * 2 * 4
    assert len(read_table(table_path(tmp_path, VERDICTS), VERDICTS)) == 4


def test_the_second_command_may_hold_a_separator(capsys):
    assert (
        _ab("--launches", "2", "--json", "--", "true", "--", "sh", "-c", "exit $#", "--", "x") == 0
    )
    outcomes = json.loads(capsys.readouterr().out)["commands"][1]["outcomes"]
    assert outcomes == {"exit 1": 2}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "ab compares two commands"),
        (["--", "true"], 2, "ab compares two commands"),
        (["--", "true", "--"], 2, "command B is empty"),
        (["--launches", "0", "--", "true", "--", "true"], 2, "must be positive"),
        (["--floor", "-3", "--", "true", "--", "true"], 2, "no percentage"),
        (["--fail-on", "slow", "--", "true", "--", "true"], 2, "--fail-on takes verdicts"),
        (["--", "true", "--", "no-such-program"], 3, "no-such-program: cannot be started"),
    ],
)
def test_wrong_calls_get_one_sentence(words, code, sentence, capsys):
    assert _ab(*words) == code
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_counts_are_shown_or_say_why_not():
    empty = VERDICTS.empty()
    both = [{"instructions": 1000, "reason": ""}, {"instructions": 1100, "reason": ""}]
    assert command_lines(empty, both) == ["instructions: A 1,000, B 1,100 (+10.0 %)"]
    neither = [{"instructions": None, "reason": "valgrind is missing"}] * 2
    assert command_lines(empty, neither) == ["instructions: not measured: valgrind is missing"]
    assert command_lines(empty, []) == []


def test_no_bar_where_nobody_watches(capsys):
    assert pair_progress(sys.stderr) is None
