"""The capture that comes with the suite is whole and reads without loss."""

from pathlib import Path

from slonana_analysis.capture.store import load_capture
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.registry import read_profile

CAPTURE = Path(__file__).parents[2] / "data" / "perf-pipeline"


def test_recorded_pipeline():
    capture = load_capture(CAPTURE, verify=True)
    assert capture.facts.recorded
    assert capture.facts.tool == "perf"
    assert sum(path.stat().st_size for path in CAPTURE.iterdir()) < 300_000
    profile = read_profile(CAPTURE)
    assert profile.weight == len(profile.samples) * 1_001_001
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ()
    modules = {str(module).rpartition("/")[2] for module in functions(profile).head(10)["module"]}
    assert "pipeline" in modules


def test_no_path_of_the_machine_it_was_made_on():
    text = (CAPTURE / "capture.json").read_text()
    assert "/opt/slonana-analysis/pipeline" in text
    assert not any(place in text for place in ("/root", "/home", "/tmp", "/work"))
