"""What differs between two environments, and when a gate may rest on two runs."""

from dataclasses import replace

import pytest

from slonana_analysis.compare.environment import comparability, environment_difference
from slonana_analysis.model.run import RunManifest

HOST = {
    "machine": "ab12",
    "kernel": "6.1",
    "cpu": {
        "model": "Zen 4",
        "features": ["avx2", "fma"],
        "caches": [{"level": 1, "size_bytes": 32768}],
    },
    "activity": {"load_1min": 0.1},
    "memory_available_bytes": 1,
    "versions": {"numpy": "2.4"},
}
MANIFEST = RunManifest("a", "2026-11-23", "", "quick", {}, HOST, (), {})


def _changed(**facts):
    return replace(MANIFEST, host={**HOST, **facts})


def test_equal_hosts_do_not_differ():
    assert environment_difference(HOST, HOST).empty


def test_only_what_differs_is_listed_by_its_path_and_moments_are_left_out():
    other = {
        **HOST,
        "versions": {"numpy": "2.5", "perf": "6.1"},
        "cpu": {
            "model": "Zen 4",
            "features": ["avx2", "avx512f"],
            "caches": [{"level": 1, "size_bytes": 49152}],
        },
        "activity": {"load_1min": 3.0},
        "memory_available_bytes": 2,
    }
    assert environment_difference(HOST, other).to_numpy().tolist() == [
        ["cpu.caches.0.size_bytes", "32768", "49152"],
        ["cpu.features.avx512f", "absent", "present"],
        ["cpu.features.fma", "present", "absent"],
        ["versions.numpy", "2.4", "2.5"],
        ["versions.perf", "absent", "6.1"],
    ]


def test_the_same_machine_may_be_gated_without_a_word():
    assert comparability(MANIFEST, MANIFEST).gated
    assert comparability(MANIFEST, MANIFEST).reasons == ()


@pytest.mark.parametrize(
    ("facts", "clause"),
    [
        ({"cpu": {"model": "Xeon"}}, "different processors (Zen 4"),
        ({"cpu": {"model": "Zen 4", "family": "26"}}, "different processors (Zen 4"),
        ({"machine": "cd34"}, "different machines (ab12 and cd34)"),
    ],
)
def test_another_processor_or_machine_is_never_gated(facts, clause):
    judged = comparability(MANIFEST, _changed(**facts))
    assert not judged.gated
    assert clause in judged.reasons[0]
    assert "never gated" in judged.reasons[0]


def test_other_differences_are_noted():
    judged = comparability(MANIFEST, replace(_changed(kernel="6.2"), preset="full"))
    assert judged.gated
    assert len(judged.reasons) == 2
    assert "kernels differ (6.1 and 6.2)" in judged.reasons[1]
