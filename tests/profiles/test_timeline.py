"""Weight by time and thread."""

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.profiles.timeline import timeline


def test_bins_cover_all_samples(profile_of):
    profile = profile_of(
        ("a", 1, "w", 100), ("a", 2, "v", 149), ("a", 4, "w", 150), ("a", 8, "w", 199)
    )
    table = timeline(profile, bins=2)
    assert list(table.columns) == schema.TIMELINE.names
    assert list(table.itertuples(index=False, name=None)) == [
        (100, 150, "w", 1),
        (100, 150, "v", 2),
        (150, 200, "w", 12),
        (150, 200, "v", 0),
    ]


def test_light_threads_are_put_together(profile_of):
    profile = profile_of(("a", 1, "x", 0), ("a", 2, "y", 0), ("a", 4, "z", 0))
    table = timeline(profile, bins=1, names=1)
    assert dict(zip(table["thread"], table["weight"], strict=True)) == {"z": 4, "(others)": 3}


def test_more_bins_than_nanoseconds(profile_of):
    table = timeline(profile_of(("a", 1, "w", 5), ("a", 2, "w", 6)), bins=10)
    assert table["weight"].sum() == 3


def test_samples_without_a_time_are_left_out(profile_of):
    assert timeline(profile_of(("a", 1, "w", 5), ("a", 2)), bins=1)["weight"].tolist() == [1]
    with pytest.raises(UnavailableError, match="has no times"):
        timeline(profile_of(("a", 2)))


def test_no_bins(profile_of):
    with pytest.raises(UsageError, match="at least one bin"):
        timeline(profile_of(("a", 1, "w", 5)), bins=0)
