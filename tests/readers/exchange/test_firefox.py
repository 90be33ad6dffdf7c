"""Reading Firefox Profiler files: those of other programs, both formats and their versions."""

from __future__ import annotations

import io
from typing import Any

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.firefox import READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.exchange.documents import (
    DATA,
    encoded,
    firefox,
    samples,
    thread,
    weights,
)
from tests.readers.pprof_writer import stacks

WORKER = {("worker", "main"): 1, ("worker", "main", "leaf"): 5, ("worker",): 4}


def read(document: object) -> Profile:
    return READER.read(io.BytesIO(encoded(document)), "made.json")


def test_a_file_of_vmprof() -> None:
    """The processed format, version 47, with tables in each thread."""
    profile = read_profile(DATA / "vmprof.firefox.json")
    own = functions(profile).set_index("function")
    assert (profile.format, profile.tool, profile.unit) == ("firefox", "VMProf", "samples")
    assert (len(profile.samples), profile.weight) == (240, 240)
    assert profile.threads["name"].astype(str).tolist() == ["Thread 0", "Thread 1"]
    assert profile.threads["process"].tolist() == [51580, 51580]
    assert profile.threads["thread"].tolist() == [140591611997944, 94108737186304]
    assert own.loc["<genexpr>", ["self", "inclusive"]].tolist() == [162, 162]
    assert own.loc["outer", ["self", "inclusive"]].tolist() == [1, 240]
    assert profile.samples["time_ns"].tolist()[:3] == [0, 12_833_563, 21_389_272]
    frame = profile.frames[profile.frames["function"] == "_bootstrap_inner"].iloc[0]
    assert (str(frame["file"]), frame["line"]) == ("/usr/lib/python3.11/threading.py", 1045)
    assert profile.loss.reasons == ()


def test_a_file_in_the_format_of_gecko() -> None:
    """Made of the project's own perf.data, whose stacks are read here without it, too."""
    profile = read_profile(DATA / "perf-gecko.json")
    recorded = read_profile(recorded_capture("perf-data-pipeline").main)
    assert len(profile.samples) == profile.weight == len(recorded.samples) == 793
    assert sorted(profile.threads["thread"]) == sorted(recorded.threads["thread"])
    assert inclusive(profile, "sha256_compress") == inclusive(recorded, "sha256_compress")
    assert inclusive(profile, "run_dense_layer") == inclusive(recorded, "run_dense_layer")
    assert profile.samples["time_ns"].max() - profile.samples["time_ns"].min() > 10**9
    assert profile.loss.reasons == ()


def inclusive(profile: Profile, function: str) -> tuple[int, str]:
    """Return how many samples have a function on their stack, and where it is from."""
    (module,) = set(profile.frames.loc[profile.frames["function"] == function, "module"])
    return sum(function in stack for stack in stacks(profile)), str(module)


def test_every_part_of_the_processed_format() -> None:
    profile = read(firefox(thread()))
    assert weights(profile) == WORKER
    assert profile.samples["time_ns"].tolist() == [1_500_000, 2_500_000, 3_500_000, 4_500_000]
    assert list(profile.frames.astype({"line": int}).itertuples(index=False, name=None)) == [
        ("main", "", "", 0),
        ("leaf", "/lib/libleaf.so", "leaf.c", 7),
    ]
    assert profile.threads.iloc[0].tolist() == [12, 34, "worker"]
    assert profile.header == {"interval_ms": "1"}
    assert profile.loss.reasons == ()


@pytest.mark.parametrize(
    ("changes", "event", "unit", "total"),
    [
        ({}, "samples", "samples", 10),
        ({"weight": None}, "samples", "samples", 4),
        ({"weightType": None}, "samples", "samples", 10),
        ({"weightType": "bytes"}, "memory", "bytes", 10),
        ({"weightType": "bytes", "weight": [-4, 4, 9, 0]}, "memory", "bytes", 9),
        ({"weightType": "tracing-ms", "weight": [0.5, 0, 0, 1e-6]}, "time", "ns", 500_001),
    ],
)
def test_weights(changes: dict[str, Any], event: str, unit: str, total: int) -> None:
    profile = read(firefox(thread(samples=samples(**changes))))
    assert (profile.event, profile.unit, profile.weight) == (event, unit, total)


