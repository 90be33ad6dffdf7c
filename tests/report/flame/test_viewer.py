"""The viewer under a mouse, and what it says, held against Python's figures."""

import re

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from slonana_analysis.profiles.callers import callees, callers
from slonana_analysis.profiles.functions import functions
from tests.report.flame.made_flames import profile_of, stacks

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

SMALL = (("main;parse;copy", 30), ("main;hash", 50), ("main;parse", 10), ("idle", 10))


def test_the_picture_is_replaced_by_a_drawing(show, pipeline):
    flame = show(pipeline)
    assert flame.page.locator("svg.flame").count() == 0
    colours = flame.ask(
        "new Set(new Uint32Array(view.canvas.getContext('2d')"
        ".getImageData(0, 0, view.canvas.width, view.canvas.height).data.buffer)).size"
    )
    assert colours > 10
    assert flame.status().startswith("4.28 s, 100.0 % of all, in ")


def test_every_frame_stands_in_its_caller(show, pipeline):
    flame = show(pipeline)
    columns = flame.ask(
        "['parent', 'left', 'width', 'end', 'weight', 'own']"
        ".map((name) => [...view.panes[0].view[name]])"
    )
    parent, left, width, end, weight, own = map(np.array, columns)
    assert weight[0] == pipeline.weight
    inner = slice(1, None)
    above = parent[inner].astype(int)
    assert (left[inner] >= left[above]).all()
    assert (left[inner] + width[inner] <= left[above] + width[above]).all()
    below = np.bincount(above, weight[inner], minlength=weight.size)
    assert (below + own == weight).all()
    assert (np.arange(weight.size) < end).all()


