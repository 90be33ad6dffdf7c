"""Weight by time and thread."""

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.profiles.timeline import between, heat_map, timeline


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


def test_heat_map(profile_of):
    second = 1_000_000_000
    profile = profile_of(
        ("a", 1, "w", 100),
        ("a", 2, "w", 100 + second // 2),
        ("a", 4, "w", 100 + 2 * second),
        ("a", 8, "w", 100 + 3 * second - 1),
    )
    table = heat_map(profile, parts=2)
    assert list(table.columns) == schema.HEAT_MAP.names
    assert table["weight"].tolist() == [1, 2, 0, 0, 4, 8]
    assert table["samples"].tolist() == [1, 1, 0, 0, 1, 1]
    assert table["second"].tolist() == [0, 0, 1, 1, 2, 2]
    assert table["part"].tolist() == [0, 1, 0, 1, 0, 1]
    assert table["start_ns"].tolist()[:3] == [100, 100 + second // 2, 100 + second]
    assert table["end_ns"].tolist()[:2] == [100 + second // 2, 100 + second]
    for row in table.itertuples():
        if row.samples:
            assert between(profile, row.start_ns, row.end_ns).weight == row.weight


def test_parts_that_do_not_divide_a_second(profile_of):
    profile = profile_of(*(("a", 1, "w", 333_333_333 * place) for place in range(4)))
    table = heat_map(profile, parts=3)
    assert table["weight"].sum() == 4
    assert (table["end_ns"] > table["start_ns"]).all()


def test_heat_maps_are_bounded(profile_of):
    profile = profile_of(("a", 1, "w", 0), ("a", 1, "w", 2**62))
    with pytest.raises(UsageError, match="too many for 50 parts"):
        heat_map(profile)
    with pytest.raises(UsageError, match="a second has from 1"):
        heat_map(profile, parts=0)
    with pytest.raises(UnavailableError, match="has no times"):
        heat_map(profile_of(("a", 2)))


def test_a_stretch_of_time(profile_of):
    profile = profile_of(("a", 1, "w", 5), ("b", 2, "w", 6), ("b", 4, "w", 7), ("c", 8))
    part = between(profile, 6, 7)
    assert part.weight == 2
    assert part.header["selection"] == "time 6 to 7 ns"
    assert between(profile, -10, 100).weight == 7
    with pytest.raises(UsageError, match="the recording lasts from 5 to 7"):
        between(profile, 100, 200)
    with pytest.raises(UsageError, match="ends after it begins"):
        between(profile, 6, 6)
