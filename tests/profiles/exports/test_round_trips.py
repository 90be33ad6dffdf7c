"""What is written and read back is the same: totals, and every stack's weight."""

import io
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.costs import estimated_call_tree
from slonana_analysis.profiles.exports.firefox import firefox_text
from slonana_analysis.profiles.exports.pprof import pprof_bytes
from slonana_analysis.profiles.exports.speedscope import speedscope_text
from slonana_analysis.profiles.folded import write_folded
from slonana_analysis.profiles.tables import write_tables
from slonana_analysis.readers.registry import read_profile

EVENTS = Path(__file__).resolve().parents[2] / "data/perf-events.txt"


@pytest.fixture(params=["perf-pipeline", "heaptrack-pipeline", "callgrind-pipeline", "events"])
def profile(request: pytest.FixtureRequest) -> Profile:
    if request.param == "events":
        return read_profile(EVENTS)
    read = read_profile(recorded_capture(request.param).main)
    return read if read.edges.empty else estimated_call_tree(read, "Ir")


def weights(profile: Profile, event: str) -> Counter[str]:
    """Return the weight of every stack, without threads, which not every format has."""
    text = io.StringIO()
    write_folded(profile, text, event)
    found: Counter[str] = Counter()
    for line in text.getvalue().splitlines():
        stack, _, weight = line.rpartition(" ")
        found[stack.partition(";")[2]] += int(weight)
    return +found


def events_of(profile: Profile) -> list[str]:
    """Return the events that anything was counted of."""
    sums = profile.samples.groupby("event", observed=False)["weight"].sum()
    return [str(event) for event in sums[sums > 0].index]


def read_back(raw: bytes, name: str, folder: Path) -> Profile:
    path = folder / name
    path.write_bytes(raw)
    found = read_profile(path)
    assert found.loss.reasons == ()
    return found


def test_folded(profile: Profile, tmp_path: Path) -> None:
    for event in events_of(profile):
        text = io.StringIO()
        write_folded(profile, text, event)
        found = read_back(text.getvalue().encode(), "x.folded", tmp_path)
        total = int(profile.samples.loc[profile.samples["event"] == event, "weight"].sum())
        assert found.weight == total
        again = io.StringIO()
        write_folded(found, again)
        # What was the thread's name is a frame now.
        stacks = [line.partition(";")[2] for line in again.getvalue().splitlines()]
        assert sorted(filter(None, stacks)) == sorted(text.getvalue().splitlines())


def test_pprof(profile: Profile, tmp_path: Path) -> None:
    found = read_back(pprof_bytes(profile), "x.pb.gz", tmp_path)
    assert events_of(found) == events_of(profile)
    for event in events_of(profile):
        assert found.unit_of(event) in {profile.unit_of(event), "events"}
        assert weights(found, event) == weights(profile, event)


def test_pprof_is_the_same_to_the_byte_every_time(profile: Profile) -> None:
    assert pprof_bytes(profile) == pprof_bytes(profile)


def test_speedscope(profile: Profile, tmp_path: Path) -> None:
    for event in events_of(profile):
        raw = speedscope_text(profile, "title", event).encode()
        found = read_back(raw, "x.speedscope.json", tmp_path)
        (only,) = events_of(found)
        assert weights(found, only) == weights(profile, event)


def test_firefox(profile: Profile, tmp_path: Path) -> None:
    for event in events_of(profile):
        raw = firefox_text(profile, "title", event).encode()
        found = read_back(raw, "x.firefox.json", tmp_path)
        (only,) = events_of(found)
        assert weights(found, only) == weights(profile, event)


def test_parquet(profile: Profile, tmp_path: Path) -> None:
    write_tables(profile, tmp_path / "x.parquet")
    samples = pd.concat(map(pd.read_parquet, sorted((tmp_path / "x.parquet").rglob("samples*"))))
    assert samples["weight"].sum() == profile.samples["weight"].sum()
    assert samples["node"].tolist() == profile.samples["node"].tolist()