def test_a_click_zooms_and_escape_goes_back(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.click("parse")
    assert flame.ask("view.panes[0].span") == flame.ask(
        f"((v, node) => ({{from: v.left[node], to: v.left[node] + v.width[node]}}))"
        f"(view.panes[0].view, {flame.node('parse')})"
    )
    assert flame.page.locator(".flame-path li").all_inner_texts() == ["all", "main", "parse"]
    flame.click("copy")
    assert flame.page.locator(".flame-path li").count() == 4
    flame.press("Escape")
    assert flame.page.locator(".flame-path li").count() == 3
    flame.press("Escape")
    assert flame.ask("view.panes[0].span") == {"from": 0, "to": 100}
    assert flame.page.get_by_role("button", name="Reset zoom").is_disabled()


def test_a_zoom_glides_to_where_it_should_end(show, page):
    page.emulate_media(reduced_motion="no-preference")
    flame = show(profile_of(*stacks(*SMALL)))
    flame.click("hash")
    flame.wait("view.panes[0].span.to === 60")
    assert flame.ask("view.panes[0].span") == {"from": 10, "to": 60}


def test_a_caller_in_the_path_is_zoomed_to(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.click("copy")
    flame.page.locator(".flame-path").get_by_role("button", name="main").click()
    assert flame.ask("view.panes[0].zoomed") == flame.node("main")
    assert flame.ask("document.activeElement === view.scroller")


def test_a_deep_path_is_shortened(show):
    names = [f"level_{depth}" for depth in range(30)]
    flame = show(profile_of((names, 5, "t", "cycles")))
    flame.press("End", "Enter")
    crumbs = flame.page.locator(".flame-path li").all_inner_texts()
    assert crumbs[:2] == ["all", "… 24 more"]
    assert crumbs[-1] == "level_29"


def test_another_shape_leaves_no_path_behind(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.click("copy")
    flame.choose("Show", "reversed")
    assert flame.page.locator(".flame-path li").count() == 0
    assert flame.page.get_by_role("button", name="Reset zoom").is_disabled()


def test_the_wheel_zooms_and_escape_undoes_it(show):
    flame = show(profile_of(*stacks(*SMALL)))
    x, y = flame.place("hash")
    box = flame.page.locator(".flame-stage canvas").bounding_box()
    flame.page.mouse.move(box["x"] + x, box["y"] + y)
    flame.page.keyboard.down("Control")
    flame.page.mouse.wheel(0, -200)
    flame.page.keyboard.up("Control")
    flame.wait("!view.back.disabled")
    span = flame.ask("view.panes[0].span")
    assert 0 < span["from"] < span["to"] < 100
    flame.press("Escape")
    assert flame.ask("view.panes[0].span") == {"from": 0, "to": 100}


def test_a_frame_is_dragged_aside(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.click("hash")
    box = flame.page.locator(".flame-stage canvas").bounding_box()
    flame.page.mouse.move(box["x"] + 200, box["y"] + 5)
    flame.page.mouse.down()
    flame.page.mouse.move(box["x"] + 400, box["y"] + 5, steps=4)
    flame.page.mouse.up()
    span = flame.ask("view.panes[0].span")
    assert span["from"] < 10
    assert span["to"] - span["from"] == pytest.approx(50)


def test_the_tip_names_what_lies_under_the_pointer(show):
    flame = show(profile_of(*stacks(*SMALL)))
    x, y = flame.place("parse")
    flame.page.locator(".flame-stage canvas").hover(position={"x": x, "y": y})
    assert flame.page.locator(".flame-tip div").all_inner_texts() == [
        "parse",
        "/usr/bin/program",
        "40 ns, 40.0 % of all",
        "itself 10.0 %",
    ]
    flame.page.mouse.move(2, 2)
    assert flame.page.locator(".flame-tip").is_hidden()


@pytest.mark.parametrize("pattern", ["sha256", "^_", "(mem|str)cpy|memmove", "kernel", "nothing!"])
def test_the_matched_share_counts_every_stack_once(show, pipeline, pattern):
    share, count = _matched(pipeline, pattern)
    said = show(pipeline).search(pattern)
    assert said.startswith(f"{count} function{'s' * (count != 1)}, {100 * share:.1f} % of all (")


def _matched(profile, pattern):
    frames = profile.frames
    names, modules = (frames[name].astype(str) for name in ("function", "module"))
    wanted = re.compile(pattern, re.IGNORECASE)
    hit = np.array(
        [bool(wanted.search(f) or wanted.search(m)) for f, m in zip(names, modules, strict=True)]
    )
    parents = profile.nodes["parent"].to_numpy()
    covered = hit[profile.nodes["frame"].to_numpy()]
    for node, parent in enumerate(parents):
        covered[node] |= parent >= 0 and covered[parent]
    nodes = profile.samples["node"].to_numpy()
    weight = profile.samples["weight"].to_numpy()
    matched = weight[(nodes >= 0) & covered[nodes]].sum()
    pairs = pd.DataFrame({"function": names[hit], "module": modules[hit]}).drop_duplicates()
    return matched / weight.sum(), len(pairs)


def test_a_copied_signature_is_found_as_it_stands(show):
    name = "run(std::vector<int>, char*) [clone .cold]"
    flame = show(profile_of(([name], 3, "t", "cycles"), (["other"], 1, "t", "cycles")))
    assert flame.search(name) == "1 function, 75.0 % of all (3 ns)"
    assert flame.search("run(std") == "1 function, 75.0 % of all (3 ns)"
    assert flame.search("") == ""


def test_what_does_not_match_fades(show):
    flame = show(profile_of(*stacks(*SMALL)))
    plain = flame.colour("hash")
    flame.search("parse")
    assert flame.colour("hash") != plain
    flame.search("hash")
    assert flame.colour("hash") == plain


def test_enter_in_the_search_goes_from_match_to_match(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.search("parse|hash")
    flame.page.get_by_label("Search functions").press("Enter")
    assert flame.status().startswith("hash · ")
    flame.press("n")
    assert flame.status().startswith("parse · ")
    flame.press("n")
    assert flame.status().startswith("hash · ")


def test_turned_round_every_function_has_its_self_weight(show, pipeline):
    flame = show(pipeline)
    flame.choose("Show", "reversed")
    rows = flame.ask(
        "((v) => [...v.name.keys()].filter((node) => v.depth[node] === 1)"
        ".map((node) => [view.tree.names[v.name[node]],"
        "view.tree.modules[view.tree.module[v.name[node]]], v.weight[node]]))"
        "(view.panes[0].view)"
    )
    table = functions(pipeline)
    own = table[table["self"] > 0]
    expected = set(zip(own["function"], own["module"], own["self"].tolist(), strict=True))
    assert {(name, module, weight) for name, module, weight in rows} == expected
    weights = [weight for _, _, weight in rows]
    assert weights == sorted(weights, reverse=True)


def test_turned_round_nothing_is_said_of_own_weight(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.choose("Show", "reversed")
    x, y = flame.place("main")
    flame.page.locator(".flame-stage canvas").hover(position={"x": x, "y": y})
    tip = flame.page.locator(".flame-tip div").all_inner_texts()
    assert tip == ["main", "/usr/bin/program", "50 ns, 50.0 % of all"]


@pytest.mark.parametrize("function", ["sha256_compress", "malloc", "sha256_end", "do_syscall_64"])
def test_callers_and_callees_weigh_what_python_says(show, pipeline, function):
    flame = show(pipeline)
    flame.search(f"^{function}$")
    flame.page.get_by_label("Search functions").press("Enter")
    flame.press("s")
    inclusive = functions(pipeline).set_index("function").loc[function, "inclusive"]
    assert flame.ask("view.panes.map((pane) => pane.view.weight[0])") == [inclusive, inclusive]
    above, below = (_around(flame, pane) for pane in (1, 0))
    expected = callers(pipeline, function).set_index("function")["weight"]
    assert above == {name: weight for name, weight in expected.items() if name != "[root]"}
    called = callees(pipeline, function).set_index("function")["weight"]
    assert below == {name: weight for name, weight in called.items() if name != "[self]"}


def _around(flame, pane):
    rows = flame.ask(
        "((v) => [...v.name.keys()].filter((node) => v.depth[node] === 1)"
        f".map((node) => [view.tree.names[v.name[node]], v.weight[node]]))(view.panes[{pane}].view)"
    )
    return dict(rows)


def test_a_recursion_counts_once_in_a_sandwich(show):
    flame = show(profile_of(*stacks(("a;f;b;f", 5), ("f", 2), ("a", 3))))
    flame.click("f")
    flame.page.get_by_role("button", name="Callers and callees").click()
    assert flame.ask("view.panes.map((pane) => pane.view.weight[0])") == [7, 7]
    assert _around(flame, 1) == {"a": 5}
    assert _around(flame, 0) == {"b": 5}
    assert flame.status() == "f: 7 ns, 70.0 % of all, in 4 frames."


def test_both_halves_of_a_sandwich_are_reset(show, page):
    page.emulate_media(reduced_motion="no-preference")
    flame = show(profile_of(*stacks(*SMALL, ("other;parse;copy", 5))))
    flame.click("parse")
    flame.press("s")
    flame.click("copy")
    page.wait_for_timeout(300)
    flame.click("main", pane=1)
    page.wait_for_timeout(300)
    assert flame.ask("view.panes.map((pane) => pane.zoomed > 0)") == [True, True]
    page.get_by_role("button", name="Reset zoom").click()
    flame.wait(
        "view.panes.every((pane) => pane.span.from === 0 && pane.span.to === pane.view.width[0])"
    )


def test_escape_leaves_the_sandwich(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("s")
    assert flame.page.get_by_label("Show", exact=True).input_value() == "sandwich"
    assert flame.status().startswith("hash: 50 ns, 50.0 % of all")
    flame.press("Escape")
    assert flame.page.get_by_label("Show", exact=True).input_value() == "calls"


def test_threads_and_events_are_chosen(show):
    flame = show(
        profile_of(
            (["main", "a"], 30, "bank", "cycles"),
            (["main", "b"], 10, "io", "cycles"),
            (["main", "b"], 7, "io", "faults"),
        )
    )
    assert flame.status() == "40 ns, 100.0 % of all, in 3 frames."
    flame.choose("Threads", "io")
    assert flame.status() == "10 ns, 100.0 % of all, in 2 frames."
    assert flame.search("main") == "1 function, 100.0 % of all (10 ns)"
    flame.choose("Event", "faults")
    assert flame.status() == "7 ns, 100.0 % of all, in 2 frames."
    flame.choose("Threads", "bank")
    assert flame.status() == "0 ns, 0.0 % of all, in 0 frames."
    flame.press("ArrowDown", "Enter", "s", "Escape")


def test_flames_grow_upwards_on_demand(show):
    flame = show(profile_of(*stacks(*SMALL)))
    rows = [flame.place(name)[1] for name in ("all", "main", "parse")]
    assert rows == sorted(rows)
    flame.choose("Direction", "up")
    rows = [flame.place(name)[1] for name in ("all", "main", "parse")]
    assert rows == sorted(rows, reverse=True)
    flame.click("parse")
    assert flame.ask("view.panes[0].zoomed") == flame.node("parse")


def _compared(verdicts=None):
    profile = profile_of(*stacks(("main;grew", 40), ("main;shrank", 20), ("main;strayed", 40)))
    names = profile.frames["function"].astype(str).to_numpy()[profile.nodes["frame"].to_numpy()]
    before = {"main": 0.0, "grew": 20.0, "shrank": 40.0, "strayed": 39.0}
    table = pd.DataFrame({"baseline": [before[name] for name in names]})
    if verdicts:
        table["verdict"] = [verdicts[name] for name in names]
    return profile, table


VERDICTS = {"main": "same", "grew": "regressed", "shrank": "improved", "strayed": "inconclusive"}


def test_a_change_has_a_colour_and_noise_is_grey(show):
    flame = show(*_compared(VERDICTS))
    red, _, blue = flame.colour("grew")
    assert red > blue + 50
    red, _, blue = flame.colour("shrank")
    assert blue > red + 50
    grey = flame.colour("strayed")
    assert max(grey) - min(grey) < 20
    assert flame.colour("main") == grey
    assert "no more than noise" in flame.page.locator(".flame-legend").inner_text()
    labels = flame.ask(
        f"[{flame.node('grew')}, {flame.node('shrank')}, {flame.node('strayed')}]"
        ".map((node) => view.tones.label(view.panes[0], node))"
    )
    assert labels == ["▲ grew +20.0 %", "▼ shrank \N{MINUS SIGN}20.0 %", "strayed"]
    flame.click("grew")
    assert "+20.0 % of all against 20 ns in the baseline, regressed" in flame.status()


def test_without_verdicts_the_legend_says_what_it_cannot_know(show):
    flame = show(*_compared())
    legend = flame.page.locator(".flame-legend").inner_text()
    assert "No replicates: what is noise and what is not cannot be told." in legend
    red, _, blue = flame.colour("grew")
    assert red > blue + 50
    flame.choose("Colour", "module")
    assert "program" in flame.page.locator(".flame-legend").inner_text()
    assert flame.colour("grew") != (red, _, blue)


def test_widths_are_the_baselines_on_demand(show):
    flame = show(*_compared(VERDICTS))
    flame.choose("Width", "before")
    widths = flame.ask(
        f"[{flame.node('grew')}, {flame.node('shrank')}]"
        ".map((node) => view.panes[0].view.width[node])"
    )
    assert widths == [20, 40]


def test_a_merged_verdict_says_that_it_is_of_a_part(show):
    flame = show(*_compared(VERDICTS))
    flame.choose("Show", "reversed")
    flame.click("grew")
    assert "regressed on one of the paths at least" in flame.status()


def test_a_profile_without_weight_is_shown(show):
    flame = show(profile_of())
    assert flame.status() == "0, 0.0 % of all, in 0 frames."
    flame.press("ArrowDown", "Enter", "s", "End", "Escape")
    assert flame.search("main") == "0 functions, 0.0 % of all (0)"
