"""The tree that the viewer is handed: nothing of any event's or thread's weight gets lost."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.call_tree import subtree_sums
from slonana_analysis.profiles.flame_inputs import NOISE_VERDICTS, OTHER_THREADS
from slonana_analysis.profiles.flame_tree import ROOT, SMALLER, flame_tree


def _paths(tree, weights=None):
    """Weight by path of names; of all series together where none is given."""
    if weights is None:
        weights = np.zeros(tree.parents.size, np.int64)
        for series in tree.series:
            np.add.at(weights, series.nodes, series.weights)
    found = {}
    for node in np.flatnonzero(weights):
        path, at = [], node
        while at > 0:
            path.insert(0, tree.names[tree.functions[at]])
            at = tree.parents[at]
        found[";".join(path)] = weights[node].item()
    return found


def _totals(tree):
    return {(one.event, one.thread): int(one.weights.sum()) for one in tree.series}


def test_frames_that_differ_by_line_are_one_node(profile_of):
    tree = flame_tree(profile_of(("a;b@m:1", 2), ("a;b@m:7", 3), ("a", 1), ("c;b", 4)))
    assert _paths(tree) == {"a": 1, "a;b": 5, "c;b": 4}
    assert sorted(tree.names) == sorted([ROOT, SMALLER, "a", "b", "c"])
    assert tree.names[:2] == (ROOT, SMALLER)
    assert tree.parents.tolist() == [-1, 0, 1, 0, 3]


def test_functions_of_one_name_in_two_modules_are_two(profile_of):
    tree = flame_tree(profile_of(("a;b@x", 2), ("a;b@y", 3)))
    assert sorted(zip(tree.names, tree.modules, strict=True))[-2:] == [("b", "x"), ("b", "y")]
    assert tree.parents.size == 4


def test_samples_without_a_stack_belong_to_all(profile_of):
    tree = flame_tree(profile_of(("", 5), ("a", 2)))
    assert _paths(tree) == {"": 5, "a": 2}


def test_a_profile_without_samples_is_only_all(profile_of):
    tree = flame_tree(profile_of())
    assert tree.parents.tolist() == [-1]
    assert tree.names == (ROOT, SMALLER)
    assert tree.series == ()


def test_what_has_no_weight_is_left_out(profile_of):
    tree = flame_tree(profile_of(("a;b", 0), ("a", 3)))
    assert _paths(tree) == {"a": 3}
    assert "b" not in tree.names
    assert not tree.folded.any()


def test_small_callees_are_folded_with_all_below_them(profile_of):
    profile = profile_of(("a;b;c", 1), ("a;b;d", 2), ("a;e", 1), ("a;f", 60), ("g", 36))
    tree = flame_tree(profile, minimum_share=0.04)
    assert _paths(tree) == {f"a;{SMALLER}": 4, "a;f": 60, "g": 36}
    smaller = tree.functions.tolist().index(1)
    assert tree.folded[smaller] == 4
    assert tree.folded.sum() == 4


def test_a_frame_at_the_limit_is_kept(profile_of):
    tree = flame_tree(profile_of(("a", 25), ("b", 75)), minimum_share=0.25)
    assert _paths(tree) == {"a": 25, "b": 75}


def test_the_lightest_are_folded_until_few_enough_are_left(profile_of):
    profile = profile_of(("a;b", 50), ("a;c", 5), ("d", 30), ("e;f", 15))
    tree = flame_tree(profile, most_nodes=4)
    assert _paths(tree) == {"a;b": 50, f"a;{SMALLER}": 5, "d": 30, SMALLER: 15}
    assert np.count_nonzero(tree.functions != 1) == 4
    assert _paths(flame_tree(profile, most_nodes=1)) == {SMALLER: 100}


def test_a_frame_is_kept_for_any_event_in_which_it_is_large(profile_of):
    profile = profile_of(
        ("a", 1, "t", -1, "cycles"), ("b", 99, "t", -1, "cycles"), ("a", 5, "t", -1, "faults")
    )
    tree = flame_tree(profile, minimum_share=0.5)
    assert "a" in tree.names
    assert _totals(tree) == {("cycles", "t"): 100, ("faults", "t"): 5}
    alone = flame_tree(profile, minimum_share=0.5, events=["cycles"])
    assert _paths(alone) == {"b": 99, SMALLER: 1}
    assert _totals(alone) == {("cycles", "t"): 100}


def test_threads_are_split_by_name_the_heaviest_first(profile_of):
    tree = flame_tree(profile_of(("a", 2, "io"), ("a", 5, "bank"), ("b", 1, "io")))
    assert [(one.thread, one.weights.tolist()) for one in tree.series] == [
        ("bank", [5]),
        ("io", [2, 1]),
    ]


def test_of_very_many_threads_the_lightest_are_one_group(profile_of):
    profile = profile_of(*(("a", 100 - number, f"worker-{number}") for number in range(40)))
    tree = flame_tree(profile)
    assert len(tree.series) == 25
    assert tree.series[0].thread == "worker-0"
    assert tree.series[-1].thread == OTHER_THREADS
    assert tree.series[-1].weights.sum() == sum(100 - number for number in range(24, 40))


def test_invisible_characters_of_names_are_written_out(profile_of):
    tree = flame_tree(profile_of(("a\u202eb@\x1b[31m", 1, "t\0")))
    assert tree.names[2] == r"a\u202eb"
    assert tree.modules[2] == r"\x1b[31m"
    assert tree.series[0].thread == r"t\x00"


def test_markup_in_names_is_left_to_the_display(profile_of):
    assert "<img onerror=1>" in flame_tree(profile_of(("<img onerror=1>", 1))).names


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(profile_of, wrong):
    with pytest.raises(UsageError, match="a share is from 0 to 1"):
        flame_tree(profile_of(("a", 1)), minimum_share=wrong)


def test_a_node_is_needed(profile_of):
    with pytest.raises(UsageError, match="needs a node at least, not 0"):
        flame_tree(profile_of(("a", 1)), most_nodes=0)


def test_a_missing_event_is_named_with_those_that_exist(profile_of):
    with pytest.raises(UsageError, match=r"no event 'cy\\x1b'; it has cycles"):
        flame_tree(profile_of(("a", 1)), events=["cy\x1b"])


def _changes(profile, **columns):
    """Differences in the order of the profile's nodes, by function."""
    names = profile.frames["function"].astype(str).to_numpy()[profile.nodes["frame"].to_numpy()]
    return pd.DataFrame(
        {name: [values[function] for function in names] for name, values in columns.items()}
    )


