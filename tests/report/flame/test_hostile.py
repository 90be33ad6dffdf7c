"""Whoever wrote the profiled program chose its names, and a document may be damaged."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.report.flame.document import flame_document, packed
from slonana_analysis.report.flame_graph import flame_graph_page
from tests.report.flame.conftest import Flame
from tests.report.flame.made_flames import profile_of, stacks

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

NAMES = {
    "<img src=x onerror=document.title='ran'>": "<img src=x onerror=document.title='ran'>",
    "</script><script>document.title=1</script>": "</script><script>document.title=1</script>",
    '"><svg onload=1>': '"><svg onload=1>',
    "{{ 7 * 7 }}": "{{ 7 * 7 }}",
    "__proto__": "__proto__",
    "admin\u202etxt.exe": r"admin\u202etxt.exe",
    "a\0b": r"a\x00b",
    "\x1b[31mred": r"\x1b[31mred",
    "\u05d0\u05d1\u05d2": "\u05d0\u05d1\u05d2",
    "x" * 100_000: "x" * 100_000,
    " ": " ",
}


@pytest.mark.parametrize(
    ("name", "shown"), NAMES.items(), ids=[f"name {number}" for number in range(len(NAMES))]
)
def test_names_are_text_wherever_they_stand(show, name, shown):
    flame = show(profile_of(([f"{name}", "inner"], 3, name, "cycles"), (["o"], 1, "t", "cycles")))
    flame.press("ArrowDown")
    assert flame.page.locator(".flame-status").text_content().startswith(f"{shown} · ")
    flame.press("Enter")
    crumb = flame.page.locator(".flame-path button").last
    assert crumb.text_content() == shown
    flame.page.locator(".flame-stage canvas").hover(position={"x": 600, "y": 27})
    assert flame.page.locator(".flame-tip div").first.text_content() == shown
    threads = flame.page.get_by_label("Threads", exact=True).locator("option")
    assert shown in threads.evaluate_all("(all) => all.map((one) => one.value)")
    assert flame.search(name[:50] if "\\" not in shown else "inner").startswith(
        "1 function, 75.0 %"
    )
    assert flame.page.title() == "test"
    assert flame.page.locator(".flame-view :is(img, script, svg)").count() == 0


def _page(tmp_path: Path, change) -> Path:
    """A page whose document was tampered with."""
    profile = profile_of(*stacks(("a;b", 1), ("a", 2)))
    tree = flame_tree(profile)
    document = flame_document(tree, title="t")
    html = flame_graph_page(flame_graph(profile), tree, title="test")
    assert packed(document) != change(document)
    broken = re.sub(r'data-flame="[^"]*"', f'data-flame="{change(document)}"', html)
    (tmp_path / "broken.html").write_text(broken)
    return tmp_path / "broken.html"


@pytest.mark.parametrize(
    "change",
    [
        lambda document: "AAAA",
        lambda document: "not base64!",
        lambda document: packed(document)[:-40],
        lambda document: packed({**document, "version": 2}),
        lambda document: packed({**document, "parent": [-1, 1, 1]}),
        lambda document: packed({**document, "parent": [0, 0, 1]}),
        lambda document: packed({**document, "parent": []}),
        lambda document: packed({**document, "name": [0, 2, 99]}),
        lambda document: packed({**document, "name": [0, 2]}),
        lambda document: packed({**document, "module": [0]}),
        lambda document: packed({**document, "colour": [0, 0, 0, -1]}),
        lambda document: packed({**document, "names": ["all"]}),
        lambda document: packed({**document, "series": [{"node": [1], "weight": []}]}),
        lambda document: packed({**document, "series": [{"node": [7], "weight": [1]}]}),
        lambda document: packed({**document, "series": [{"node": [1], "weight": ["1e9"]}]}),
        lambda document: packed({**document, "change": {"baseline": [0.5]}}),
        lambda document: packed(
            {**document, "change": {"baseline": [0, 0, 0], "verdict": [0, 0, 0]}}
        ),
        lambda document: packed({"version": 1}),
    ],
)
def test_a_document_that_cannot_be_right_leaves_the_picture(page, tmp_path, change):
    warnings = []
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(_page(tmp_path, change).as_uri())
    for _ in range(400):
        if warnings:
            break
        page.wait_for_timeout(20)
    assert [text[:31] for text in warnings] == ["A flame graph stays a picture: "]
    assert page.locator("svg.flame .frame").count() == 3
    assert page.locator(".flame-view").count() == 0


def test_several_graphs_of_a_page_do_not_disturb_each_other(page, tmp_path):
    profile = profile_of(*stacks(("a;b", 1), ("a", 2)))
    html = flame_graph_page(flame_graph(profile), flame_tree(profile), title="test")
    frame = re.search(r'<div class="flame-frame".*?</svg></div>', html, re.DOTALL)
    assert frame is not None
    path = tmp_path / "two.html"
    path.write_text(html.replace(frame[0], f"{frame[0]}<div id='second'>{frame[0]}</div>"))
    page.goto(path.as_uri())
    page.wait_for_selector("#second .flame-view")
    flame = Flame(page)
    flame.tree = page.get_by_role("tree").first
    flame.press("ArrowDown", "Enter")
    spans = page.evaluate(
        "[...document.querySelectorAll('[data-flame]')].map((one) => one.flameView.panes[0].zoomed)"
    )
    assert spans == [1, 0]
    page.get_by_role("tree").last.focus()
    identifiers = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(identifiers) == len(set(identifiers))