def test_events_of_different_units_keep_theirs() -> None:
    heap = thread(name="heap", samples=samples(weightType="bytes"))
    profile = read(firefox(thread(), heap))
    assert profile.unit == "mixed"
    assert profile.units == {"samples": "samples", "memory": "bytes"}


def test_times_written_as_differences() -> None:
    """Version 50."""
    profile = read(firefox(thread(samples=samples(time=None, timeDeltas=[1.5, 1, 1, 1]))))
    assert profile.samples["time_ns"].tolist() == [1_500_000, 2_500_000, 3_500_000, 4_500_000]


def test_times_that_are_offsets_in_a_file_are_none() -> None:
    """Version 54."""
    document = firefox(thread())
    document["meta"]["sampleUnits"] = {"time": "bytes"}
    assert set(read(document).samples["time_ns"]) == {-1}


def test_texts_and_sources_that_threads_share() -> None:
    """Versions 56 and 58."""
    functions = {"name": [0, 1], "resource": [-1, 0], "source": [None, 1]}
    made = thread(funcTable=functions)
    shared = {"stringArray": made.pop("stringArray"), "sources": {"filename": [3, 2]}}
    profile = read(firefox(made, {**made, "name": "next"}, shared=shared))
    assert weights(profile) == WORKER | {("next", *key[1:]): n for key, n in WORKER.items()}
    assert set(profile.frames["file"].astype(str)) == {"", "leaf.c"}


def test_tables_that_threads_share() -> None:
    made = thread()
    tables = [name for name in made if name.endswith(("Table", "Array"))]
    shared = {name: made.pop(name) for name in tables}
    assert weights(read(firefox(made, shared=shared))) == WORKER


def gecko(name: str, start: float) -> dict[str, Any]:
    """Return a process in Gecko's own format: rows, with a schema for their columns."""
    return {
        "meta": {"version": 24, "startTime": start, "processType": 0, "interval": 1},
        "libs": [],
        "threads": [
            {
                "name": name,
                "tid": 3,
                "pid": 2,
                "samples": {"schema": {"stack": 0, "time": 1}, "data": [[1, 1.0], [None, 2.0]]},
                "stackTable": {"schema": {"prefix": 0, "frame": 1}, "data": [[None, 0], [0, 1]]},
                "frameTable": {
                    "schema": {"location": 0, "line": 4},
                    "data": [[0], [1, 0, 0, 0, 5]],
                },
                "stringTable": ["main (x) (in /lib/a.so)", "plain (in"],
            }
        ],
        "processes": [],
    }


def test_processes_stand_in_one_another_each_with_its_own_clock() -> None:
    profile = read({**gecko("parent", 1000.0), "processes": [gecko("child", 1007.5)]})
    assert profile.frames["function"].tolist() == ["main (x)", "plain (in"]
    assert profile.frames["module"].tolist() == ["/lib/a.so", ""]
    assert profile.frames["line"].tolist() == [0, 5]
    assert profile.threads["name"].astype(str).tolist() == ["parent", "child"]
    assert profile.samples["time_ns"].tolist() == [1_000_000, 2_000_000, 8_500_000, 9_500_000]


@pytest.mark.parametrize(
    ("written", "found"),
    [(7, 7), ("7", 7), ("7.1", 7), ("-1", -1), ("x", -1), (None, -1), (True, -1), (2**70, -1)],
)
def test_ids(written: object, found: int) -> None:
    assert read(firefox(thread(pid=written))).threads["process"].tolist() == [found]


@pytest.mark.parametrize("document", [firefox(), {}, [], None, {"threads": {}}])
def test_no_thread_is_refused(document: object) -> None:
    with pytest.raises(FormatError, match=r"made\.json holds no thread; export it again"):
        read(document)


def test_sniffs_only_its_own() -> None:
    assert READER.sniff(encoded(firefox()))
    assert READER.sniff(b"\xef\xbb\xbf\n" + encoded(firefox()))
    assert READER.sniff(encoded(gecko("x", 0))[:300])
    for other in (b"", b"{}", b'{"meta":{"version":1}}', b"[" + encoded(firefox()), b'{"meta":{}}'):
        assert not READER.sniff(other)