def test_differences_are_moved_to_the_merged_nodes(profile_of):
    profile = profile_of(("a;b", 60), ("a;c", 1), ("a;d", 1), ("a", 38))
    baselines = {"a": 40.0, "b": 30.5, "c": 0.5, "d": 1.0}
    words = {"a": "same", "b": "regressed", "c": "improved", "d": "inconclusive"}
    table = _changes(profile, baseline=baselines, verdict=words)
    tree = flame_tree(profile, minimum_share=0.05, differences=table)
    change = tree.change
    assert _paths(tree, change.baseline) == {"a": 40.0, "a;b": 30.5, f"a;{SMALLER}": 1.5}
    said = {
        tree.names[tree.functions[node]]: change.verdicts[change.verdict[node]] for node in range(4)
    }
    assert said == {"all": "", "a": "same", "b": "regressed", SMALLER: "improved"}
    assert set(change.verdicts[: change.noise]) == {"", "same", "inconclusive"}
    assert change.difference is None
    assert [one.thread for one in tree.series] == [""]


def test_the_root_claims_nothing_where_every_node_changed(profile_of):
    profile = profile_of(("a", 1))
    table = _changes(profile, baseline={"a": 2.0}, verdict={"a": "regressed"})
    change = flame_tree(profile, differences=table).change
    assert change.verdicts == ("", "regressed")
    assert change.noise == 1
    assert change.verdict.tolist() == [0, 1]


