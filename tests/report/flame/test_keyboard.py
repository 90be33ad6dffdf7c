"""The viewer without a mouse, and for eyes and devices of every kind."""

import os
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.report.flame.made_flames import profile_of, stacks

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

SMALL = (("main;parse;copy", 30), ("main;hash", 50), ("main;parse", 10), ("idle", 10))
# axe.min.js of npm's axe-core; it is not among the suite's own dependencies.
AXE = Path(os.environ.get("AXE_CORE", ""))


def test_arrows_walk_callers_callees_and_siblings(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.tree.focus()
    assert flame.status() == "all · 100 ns, 100.0 % of all · level 1"
    for key, says in (
        ("ArrowDown", "main · /usr/bin/program · 90 ns, 90.0 % of all · level 2, 2 of 2"),
        ("ArrowDown", "hash · /usr/bin/program · 50 ns, 50.0 % of all · itself 50.0 % · level 3"),
        ("ArrowRight", "parse · /usr/bin/program · 40 ns, 40.0 % of all · itself 10.0 % · level 3"),
        ("ArrowDown", "copy · "),
        ("ArrowDown", "copy · "),
        ("ArrowUp", "parse · "),
        ("ArrowLeft", "hash · "),
        ("ArrowLeft", "hash · "),
        ("Home", "all · "),
        ("End", "hash · "),
    ):
        flame.page.keyboard.press(key)
        assert flame.status().startswith(says), key


def test_what_is_announced_stands_in_a_live_region(show):
    flame = show(profile_of(*stacks(*SMALL)))
    status = flame.page.locator(".flame-status")
    assert status.get_attribute("aria-live") == "polite"
    assert status.get_attribute("aria-atomic") == "true"


def test_the_focused_frame_is_an_item_of_the_tree(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("ArrowDown", "ArrowDown")
    identifier = flame.tree.get_attribute("aria-activedescendant")
    item = flame.page.locator(f"#{identifier}")
    assert item.text_content() == "hash, 50.0 %"
    expected = {"level": "3", "setsize": "2", "posinset": "1", "selected": "true"}
    assert {name: item.get_attribute(f"aria-{name}") for name in expected} == expected
    items = flame.tree.get_by_role("treeitem").all_text_contents()
    assert items == ["all, 100.0 %", "main, 90.0 %", "hash, 50.0 %", "parse, 40.0 %"]


def test_of_a_wide_and_deep_tree_few_items_are_on_the_page(show):
    deep = (["deep"] * 500, 1, "t", "cycles")
    wide = ((["wide", f"callee_{number}"], 1, "t", "cycles") for number in range(500))
    flame = show(profile_of(deep, *wide))
    flame.press("ArrowDown")
    assert flame.status().startswith("wide")
    assert flame.tree.get_by_role("treeitem").count() < 60
    flame.press("ArrowLeft", "End")
    assert "level 501" in flame.status()
    assert flame.tree.get_by_role("treeitem").count() < 60


def test_enter_zooms_and_escape_goes_back(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("ArrowDown", "ArrowDown", "Enter")
    assert flame.ask("view.panes[0].span") == {"from": 10, "to": 60}
    flame.press("Escape")
    assert flame.ask("view.panes[0].span") == {"from": 0, "to": 100}


def test_a_frame_beyond_the_edge_is_brought_in_sight(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("End", "Enter", "ArrowRight")
    assert flame.status().startswith("parse · ")
    assert flame.ask("view.panes[0].zoomed") == flame.node("main")


def test_keys_with_a_modifier_are_the_browsers(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("ArrowDown", "Control+s", "Alt+Enter")
    assert flame.page.get_by_label("Show", exact=True).input_value() == "calls"
    assert flame.ask("view.panes[0].zoomed") == 0


def test_a_slash_leads_to_the_search(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.press("/")
    assert flame.ask("document.activeElement === view.search")


def test_in_a_sandwich_arrows_go_both_ways(show):
    flame = show(profile_of(*stacks(*SMALL)))
    flame.search("parse")
    flame.page.get_by_label("Search functions").press("Enter")
    flame.press("s", "Home", "ArrowUp")
    assert flame.status().startswith("main · ")
    flame.press("ArrowDown")
    assert flame.status().startswith("parse · ")
    flame.press("ArrowDown")
    assert flame.status().startswith("copy · ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_page(show, page, scheme):
    page.emulate_media(color_scheme=scheme)
    flame = show(profile_of(*stacks(*SMALL)))
    surface = flame.ask("getComputedStyle(view.root).backgroundColor")
    corner = "getImageData(view.canvas.width - 3, view.canvas.height - 9, 1, 1)"
    drawn = f"[...view.canvas.getContext('2d').{corner}.data].slice(0, 3).join(', ')"
    assert surface == f"rgb({flame.ask(drawn)})"
    page.get_by_role("button", name="Switch to").click()
    flame.wait(f"getComputedStyle(view.root).backgroundColor !== '{surface}'")
    flame.wait(f"`rgb(${{{drawn}}})` === getComputedStyle(view.root).backgroundColor")


def test_a_narrow_screen_needs_no_sideways_scrolling(show, page, pipeline):
    page.set_viewport_size({"width": 400, "height": 800})
    flame = show(pipeline)
    assert flame.ask("document.documentElement.scrollWidth") == 400
    assert flame.ask("view.scroller.clientHeight") <= 640
    page.set_viewport_size({"width": 1000, "height": 800})
    flame.wait("view.width > 800 && view.canvas.width >= view.width")


def test_on_paper_all_rows_are_drawn(show):
    flame = show(profile_of(([f"f{depth}" for depth in range(60)], 1, "t", "cycles")))
    assert flame.ask("view.scroller.clientHeight") == 640
    flame.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert flame.ask("view.scroller.clientHeight") == 61 * 18
    assert flame.ask("view.canvas.height") == 61 * 18
    flame.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert flame.ask("view.scroller.clientHeight") == 640


@pytest.mark.skipif(not AXE.is_file(), reason="AXE_CORE does not name an axe.min.js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("keys", [(), ("ArrowDown", "ArrowDown", "Enter"), ("ArrowDown", "s")])
def test_axe_finds_no_fault(show, page, pipeline, scheme, keys):
    page.emulate_media(color_scheme=scheme)
    flame = show(pipeline)
    flame.press(*keys) if keys else None
    flame.search("sha")
    page.evaluate(AXE.read_text("utf-8"))
    faults = page.evaluate("axe.run('.flame-view').then((found) => found.violations)")
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []
