"""Differences between profiles: what is normalised away, what is said, what is not."""

import dataclasses
import math

import pandas as pd
import pytest

from slonana_analysis.compare.profiles import as_verdicts, compare_profiles
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.profiles.functions import functions
from tests.compare.made_profiles import captures_of, profile_of


def _row(differences, function):
    table = differences.functions
    return table[table["function"] == function].iloc[0]


def test_a_slower_function_is_named_and_no_other():
    found = compare_profiles(captures_of(1, 10), captures_of(2, 10, c=1.15))
    table = found.functions
    assert list(table.columns) == schema.DIFFERENCES.names
    assert table.loc[table["verdict"] == "regressed", "function"].tolist() == ["c"]
    assert not (table["verdict"] == "improved").any()
    row = table.iloc[0]
    assert row["function"] == "c"
    assert row["low"] < 0.15 < row["high"]
    assert row["estimate"] == pytest.approx(0.15, abs=0.03)
    assert row["share_change"] == pytest.approx(0.15 * 1.15 / 1.0225 - 0.15, abs=0.004)
    assert row["replicates"] == 10
    assert math.isfinite(row["mde"])


def test_by_plain_shares_the_others_fall():
    found = compare_profiles(
        captures_of(1, 10), captures_of(2, 10, a=1.5), scale="share", floor=0.0
    )
    assert (found.functions["verdict"] == "improved").sum() >= 5
    assert any("all others take less" in note for note in found.notes)
    typical = compare_profiles(captures_of(1, 10), captures_of(2, 10, a=1.5))
    assert not (typical.functions["verdict"] == "improved").any()


def test_sampling_rate_and_length_do_not_matter():
    found = compare_profiles(
        captures_of(1, 5, 20_000, 1_000_000), captures_of(2, 5, 2_000, 10_101_010)
    )
    assert not found.functions["verdict"].isin(["improved", "regressed"]).any()
    assert found.functions["estimate"].abs().max() < 0.2
    longer = compare_profiles(captures_of(1, 5, 5_000), captures_of(1, 5, 50_000))
    assert not longer.functions["verdict"].isin(["improved", "regressed"]).any()


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_captures_cannot_tell(count):
    found = compare_profiles(captures_of(1, count), captures_of(2, count, a=2.0))
    assert set(found.functions["verdict"]) == {"inconclusive"}
    assert found.functions["p_value"].isna().all()
    assert "record 3 or more a side" in found.functions["reason"].iloc[0]
    row = _row(found, "a")
    assert row["low"] < row["estimate"] < row["high"]
    assert "the interval covers the sampling within them" in row["reason"]
    assert any("cannot tell" in note for note in found.notes)


def test_copies_of_a_capture_are_no_replicates():
    before, after = captures_of(1, 1) * 5, captures_of(2, 1, a=2.0) * 5
    found = compare_profiles(before, after)
    assert found.captures == (1, 1)
    assert set(found.functions["verdict"]) == {"inconclusive"}
    assert any("8 captures were left out" in note for note in found.notes)


def test_a_little_is_no_change():
    found = compare_profiles(captures_of(1, 10), captures_of(2, 10, a=1.3), floor=0.5)
    assert not found.functions["verdict"].isin(["improved", "regressed"]).any()


def test_recursion_counts_once():
    before = [profile_of({"f;g;f;g;f": 70, "h": 30}) for _ in range(3)]
    after = [profile_of({"f;g;f": 70, "h": 30}) for _ in range(3)]
    found = compare_profiles(before, after, judged="inclusive", scale="share")
    row = _row(found, "f")
    assert row["baseline_share"] == row["other_share"] == pytest.approx(0.7)
    assert row["estimate"] == 0


def test_names_of_one_build_are_matched_with_those_of_another():
    before = [profile_of({"m::run::h0123456789abcdef@/build/1/app;sort.part.0@libc": 90})]
    after = [profile_of({"m::run::hfedcba9876543210@/build/2/app;sort.constprop.1@libc": 90})]
    found = compare_profiles(before * 3, after * 3)
    table = found.functions
    assert set(zip(table["function"], table["module"], strict=True)) == {
        ("m::run", "app"),
        ("sort", "libc"),
    }
    assert _row(found, "sort")["originals"] == "sort.constprop.1, sort.part.0"
    assert len(found.nodes) == 2
    plain = compare_profiles(before * 3, after * 3, rules=())
    assert len(plain.functions) == 4


def test_new_and_vanished_functions():
    found = compare_profiles(captures_of(1, 5), captures_of(2, 5, j=0, a=1), scale="share")
    gone = _row(found, "j")
    assert gone["estimate"] == -1
    assert gone["verdict"] == "improved"
    new = _row(compare_profiles(captures_of(1, 5, j=0), captures_of(2, 5), scale="share"), "j")
    assert new["estimate"] == math.inf
    assert new["verdict"] == "regressed"
    assert new["low"] > 1