def test_what_is_only_in_the_baseline_is_kept(profile_of):
    profile = profile_of(("a;gone", 0), ("a", 10))
    table = _changes(profile, baseline={"a": 4.0, "gone": 6.0}, difference={"a": 6.0, "gone": -6.0})
    tree = flame_tree(profile, minimum_share=0.5, differences=table)
    assert _paths(tree, tree.change.baseline) == {"a": 4.0, "a;gone": 6.0}
    assert _paths(tree, tree.change.difference) == {"a": 6.0, "a;gone": -6.0}
    assert tree.change.verdict is None


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"before": {"a": 1.0, "b": 1.0}}, "need a column 'baseline'"),
        ({"baseline": {"a": 1.0, "b": float("nan")}}, "must be finite"),
        ({"baseline": {"a": 1.0, "b": -1.0}}, "no baseline negative"),
        ({"baseline": {"a": 1.0, "b": 1.0}, "difference": {"a": 1.0, "b": float("inf")}}, "finite"),
    ],
)
def test_differences_that_are_no_weights_are_refused(profile_of, columns, says):
    profile = profile_of(("a;b", 1))
    with pytest.raises(UsageError, match=says):
        flame_tree(profile, differences=_changes(profile, **columns))


def test_differences_of_another_profile_are_refused(profile_of):
    profile, other = profile_of(("a;b", 1)), profile_of(("a", 1))
    with pytest.raises(UsageError, match="a row for each of the profile's 2 nodes, not 1"):
        flame_tree(profile, differences=_changes(other, baseline={"a": 1.0}))


def test_differences_are_of_one_event(profile_of):
    profile = profile_of(("a", 1, "t", -1, "cycles"), ("a", 1, "t", -1, "faults"))
    table = _changes(profile, baseline={"a": 1.0})
    with pytest.raises(UsageError, match="name one of cycles, faults"):
        flame_tree(profile, differences=table)
    assert _totals(flame_tree(profile, differences=table, events=["faults"])) == {("faults", ""): 1}


def test_the_verdicts_of_a_comparison_that_claim_nothing_are_noise():
    assert {"same", "inconclusive", "not measured"} <= NOISE_VERDICTS
    assert not {"improved", "regressed"} & NOISE_VERDICTS


_SAMPLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), max_size=5).map(";".join),
        st.integers(0, 1000),
        st.sampled_from(["t", "u"]),
        st.just(-1),
        st.sampled_from(["cycles", "faults"]),
    ),
    max_size=25,
)


# The fixture is a function that makes a new profile each time.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_SAMPLES, st.floats(0, 1), st.none() | st.integers(1, 12))
def test_folding_keeps_totals_and_the_weight_below_every_kept_frame(
    profile_of, samples, share, most
):
    whole = flame_tree(profile_of(*samples))
    folded = flame_tree(profile_of(*samples), minimum_share=share, most_nodes=most)
    expected = Counter()
    for _, weight, thread, _, event in samples:
        expected[event, thread] += weight
    assert _totals(whole) == _totals(folded) == expected
    assert (folded.parents[1:] < np.arange(1, folded.parents.size)).all()
    for series, same in zip(whole.series, folded.series, strict=True):
        before, after = _inclusive(whole, series), _inclusive(folded, same)
        kept = {path: weight for path, weight in after.items() if SMALLER not in path}
        assert kept.items() <= before.items()
    weighted = sum(1 for weight in _inclusive_of_any(whole) if weight)
    kept_nodes = np.count_nonzero(folded.functions[1:] != 1)
    assert kept_nodes + folded.folded.sum() == max(weighted - 1, 0)


def _inclusive(tree, series):
    own = np.zeros(tree.parents.size, np.int64)
    np.add.at(own, series.nodes, series.weights)
    return _paths_of_all(tree, subtree_sums(tree.parents, own))


def _paths_of_all(tree, weights):
    paths = {0: ()}
    for node in range(1, tree.parents.size):
        paths[node] = (*paths[int(tree.parents[node])], tree.names[tree.functions[node]])
    return {paths[node]: int(weights[node]) for node in paths}


def _inclusive_of_any(tree):
    own = np.zeros(tree.parents.size, np.int64)
    for series in tree.series:
        np.add.at(own, series.nodes, series.weights)
    return subtree_sums(tree.parents, own)
