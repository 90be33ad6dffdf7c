"""Recordings that perf really made: the project's own, and the validator's."""

import gzip
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.perf_script import READER as TEXT
from slonana_analysis.readers.registry import read_profile
from tests.requirements import SHARED


def modules(profile):
    frames = profile.nodes["frame"].to_numpy()[profile.samples["node"].to_numpy()]
    return Counter(profile.frames["module"].astype(str).to_numpy()[frames].tolist())


def test_the_recorded_pipeline():
    capture = recorded_capture("perf-data-pipeline")
    profile = read_profile(capture.main)
    assert (profile.format, profile.tool, profile.event) == ("perf-data", "perf", "cpu-clock")
    assert (profile.unit, profile.weight) == ("ns", 2_652_173_433)
    loss = profile.loss
    assert (loss.bytes, loss.bytes_read, loss.records) == (117_604, 117_604, 793)
    assert (loss.dropped, loss.truncated) == (0, False)
    assert profile.threads.to_numpy().tolist() == [
        [20799, 20799, "pipeline"],
        [20799, 20801, "pipeline"],
    ]
    assert np.bincount(profile.samples["thread"]).tolist() == [460, 333]
    times = profile.samples["time_ns"]
    assert (times.min(), times.max()) == (44_200_464_428_114, 44_202_474_501_972)
    assert times.is_monotonic_increasing
    assert profile.header["perf version"] == "6.1.187"


def test_objects_do_not_depend_on_the_files_of_this_machine():
    assert modules(read_profile(recorded_capture("perf-data-pipeline").main)) == {
        "/opt/slonana-analysis/pipeline": 666,
        "/usr/lib/x86_64-linux-gnu/libc.so.6": 31,
        "[kernel.kallsyms]": 96,
    }


@pytest.fixture(scope="module")
def validator():
    captures = SHARED / "captures"
    text = gzip.decompress((captures / "validator.perf.script.txt.gz").read_bytes())
    ours = read_profile(captures / "validator.perf.data")
    return ours, TEXT.read(io.BytesIO(text), "validator.perf.script.txt")


@pytest.mark.requires_shared
def test_the_validator_has_the_samples_that_perf_prints(validator):
    ours, text = validator
    assert len(ours.samples) == len(text.samples) == 4762
    assert ours.weight == text.weight
    microseconds = ours.samples["time_ns"].to_numpy() // 1000
    assert np.array_equal(microseconds, text.samples["time_ns"].to_numpy() // 1000)
    for column in ("thread", "name"):
        found, expected = (
            profile.threads[column].astype(str).to_numpy()[profile.samples["thread"].to_numpy()]
            for profile in validator
        )
        assert found.tolist() == expected.tolist()


@pytest.mark.requires_shared
def test_the_validator_has_the_frames_that_perf_prints(validator):
    ours, text = (frames_of(profile) for profile in validator)
    assert [len(stack) for stack in ours] == [len(stack) for stack in text]
    frames = [
        pair
        for stack, other in zip(ours, text, strict=True)
        for pair in zip(stack, other, strict=True)
    ]
    assert all(Path(one[1]) == Path(other[1]) for one, other in frames)
    # The program itself is not here; what is named, is named alike.
    known = [(one[0], other[0]) for one, other in frames if one[0] != "[unknown]"]
    assert all(one == other for one, other in known)


def frames_of(profile):
    """Return (function, module) of each frame, sample by sample."""
    functions = profile.frames["function"].astype(str).tolist()
    objects = profile.frames["module"].astype(str).tolist()
    parents, frames = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    found = []
    for innermost in profile.samples["node"].tolist():
        node, stack = innermost, []
        while node >= 0:
            stack.append((functions[frames[node]], objects[frames[node]]))
            node = parents[node]
        found.append(stack)
    return found
