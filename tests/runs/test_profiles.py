import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.model.schema import FRAMES, NODES, PROFILE_SAMPLES, THREADS
from slonana_analysis.runs.profiles import load_profile, save_profile

PROFILE = Profile(
    format="perf-script",
    tool="perf",
    event="cpu-clock",
    unit="ns",
    frames=FRAMES.conform(
        pd.DataFrame({"function": ["<script>", "f"], "module": "m", "file": "", "line": [0, 3]})
    ),
    nodes=NODES.conform(pd.DataFrame({"parent": [-1, 0], "frame": [0, 1]})),
    threads=THREADS.conform(pd.DataFrame({"process": [1], "thread": 1, "name": "v"})),
    samples=PROFILE_SAMPLES.conform(
        pd.DataFrame({"node": [1, -1], "thread": 0, "time_ns": -1, "weight": 7, "event": "c"})
    ),
    loss=LossLedger(100, 90, 2, 1, truncated=True, reasons=("line 9 ends early",)),
    header={"hostname": "x"},
)


def test_a_profile_comes_back_as_it_went(tmp_path: Path) -> None:
    save_profile(PROFILE, tmp_path)
    loaded = load_profile(tmp_path)
    for table in ("frames", "nodes", "threads", "samples"):
        pd.testing.assert_frame_equal(getattr(loaded, table), getattr(PROFILE, table))
    nothing = pd.DataFrame()
    plain = {"frames": nothing, "nodes": nothing, "threads": nothing, "samples": nothing}
    assert str(replace(loaded, **plain)) == str(replace(PROFILE, **plain))
    assert loaded.weight == 14


@pytest.mark.parametrize("change", [{"loss": {}}, {"loss": None}, {"loss": {"reasons": []}}])
def test_damaged_facts_are_named(change: dict[str, object], tmp_path: Path) -> None:
    save_profile(PROFILE, tmp_path)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FormatError, match=r"profile\.json"):
        load_profile(tmp_path)
