"""Damaged output of perf stat: nothing is lost without being told, and nothing raises."""

import io
import random

import pytest

from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.readers.perf_stat import READER

PIPELINE = data_directory() / "perf-stat-pipeline"


def _read(text):
    counters = READER.read(io.BytesIO(text), "damaged")
    loss = counters.loss
    assert 0 <= loss.bytes_read <= loss.bytes == len(text)
    assert bool(loss.reasons) == bool(loss.bytes_read < loss.bytes or loss.truncated)
    return counters


def _rows(counters):
    return counters.table.fillna(-1.0).values.tolist()


# A whole number of lines between separators, or of JSON, is a shorter file and nothing else.
@pytest.mark.parametrize(
    ("name", "has_end"),
    [("perf.stat.txt", True), ("perf.stat.csv", False), ("perf.stat.json", False)],
)
def test_cut_at_every_byte(name, has_end):
    lines = (PIPELINE / name).read_bytes().splitlines(keepends=True)
    text = b"".join(lines if has_end else lines[:8])
    title = text.find(b" Performance counter stats for")
    end = text.find(b" seconds time elapsed")
    whole = _rows(_read(text))
    for cut in range(len(text)):
        counters = _read(text[:cut])
        line_ended = cut == 0 or text[cut - 1 : cut] == b"\n"
        missing = has_end and title < cut <= end
        assert counters.loss.truncated == (not line_ended or missing)
        assert counters.loss.dropped == (not line_ended)
        rows = _rows(counters)
        assert rows == whole[: len(rows)]
        assert counters.loss.records <= text[:cut].count(b"\n")


@pytest.mark.parametrize("name", ["perf.stat.txt", "perf.stat.csv", "perf.stat.json"])
def test_mutations(name):
    text = (PIPELINE / name).read_bytes()
    whole = len(_read(text).table)
    numbers = random.Random(name)
    for _ in range(500):
        damaged = text
        for _ in range(numbers.randrange(1, 4)):
            at, other = numbers.randrange(len(damaged) + 1), numbers.randrange(len(damaged) + 1)
            inserted = numbers.choice(
                [b"", b"\0", b"\n", b",", b"<", b" ", damaged[other : other + 9]]
            )
            damaged = damaged[:at] + inserted + damaged[at + numbers.choice([0, 1, 30]) :]
        READER.sniff(damaged)
        assert len(_read(damaged).table) <= whole + 20


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"\0" * 1000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"a,b,c,d,e,f\n1,2,3,4,5,6\n",
        b"1,,a,b,c,d,e\n",
        b"{\n}\n",
        b'{"counter-value" : 1}\n',
        b"[" * 100_000 + b"\n",
        b"{" * 60_000 + b"\n",
        b"main;work;inner 12\n",
    ],
)
def test_what_is_no_output_of_perf_stat(text):
    assert not READER.sniff(text)
    assert len(_read(text).table) == 0


def test_huge_lines_are_skipped_and_counted():
    line = b"0.88,msec,task-clock,882968,100.00,0.006,CPUs utilized\n"
    huge = b"1" * 200_000 + b"\n"
    counters = _read(line + huge + line)
    assert counters.loss.records == 2
    assert counters.loss.bytes - counters.loss.bytes_read == len(huge)


@pytest.mark.parametrize(
    "piece", [b" ", b"1", b"1,", b" 1", b"a-", b"( +- ", b"<not ", b"#", b"'\n"]
)
def test_hostile_repetition_is_read_in_linear_time(piece):
    start = b" Performance counter stats for 'true':\n\n"
    _read(start + (piece * (60_000 // len(piece)) + b"\n") * 2)
    _read((piece * (60_000 // len(piece)) + b"\n") * 2)


def test_bytes_that_are_not_utf8_stay_visible():
    counters = _read(b"1,,a\xff,882968,100.00,,\n")
    assert counters.table["event"].tolist() == ["a\\xff"]
