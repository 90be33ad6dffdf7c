"""Reading speedscope's format: files of other programs, every part of it, sniffing."""

import io
from collections import Counter

import pytest
from hypothesis import given, strategies

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.registry import read_profile
from slonana_analysis.readers.speedscope import READER
from tests.readers.exchange.documents import (
    DATA,
    encoded,
    evented,
    sampled,
    speedscope,
    weights,
)


def read(document: object) -> Profile:
    return READER.read(io.BytesIO(encoded(document)), "made.json")


def test_a_file_of_py_spy() -> None:
    profile = read_profile(DATA / "py-spy.speedscope.json")
    own = functions(profile).set_index("function")
    assert (profile.format, profile.tool, profile.unit) == ("speedscope", "py-spy@0.4.3", "ns")
    assert profile.weight == 920_000_000
    assert len(profile.samples) == profile.loss.records == 46
    assert own.loc["inner", ["self", "inclusive"]].tolist() == [160_000_000, 920_000_000]
    assert own.loc["inner.<locals>.<genexpr>", "self"] == 760_000_000
    assert profile.threads["name"].astype(str).tolist() == [
        'Thread 26637 "MainThread"',
        'Thread 26643 "second"',
    ]
    assert profile.samples["time_ns"].tolist()[:3] == [0, 20_000_000, 40_000_000]
    run = profile.frames[profile.frames["function"] == "Thread.run"].iloc[0]
    assert (str(run["file"]), run["line"]) == ("/usr/lib/python3.11/threading.py", 982)
    assert profile.loss.reasons == ()


def test_a_file_of_pyinstrument() -> None:
    """It opens and closes frames; what it spends is the span between, to the nanosecond."""
    profile = read_profile(DATA / "pyinstrument.speedscope.json")
    own = functions(profile).set_index("function")
    assert (profile.tool, profile.unit, profile.weight) == ("pyinstrument", "ns", 1_004_222_626)
    assert own.loc["<genexpr>", "self"] == 551_390_159
    assert own.loc["[self]", "self"] == 452_832_467
    assert own.loc["<module>", ["self", "inclusive"]].tolist() == [0, 1_004_222_626]
    assert len(profile.samples) == 27
    assert profile.loss.reasons == ()


def test_profiles_of_both_kinds_in_one_file() -> None:
    profile = read_profile(DATA / "made-mixed.speedscope.json")
    assert weights(profile) == {
        ("sampled", "main", "leaf"): 3_000_000,
        ("sampled", "main"): 2_500_000,
        ("sampled",): 1_000_000,
        ("evented", "main"): 3_000,
        ("evented", "main", "leaf"): 2_000,
        ("evented", "main", "leaf", "main"): 1_000,
        ("heap", "main", "other"): 4096,
        ("counts", "other"): 7,
    }
    assert profile.units == {"time": "ns", "memory": "bytes", "samples": "samples"}
    assert profile.unit == "mixed"
    assert profile.header == {"name": "made by hand"}
    assert profile.loss.reasons == ()


@pytest.mark.parametrize(
    ("unit", "event", "ours", "weight"),
    [
        ("nanoseconds", "time", "ns", 3),
        ("microseconds", "time", "ns", 3_000),
        ("milliseconds", "time", "ns", 3_000_000),
        ("seconds", "time", "ns", 3_000_000_000),
        ("bytes", "memory", "bytes", 3),
        ("none", "samples", "samples", 3),
    ],
)
def test_units(unit: str, event: str, ours: str, weight: int) -> None:
    profile = read(speedscope(sampled([[0]], [3], unit=unit)))
    assert (profile.event, profile.unit, profile.weight) == (event, ours, weight)


def test_samples_follow_one_another() -> None:
    profile = read(speedscope(sampled([[0], [0, 1], [0]], [1, 2, 3], startValue=10, endValue=16)))
    assert profile.samples["time_ns"].tolist() == [10_000_000, 11_000_000, 13_000_000]


def test_calls_nest_and_repeat() -> None:
    events = "O0@0 O0@1 O1@1 C1@4 C0@4 C0@10 O1@12 C1@12.5"
    assert weights(read(speedscope(evented(events)))) == {
        ("two", "main"): 7_000,
        ("two", "main", "main", "leaf"): 3_000,
        ("two", "leaf"): 500,
    }


def test_no_profile_is_refused() -> None:
    with pytest.raises(FormatError, match=r"made\.json holds no profile; export it again"):
        read(speedscope())


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        (encoded(speedscope()), True),
        (b"\xef\xbb\xbf\n" + encoded(speedscope()), True),
        (encoded(speedscope()).replace(b"/", b"\\/"), True),
        (b'{"version":"0.0.1","shared":{"frames":[]},"exporter":"speedscope@1"', True),
        (b'{"$schema":"https://example.org/file-format-schema.json"}', False),
        (b'{"$schema":"https://wwwXspeedscopeXapp/file-format-schema.json"}', False),
        (b"[" + encoded(speedscope()) + b"]", False),
        (b'{"frames":[],"shared":1}', False),
    ],
)
def test_sniffs_only_its_own(head: bytes, ours: bool) -> None:
    assert READER.sniff(head) == ours


stacks = strategies.lists(strategies.integers(0, 2), max_size=5)
pairs = strategies.lists(strategies.tuples(stacks, strategies.integers(0, 10**12)), min_size=1)


@given(pairs)
def test_any_samples_come_back(written: list[tuple[list[int], int]]) -> None:
    names = ("main", "leaf", "other")
    lists, values = zip(*written, strict=True)
    found = weights(read(speedscope(sampled(list(lists), list(values), unit="none"))))
    expected: Counter[tuple[str, ...]] = Counter()
    for stack, weight in written:
        expected["one", *(names[frame] for frame in stack)] += weight
    assert found == expected
