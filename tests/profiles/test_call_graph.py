"""Views of a profile that knows calls and no stacks."""

import gzip
import io
from collections import Counter

import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.profiles.call_graph import call_graph, inclusive_costs
from slonana_analysis.profiles.callers import ITSELF, NO_CALLER, callees, callers
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.callgrind import READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.callgrind_tables import annotated

DATA = data_directory() / "callgrind-pipeline"

# The extended example of callgrind's format specification.
EXAMPLE = """events: Instructions
fl=file1.c
fn=main
16 20
cfn=func1
calls=1 50
16 400
cfi=file2.c
cfn=func2
calls=3 20
16 400
fn=func1
51 100
cfi=file2.c
cfn=func2
calls=2 20
51 300
fl=file2.c
fn=func2
20 700
"""
# main calls a, a calls b, b calls a again, and b calls itself.
CYCLE = """events: Ir
fn=main
1 10
cfn=a
calls=1 0
1 90
fn=a
1 20
cfn=b
calls=2 0
1 130
fn=b
1 30
cfn=a
calls=1 0
1 60
cfn=b
calls=1 0
1 15
cfn=c
calls=1 0
1 40
fn=c
1 40
"""


def _read(text):
    return READER.read(io.BytesIO(text.encode()), "test")


def _columns(rows, *columns):
    return list(rows[list(columns)].itertuples(index=False, name=None))


def test_inclusive_costs_of_the_example():
    rows = functions(_read(EXAMPLE))
    assert _columns(rows, "function", "self", "inclusive") == [
        ("func2", 700, 700),
        ("func1", 100, 400),
        ("main", 20, 820),
    ]
    assert rows["inclusive_share"].max() == 1.0


def test_a_cycle_counts_once():
    rows = functions(_read(CYCLE)).set_index("function")["inclusive"].to_dict()
    # Of b nothing is known but its own cost: every call of it lies within the cycle.
    assert rows == {"main": 100, "a": 90, "b": 70, "c": 40}
    graph = call_graph(_read(CYCLE))
    assert int(graph.within_cycle.sum()) == 3
    assert inclusive_costs(graph).max() == graph.own.sum() == 100


def test_callers_and_callees_of_the_example():
    profile = _read(EXAMPLE)
    assert _columns(callers(profile, "func2"), "function", "weight", "share") == [
        ("main", 400, 4 / 7),
        ("func1", 300, 3 / 7),
    ]
    assert _columns(callees(profile, "main"), "function", "weight") == [
        ("func1", 400),
        ("func2", 400),
        (ITSELF, 20),
    ]
    assert _columns(callers(profile, "main"), "function", "weight") == [(NO_CALLER, 820)]


def test_callers_of_a_function_that_calls_itself():
    rows = callers(_read(CYCLE), "b")
    assert _columns(rows, "function", "weight") == [("a", 130)]


def test_unknown_function():
    with pytest.raises(UsageError, match="did you mean main"):
        callers(_read(EXAMPLE), "mian")


def test_events_are_kept_apart():
    profile = _read(EXAMPLE.replace("Instructions", "Ir Dr").replace("\n16 400", "\n16 400 7"))
    with pytest.raises(UsageError, match="several events"):
        functions(profile)
    rows = functions(profile, "Dr").set_index("function")["inclusive"].to_dict()
    assert rows == {"main": 14, "func1": 7, "func2": 7}


def test_recorded_pipeline_as_callgrind_annotate_has_it():
    profile = read_profile(DATA)
    graph = call_graph(profile, "Ir")
    inclusive = inclusive_costs(graph)
    text = gzip.decompress((DATA / "callgrind_annotate.inclusive.txt.gz").read_bytes()).decode()
    printed, found = _by_name(profile, annotated(text)), Counter()
    in_cycle = {graph.table.functions[row] for row in graph.caller[graph.within_cycle]}
    for name, cost in zip(graph.table.functions, inclusive.tolist(), strict=True):
        found[name] += cost
    compared = [name for name in printed if name not in in_cycle]
    assert len(compared) > 300
    differing = [name for name in compared if found[name] != printed[name]]
    # It is entered once more than it is called: its own cost is above that of its calls.
    assert differing in ([], ["clone"])
    assert inclusive.max() <= graph.own.sum()


def _by_name(profile, printed):
    """Sum what was printed for functions under their own file, not that of code inlined there."""
    ends = np.union1d(profile.edges["caller"], profile.edges["callee"])
    frames = profile.frames.iloc[ends]
    files = Counter(
        f"{file}:{name}" for name, file in zip(frames.function, frames.file, strict=True)
    )
    found = Counter()
    for place in files:
        if place in printed:
            found[place.rpartition(":")[2]] += printed[place]
    return found
