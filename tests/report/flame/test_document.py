"""What the viewer is handed: every number arrives, and nothing that a page would obey."""

import base64
import json
import re
import zlib

import numpy as np
import pandas as pd

from slonana_analysis.profiles.flame_tree import FlameSeries, FlameTree, flame_tree
from slonana_analysis.report.flame.colours import SHADES
from slonana_analysis.report.flame.document import VERSION, flame_document, packed
from tests.report.flame.made_flames import profile_of, stacks


def _unpacked(text):
    return json.loads(zlib.decompress(base64.b64decode(text, validate=True)))


def test_packing_and_unpacking_gives_the_same_document(pipeline):
    document = flame_document(flame_tree(pipeline, most_nodes=50), title="t")
    assert _unpacked(packed(document)) == document


def test_columns_hold_the_whole_tree(pipeline):
    tree = flame_tree(pipeline, minimum_share=0.01)
    document = _unpacked(packed(flame_document(tree, title="t")))
    assert document["version"] == VERSION
    assert document["parent"] == tree.parents.tolist()
    assert document["name"] == tree.functions.tolist()
    assert [document["modules"][row] for row in document["module"]] == list(tree.modules)
    assert sum(frames for _, frames in document["folded"]) == tree.folded.sum() > 0
    assert sum(sum(series["weight"]) for series in document["series"]) == pipeline.weight
    assert "change" not in document


def test_colours_are_rows_of_the_palette():
    profile = profile_of((["main", "do_x@[kernel.kallsyms]", "read@libc.so.6"], 1, "t", "cycles"))
    document = flame_document(flame_tree(profile), title="t")
    kinds = {
        name: document["kinds"][row // 3]
        for name, row in zip(document["names"], document["colour"], strict=True)
    }
    assert kinds["main"] == "program"
    assert kinds["do_x"] == "kernel"
    assert kinds["read"] == "C library"
    assert document["palette"] == [colour for shades in SHADES.values() for colour in shades]


def test_a_change_goes_with_its_verdicts():
    profile = profile_of(*stacks(("a", 3), ("b", 1)))
    table = pd.DataFrame(
        {"baseline": [1.5, 2.5], "difference": [2.0, -2.0], "verdict": ["regressed", "same"]}
    )
    change = flame_document(flame_tree(profile, differences=table), title="t")["change"]
    assert change["baseline"] == [0.0, 1.5, 2.5]
    assert change["difference"] == [0.0, 2.0, -2.0]
    assert [change["verdicts"][row] for row in change["verdict"]] == ["", "regressed", "same"]
    assert change["verdicts"][: change["noise"]] == ["", "same"]


def test_the_text_holds_nothing_that_html_gives_a_meaning():
    hostile = """</script><img src=x onerror="alert('1')">&amp; \ud800 \u2028"""
    tree = FlameTree(
        np.array([-1, 0], np.int32),
        np.array([0, 2], np.int32),
        np.zeros(2, np.int64),
        ("all", "(smaller)", hostile),
        ("", "", hostile),
        (),
    )
    text = packed(flame_document(tree, title=hostile))
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", text)
    assert _unpacked(text)["names"][2] == hostile


def test_the_same_tree_gives_the_same_text(pipeline):
    texts = {packed(flame_document(flame_tree(pipeline), title="t")) for _ in range(2)}
    assert len(texts) == 1


def test_a_large_tree_takes_few_bytes_a_node():
    generator = np.random.default_rng(5)
    count, names = 50_000, 3_000
    parents = np.array([-1, *(generator.integers(max(0, n - 400), n) for n in range(1, count))])
    functions = generator.integers(2, names, count)
    functions[0] = 0
    weights = 1_000_000 * generator.integers(1, 200, count)
    nodes = np.arange(count, dtype=np.int32)
    tree = FlameTree(
        parents.astype(np.int32),
        functions.astype(np.int32),
        np.zeros(count, np.int64),
        ("all", "(smaller)", *(f"space::function_{row}(int)" for row in range(2, names))),
        ("",) * names,
        (FlameSeries("cycles", "ns", "t", nodes, weights),),
    )
    assert len(packed(flame_document(tree, title="t"))) < 12 * count
