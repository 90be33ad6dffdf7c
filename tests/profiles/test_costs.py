"""Call trees estimated from calls: exact in sum, and in all where the calls leave no choice."""

import io
import random

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.profiles import costs
from slonana_analysis.profiles.costs import ESTIMATE, estimated_call_tree
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.callgrind import READER
from slonana_analysis.readers.registry import read_profile
from tests.profiles.test_call_graph import CYCLE, EXAMPLE

DATA = data_directory() / "callgrind-pipeline"


def _read(text):
    return READER.read(io.BytesIO(text.encode()), "test")


def _stacks(profile):
    parents, frames = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    names = profile.frames["function"].tolist()
    found = {}
    for node, weight in zip(
        profile.samples["node"].tolist(), profile.samples["weight"].tolist(), strict=True
    ):
        path, at = [], node
        while at >= 0:
            path.append(names[frames[at]])
            at = parents[at]
        found[";".join(reversed(path))] = weight
    return found


def test_the_example():
    tree = estimated_call_tree(_read(EXAMPLE))
    assert _stacks(tree) == {
        "main": 20,
        "main;func1": 100,
        "main;func1;func2": 300,
        "main;func2": 400,
    }
    assert tree.header["call tree"] == ESTIMATE
    assert "cut short" not in tree.header
    assert (tree.event, tree.weight, len(tree.edges)) == ("Instructions", 820, 0)
    assert flame_graph(tree).depth == 4


def test_what_two_callers_share_goes_to_each_by_what_its_calls_cost():
    text = (
        "events: Ir\nfn=main\n1 0\ncfn=a\ncalls=1 0\n1 30\ncfn=b\ncalls=1 0\n1 70\nfn=a\n1 0\n"
        "cfn=c\ncalls=9 0\n1 30\nfn=b\n1 0\ncfn=c\ncalls=1 0\n1 70\nfn=c\n1 10\ncfn=d\ncalls=1 0\n"
        "1 90\nfn=d\n1 90\n"
    )
    assert _stacks(estimated_call_tree(_read(text))) == {
        "main;a;c": 3,
        "main;a;c;d": 27,
        "main;b;c": 7,
        "main;b;c;d": 63,
    }


def test_cycles_are_cut():
    tree = estimated_call_tree(_read(CYCLE))
    assert _stacks(tree) == {"main": 10, "main;a": 20, "main;a;b": 30, "main;a;b;c": 40}


def test_a_thread_is_a_root_of_its_own():
    text = (
        "events: Ir\nfn=main\n1 10\ncfn=clone\ncalls=1 0\n1 5\nfn=clone\n1 5\ncfn=start\n"
        "calls=1 0\n1 500\nfn=start\n1 500\n"
    )
    # main bears only the 5 that its call cost, of clone and of what that starts alike.
    assert _stacks(estimated_call_tree(_read(text))) == {
        "main": 10,
        "main;clone;start": 5,
        "clone": 5,
        "clone;start": 495,
    }


def test_small_calls_stay_at_their_caller():
    tree = estimated_call_tree(_read(EXAMPLE), minimum_share=0.6)
    assert _stacks(tree) == {"main": 20, "main;func1": 400, "main;func2": 400}
    assert tree.header["cut short"] == "49 %"


def test_the_number_of_nodes_is_bounded(monkeypatch):
    monkeypatch.setattr(costs, "_MOST_NODES", 2)
    tree = estimated_call_tree(_read(EXAMPLE))
    assert len(tree.nodes) <= 2
    assert tree.weight == 820


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01])
def test_recorded_pipeline_keeps_its_weight(share):
    profile = read_profile(DATA)
    whole = functions(profile, "Ir").set_index(["function", "module"])
    tree = estimated_call_tree(profile, "Ir", share)
    assert tree.weight == whole["self"].sum()
    assert (tree.unit, tree.event) == ("instructions", "Ir")
    assert (tree.nodes["parent"].to_numpy() < range(len(tree.nodes))).all()
    if share == 0.0:
        found = functions(tree).set_index(["function", "module"])
        # Whole numbers are dealt out at every node, so a function may be a few off.
        both = whole.join(found.add_suffix("_tree"), how="inner")
        off = (both["self"] - both["self_tree"]).abs()
        assert off.max() <= 64
        assert both.loc[("main", "/opt/slonana-analysis/pipeline"), "inclusive"] == pytest.approx(
            both.loc[("main", "/opt/slonana-analysis/pipeline"), "inclusive_tree"], abs=64
        )


def test_random_call_graphs_keep_their_weight():
    random_ = random.Random(5)
    for _ in range(20):
        lines = ["events: Ir"]
        for function in range(30):
            lines += [f"fn=f{function}", f"1 {random_.randint(0, 1000)}"]
            for _ in range(random_.randint(0, 4)):
                lines += [f"cfn=f{random_.randrange(30)}", "calls=1 0"]
                lines.append(f"1 {random_.randint(0, 5000)}")
        profile = _read("\n".join(lines) + "\n")
        tree = estimated_call_tree(profile)
        assert tree.weight == profile.weight
        assert (tree.samples["weight"] > 0).all()


def test_profiles_without_calls():
    with pytest.raises(UsageError, match="no calls"):
        estimated_call_tree(_read("events: Ir\nfn=f\n1 2\n"))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_that_are_none(share):
    with pytest.raises(UsageError, match="from 0 to 1"):
        estimated_call_tree(_read(EXAMPLE), minimum_share=share)
