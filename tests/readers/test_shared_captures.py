"""The captures of the real validator, against what perf itself says of them."""

import pytest

from slonana_analysis.readers.registry import read_profile
from tests.requirements import SHARED

CAPTURES = SHARED / "captures"


@pytest.mark.requires_shared
def test_validator_profile_has_the_totals_of_perf():
    profile = read_profile(CAPTURES / "validator.perf.script.txt.gz")
    # "Samples: 4K of event 'cpu-clock'", "Event count (approx.): 4766766762" in perf's report.
    assert len(profile.samples) == 4762
    assert profile.weight == 4_766_766_762
    assert (profile.event, profile.unit) == ("cpu-clock", "ns")
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ()


@pytest.mark.requires_shared
def test_profile_unwound_with_dwarf():
    profile = read_profile(CAPTURES / "validator.dwarf.perf.script.txt.gz")
    assert len(profile.samples) == 86
    assert profile.weight == 86 * 5_025_125


@pytest.mark.requires_shared
@pytest.mark.parametrize("name", ["validator.callgrind.out", "validator.massif.out"])
def test_other_tools_are_not_mistaken_for_perf(name):
    head = (CAPTURES / name).read_bytes()[: 1 << 16]
    from slonana_analysis.readers.perf_script import READER

    assert not READER.sniff(head)
