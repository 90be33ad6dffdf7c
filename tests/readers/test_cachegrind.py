"""cachegrind's format: the subset of callgrind's that has no calls."""

import gzip
import io

import pytest

from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.readers.cachegrind import READER
from slonana_analysis.readers.callgrind import READER as CALLGRIND
from slonana_analysis.readers.registry import read_profile
from tests.readers.callgrind_line_by_line import read_line_by_line
from tests.readers.callgrind_tables import own_costs, totals

DATA = data_directory() / "cachegrind-pipeline"

# As valgrind 3.19 writes it, and as cg_diff and newer releases without a cache simulation do.
OLD = """desc: I1 cache: 32768 B, 64 B, 8-way associative
desc: D1 cache: 32768 B, 64 B, 8-way associative
desc: LL cache: 8388608 B, 64 B, 16-way associative
cmd: ./prog --fast
events: Ir I1mr ILmr
fl=a.c
fn=main
1 10 1 .
2 5 0 1
fl=b.h
fn=main
7 3 0 0
summary: 18 1 1
"""
DIFFERENCE = """desc: Files compared: 1.out; 2.out
cmd: ./prog
events: Ir
fl=a.c
fn=f
1 -4
fn=g
0 9
summary: 5
"""
NEW = "cmd: ./prog\nevents: Ir\n\nfl=/src/a.c\nfn=main\n1 4\nsummary: 4\n"


def _read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def test_costs_by_source_line():
    profile = _read(OLD)
    assert own_costs(profile) == {
        ("main", "", "a.c", 1, "Ir"): 10,
        ("main", "", "a.c", 1, "I1mr"): 1,
        ("main", "", "a.c", 2, "Ir"): 5,
        ("main", "", "a.c", 2, "ILmr"): 1,
        ("main", "", "b.h", 7, "Ir"): 3,
    }
    assert profile.loss.reasons == ()
    assert (profile.format, profile.tool) == ("cachegrind", "cachegrind")
    assert profile.threads["name"].tolist() == ["prog"]
    assert profile.header["summary"] == "18 Ir, 1 I1mr, 1 ILmr"


def test_differences_below_zero():
    profile = _read(DIFFERENCE)
    assert sorted(profile.samples["weight"]) == [-4, 9]
    assert profile.loss.reasons == ()
    assert CALLGRIND.read(io.BytesIO(DIFFERENCE.encode()), "test").loss.dropped == 1


@pytest.mark.parametrize("text", [OLD, DIFFERENCE, NEW])
def test_recognised_by_content(text):
    assert READER.sniff(text.encode())
    assert not CALLGRIND.sniff(text.encode())
    assert not _read(text).loss.truncated


@pytest.mark.parametrize("text", [OLD, DIFFERENCE])
def test_cut_at_every_byte(text):
    for cut in range(len(text)):
        profile = _read(text[:cut])
        assert profile.loss.truncated
        assert profile.loss.reasons
        lines = text[: text.rfind("\n", 0, cut) + 1]
        assert own_costs(profile) == own_costs(_read(lines))


def test_summary_that_the_body_does_not_reach():
    profile = _read(NEW.replace("1 4\n", "1 3\n"))
    assert profile.loss.reasons == ("the file declares 4 Ir ('summary:'), its body holds 3",)


def test_recorded_pipeline():
    profile = read_profile(DATA)
    text = gzip.decompress((DATA / "cachegrind.out.gz").read_bytes()).decode()
    own, counts, _ = read_line_by_line(text)
    assert own_costs(profile) == own
    assert not counts
    declared = dict(zip(profile.event.split(","), map(int, text.split()[-13:]), strict=True))
    assert totals(profile) == declared
    assert (profile.loss.truncated, profile.loss.reasons) == (False, ())
