import pytest

from slonana_analysis.experiments.working_sets import working_sets
from slonana_analysis.model.host import CacheFacts

KIB, MIB = 1024, 1024**2
SERVER = (
    CacheFacts(1, "data", 32 * KIB, 64, 1),
    CacheFacts(1, "instruction", 48 * KIB, 64, 1),
    CacheFacts(2, "unified", MIB, 64, 1),
    CacheFacts(3, "unified", 32 * MIB, 64, 16),
)


def test_each_level_gets_a_set_that_fits_it_and_not_the_level_below():
    sets = working_sets(SERVER)
    assert sets == {"L1": 16 * KIB, "L2": 512 * KIB, "L3": 4 * MIB, "DRAM": 128 * MIB}


def test_dram_is_beyond_the_last_cache_but_bounded():
    huge = (*SERVER[:3], CacheFacts(3, "unified", 512 * MIB, 64, 64))
    assert working_sets(huge)["DRAM"] == 256 * MIB


@pytest.mark.parametrize("caches", [(), (CacheFacts(1, "instruction", 32 * KIB, 64, 1),)])
def test_hidden_caches_fall_back_to_usual_sizes(caches):
    assert list(working_sets(caches)) == ["L1", "L2", "L3", "DRAM"]


def test_sets_are_whole_pages_and_ascend():
    odd = (CacheFacts(1, "data", 48 * KIB + 3, 64, 1), CacheFacts(2, "unified", 2 * MIB, 64, 2))
    sets = working_sets(odd)
    assert all(size % 4096 == 0 and size > 0 for size in sets.values())
    assert list(sets.values()) == sorted(sets.values())
