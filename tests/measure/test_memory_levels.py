import pytest

from slonana_analysis.measure.memory_levels import memory_levels
from slonana_analysis.model.host import CacheFacts

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def caches(*sizes, shared=1):
    """Caches from the first level on; the last is shared by ``shared`` processors."""
    return [
        CacheFacts(level, "data" if level == 1 else "unified", size, 64, shared_by)
        for level, (size, shared_by) in enumerate(
            zip(sizes, [1] * (len(sizes) - 1) + [shared], strict=True), start=1
        )
    ]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # EPYC guest: an eighth of the shared cache.
        (
            caches(32 * KIB, MIB, 32 * MIB, shared=4),
            {"L1": 16 * KIB, "L2": 512 * KIB, "L3": 4 * MIB, "DRAM": 128 * MIB},
        ),
        # Desktop: an eighth of the last cache would fit in the one before it.
        (
            caches(48 * KIB, 2 * MIB, 24 * MIB, shared=16),
            {"L1": 16 * KIB, "L2": MIB, "L3": 8 * MIB, "DRAM": 64 * MIB},
        ),
        # Arm guest without a third level.
        (
            caches(64 * KIB, MIB, shared=1),
            {"L1": 32 * KIB, "L2": 512 * KIB, "DRAM": 4 * MIB},
        ),
        # A last cache larger than the usual limit.
        (
            caches(48 * KIB, 2 * MIB, 512 * MIB, shared=64),
            {"L1": 16 * KIB, "L2": MIB, "L3": 64 * MIB, "DRAM": GIB},
        ),
    ],
)
def test_each_working_set_lies_in_its_level(found, expected):
    assert memory_levels(found, 64 * GIB) == expected


def test_hidden_caches_leave_usual_sizes():
    assert list(memory_levels([], 64 * GIB)) == ["L1", "L2", "L3", "DRAM"]


def test_an_instruction_cache_holds_no_data():
    found = [CacheFacts(1, "instruction", 64 * KIB, 64, 1), *caches(32 * KIB, MIB)]
    assert memory_levels(found, GIB)["L1"] == 16 * KIB


@pytest.mark.parametrize(
    ("available", "memory"), [(GIB, 128 * MIB), (256 * MIB, 64 * MIB), (200 * MIB, None)]
)
def test_memory_is_never_filled(available, memory):
    levels = memory_levels(caches(32 * KIB, MIB, 32 * MIB, shared=4), available)
    assert levels.get("DRAM") == memory


def test_sizes_are_powers_of_two_in_order():
    sizes = list(memory_levels(caches(48 * KIB, 1280 * KIB, 30 * MIB, shared=8), GIB).values())
    assert sizes == sorted(sizes)
    assert all(size & (size - 1) == 0 for size in sizes)