def test_light_functions_are_not_judged():
    before, after = captures_of(1, 5), captures_of(2, 5)
    light = [profile_of({"main;a": 20_000, "main;tiny": 3 + place}) for place in range(5)]
    found = compare_profiles(light, [*before, *after])
    row = _row(found, "tiny")
    assert row["verdict"] == "inconclusive"
    assert row["reason"] == "too little weight to tell a change from chance"
    assert math.isnan(row["low"])


def test_counts_that_repeat_have_no_noise():
    def counted(**counts):
        return profile_of(counts, period=1, unit="events", file_format="callgrind", event="Ir")

    before = [counted(a=1_000_000, b=500, c=40) for _ in range(2)]
    after = [counted(a=1_000_000, b=520, c=40, d=7) for _ in range(2)]
    found = compare_profiles(before, after)
    assert found.scale == "amount"
    words = dict(zip(found.functions["function"], found.functions["verdict"], strict=True))
    assert words == {"a": "same", "b": "regressed", "c": "same", "d": "regressed"}
    row = _row(found, "b")
    assert row["low"] == row["estimate"] == row["high"] == pytest.approx(0.04)
    assert "no noise" in row["reason"]
    once = compare_profiles(before[:1], after[:1])
    assert set(once.functions["verdict"]) == {"inconclusive"}
    assert "whether the counts repeat is not known" in once.functions["reason"].iloc[0]


def test_bytes_are_named_after_who_asked_for_them():
    def held(size):
        weights = {"main;load;malloc": size, "main;parse;operator new(unsigned long);malloc": 300}
        return profile_of(weights, period=1, unit="bytes", file_format="heaptrack", event="peak")

    before, after = [held(1000) for _ in range(3)], [held(1500) for _ in range(3)]
    found = compare_profiles(before, after)
    assert found.event == "peak"
    row = _row(found, "load")
    assert (row["baseline_self"], row["other_self"]) == (1000, 1500)
    assert row["verdict"] == "regressed"
    assert _row(found, "parse")["verdict"] == "same"


def test_nodes_feed_a_differential_flame_graph():
    found = compare_profiles(captures_of(1, 10), captures_of(2, 10, c=1.5))
    nodes = found.nodes
    assert list(nodes.columns) == schema.NODE_DIFFERENCES.names
    assert len(nodes) == len(found.profile.nodes)
    schema.NODES.conform(found.profile.nodes)
    # Both sides on one total, so that differences cancel out.
    assert nodes["baseline"].sum() == pytest.approx(nodes["other"].sum())
    assert nodes["difference"].sum() == pytest.approx(0, abs=1e-3)
    changed = nodes.loc[nodes["verdict"] == "regressed", "function"].astype(str).tolist()
    assert "c" in changed
    tree = flame_tree(found.profile, differences=nodes[["baseline", "difference", "verdict"]])
    assert tree.change is not None
    own = functions(found.profile).set_index("function")["self"]
    assert own["c"] == pytest.approx(10 * _row(found, "c")["other_self"])


def test_verdicts_for_gates_and_scripts():
    found = compare_profiles(captures_of(1, 10), captures_of(2, 10, c=1.3))
    verdicts = as_verdicts(found)
    assert list(verdicts.columns) == schema.VERDICTS.names
    assert verdicts["name"].iloc[0] == "c"
    assert verdicts["comparisons"].max() == verdicts["p_value"].notna().sum()


def test_damage_is_noted():
    before, after = captures_of(1, 3), captures_of(2, 3)
    damaged = dataclasses.replace(after[0], loss=LossLedger(9, 5, 1, 1, truncated=True))
    found = compare_profiles(before, [damaged, *after[1:]])
    assert any("1 of 6 captures are damaged" in note for note in found.notes)


def test_what_cannot_be_compared():
    clock = captures_of(1, 1)
    cycles = [profile_of({"a": 1}, event="cycles")]
    with pytest.raises(UsageError, match="different events"):
        compare_profiles(clock, cycles)
    other_unit = [profile_of({"a": 1}, unit="events")]
    with pytest.raises(UsageError, match="measure 'clock' in different ways"):
        compare_profiles(clock, other_unit)
    with pytest.raises(UsageError, match="at least one capture a side"):
        compare_profiles(clock, [])
    with pytest.raises(UsageError, match="not 'both'"):
        compare_profiles(clock, clock, judged="both")
    with pytest.raises(UsageError, match="floor is 0 or more"):
        compare_profiles(clock, clock, floor=-1)


def test_empty_captures_are_refused():
    with pytest.raises(UsageError, match="holds no samples"):
        compare_profiles(captures_of(1, 1), [profile_of({})])


def test_several_events():
    both = [pd.concat([captures_of(1, 1)[0].samples, profile_of({"a": 1}, event="x").samples])]
    samples = both[0].assign(event=both[0]["event"].astype("category"))
    profile = dataclasses.replace(
        captures_of(1, 1)[0], samples=schema.PROFILE_SAMPLES.conform(samples)
    )
    with pytest.raises(UsageError, match="name one of"):
        compare_profiles([profile], [profile])
    assert compare_profiles([profile], [profile], event="x").event == "x"
