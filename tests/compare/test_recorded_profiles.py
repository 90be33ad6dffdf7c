"""Verdicts on recorded captures of a known workload: same again, and one function 5 % slower.

``tests/data/profile-differences/record.py`` recorded them, on a virtual machine that others used at
the same time.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.compare.profiles import compare_profiles
from slonana_analysis.model.profile import LossLedger
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

CAPTURES = Path(__file__).parents[1] / "data" / "profile-differences" / "captures.npz"
PAIRS = range(10)


@pytest.fixture(scope="module")
def recorded():
    """Profiles by pair and side: A and B are the same command, in S ``score`` does 5 % more."""
    table = np.load(CAPTURES, allow_pickle=False)
    period = round(1e9 / int(table["frequency"]))
    stacks = [str(stack) for stack in table["stacks"]]
    found = {}
    for pair, side, counts in zip(table["pair"], table["side"], table["samples"], strict=True):
        found.setdefault((int(pair), str(side)), []).append(_profile(stacks, counts, period))
    return found


def _profile(stacks, counts, period):
    builder = ProfileBuilder()
    thread, event = builder.thread(1, 1, "workload"), builder.event("cpu-clock")
    for place in np.flatnonzero(counts).tolist():
        pairs = [part.rpartition("@") for part in reversed(stacks[place].split(";")) if part]
        frames = [builder.frame(function, module, "", 0) for function, _, module in pairs]
        builder.add(builder.node(frames), thread, -1, int(counts[place]) * period, event)
    ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
    return builder.build(Description("perf-script", "perf", "ns", ledger), "recorded")


def _changed(differences):
    table = differences.functions
    return table.loc[table["verdict"].isin(CHANGES), "function"].tolist()


def _pooled(recorded, side, pairs):
    return [profile for pair in pairs for profile in recorded[pair, side]]


@pytest.mark.parametrize("judged", ["self", "inclusive"])
def test_ten_pairs_of_the_same_workload_show_no_change(recorded, judged):
    # At a level of 1 % a single false call among ten comparisons has a chance of one in ten; none
    # was made.
    found = [
        compare_profiles(recorded[pair, "A"], recorded[pair, "B"], judged=judged) for pair in PAIRS
    ]
    assert [_changed(each) for each in found] == [[]] * 10
    assert not any(each.nodes["verdict"].isin(CHANGES).any() for each in found)
    judged_functions = [int(each.functions["p_value"].notna().sum()) for each in found]
    assert min(judged_functions) >= 12


@pytest.mark.parametrize("pairs", [range(5), range(5, 10)])
@pytest.mark.parametrize("baseline", ["A", "B"])
def test_a_slowdown_of_5_percent_is_found_and_named(recorded, baseline, pairs):
    before, after = _pooled(recorded, baseline, pairs), _pooled(recorded, "S", pairs)
    found = compare_profiles(before, after)
    assert _changed(found) == ["score"]
    row = found.functions.iloc[0]
    assert row["verdict"] == "regressed"
    assert row["low"] < 0.05 < row["high"]
    assert row["replicates"] == 25
    nodes = found.nodes[found.nodes["verdict"] == "regressed"]
    # The call paths that lead to it take longer, too, and nothing beside them.
    named = nodes["function"].astype(str).tolist()
    assert named[-1] == "score"
    assert set(named) <= {"__libc_start_call_main", "main", "run_round", "score"}


def test_fewer_captures_find_it_less_often_and_name_nothing_else(recorded):
    groups = [range(first, first + 2) for first in range(0, 10, 2)]
    ten = [
        _changed(compare_profiles(_pooled(recorded, side, pairs), _pooled(recorded, "S", pairs)))
        for side in "AB"
        for pairs in groups
    ]
    five = [
        _changed(compare_profiles(recorded[pair, side], recorded[pair, "S"]))
        for side in "AB"
        for pair in PAIRS
    ]
    assert ten.count(["score"]) >= 5
    assert 1 <= five.count(["score"]) <= ten.count(["score"])
    assert all(names in ([], ["score"]) for names in ten + five)


def test_plain_shares_would_blame_the_wrong_functions(recorded):
    # Why changes are relative to the typical function: of shares, only their sum is fixed.
    before, after = _pooled(recorded, "A", PAIRS), _pooled(recorded, "S", PAIRS)
    row = compare_profiles(before, after).functions.iloc[0]
    plain = compare_profiles(before, after, scale="share").functions
    share = plain[plain["function"] == "score"].iloc[0]
    assert abs(row["estimate"] - 0.05) < abs(share["estimate"] - 0.05)


def test_another_sampling_rate_is_no_change(recorded):
    rng = np.random.default_rng(1)
    for pair in PAIRS:
        sparse = [_thinned(profile, rng) for profile in recorded[pair, "B"]]
        assert _changed(compare_profiles(recorded[pair, "A"], sparse)) == []


def _thinned(profile, rng):
    """A quarter of the samples, each of four times the weight."""
    samples = profile.samples
    period = np.gcd.reduce(samples["weight"].to_numpy())
    kept = rng.binomial(samples["weight"].to_numpy() // period, 0.25)
    rarer = samples.assign(weight=kept * period * 4)[kept > 0].reset_index(drop=True)
    return dataclasses.replace(profile, samples=rarer)
