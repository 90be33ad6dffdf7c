"""The widget's half in the browser, without Jupyter: anywidget's protocol, played by hand."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.report.flame.document import flame_document, packed
from slonana_analysis.report.flame.script import script_text, style_text
from tests.report.flame.made_flames import profile_of, stacks

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

MODEL = """(document) => ({
  document, listeners: [],
  get(name) { return this[name]; },
  on(name, act) { this.listeners.push(act); },
  off(name, act) { this.listeners = this.listeners.filter((one) => one !== act); },
})"""


def _document(*rows):
    return packed(flame_document(flame_tree(profile_of(*stacks(*rows))), title="t"))


@pytest.fixture
def module(page):
    """A page with the script as anywidget loads it: from a blob, as a module."""
    page.set_content(f"<!DOCTYPE html><style>{style_text()}</style><div id='out'></div>")
    page.evaluate(
        "async (text) => { const blob = new Blob([text], {type: 'text/javascript'});"
        "window.flames = await import(URL.createObjectURL(blob)); }",
        script_text(),
    )
    return page


def test_a_widget_is_rendered_renewed_and_removed(module):
    module.evaluate(
        f"async (text) => {{ window.model = ({MODEL})(text);"
        "const el = document.getElementById('out');"
        "window.remove = await flames.default.render({model, el}); }",
        _document(("a", 3)),
    )
    status = module.locator(".flame-status")
    assert status.inner_text() == "3 ns, 100.0 % of all, in 1 frame."
    module.evaluate(
        "async (text) => { model.document = text; await model.listeners[0](); }",
        _document(("a;b", 5)),
    )
    assert status.inner_text() == "5 ns, 100.0 % of all, in 2 frames."
    assert module.locator(".flame-view").count() == 1
    module.evaluate("remove()")
    assert module.locator(".flame-view").count() == 0
    assert module.evaluate("model.listeners.length") == 0


def test_a_removed_view_listens_no_more(module):
    removed = module.evaluate(
        "async (text) => { const box = document.getElementById('out');"
        "const view = await flames.mount(box, text); view.destroy();"
        "let prints = 0; view.print = () => prints++;"
        "dispatchEvent(new Event('beforeprint')); return prints; }",
        _document(("a", 3)),
    )
    assert removed == 0


def test_a_tree_that_would_become_too_large_turned_round_is_folded(module):
    rows = [(";".join(f"f{(leaf * 7 + depth) % 97}" for depth in range(30)), leaf + 1)
            for leaf in range(97)]  # fmt: skip
    counts = module.evaluate(
        "async ([text, script]) => { const type = {type: 'text/javascript'};"
        "const names = 'unpack as u, readTree as r, weighted as w, reversed as t';"
        "const blob = new Blob([script + `\\nexport {${names}};`], type);"
        "const all = await import(URL.createObjectURL(blob));"
        "const tree = all.r(await all.u(text)); const calls = all.w(tree, 'cycles', '');"
        "const sum = (shape) => shape.own.slice(0, shape.count).reduce((a, b) => a + b, 0);"
        "const whole = all.t(calls), small = all.t(calls, 500);"
        "return [whole.count, small.count, sum(whole), sum(small)]; }",
        [_document(*rows), script_text()],
    )
    assert counts[0] > 2000
    assert counts[1] < 700
    assert counts[2] == counts[3] == sum(weight for _, weight in rows)
