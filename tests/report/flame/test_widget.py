"""In a notebook: a widget where somebody watches, HTML for the report where nobody does."""

import json
from types import SimpleNamespace

import pytest

from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.report.flame import live
from slonana_analysis.report.flame.document import flame_document, packed
from slonana_analysis.report.flame.script import script_text, style_text
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.site.sanitise import sanitise
from tests.report.flame.made_flames import profile_of, stacks

VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
PROFILE = profile_of(*stacks(("main;<img src=x>", 3), ("main", 1)))


@pytest.fixture
def view():
    return FlameGraphView(flame_graph(PROFILE), flame_tree(PROFILE), title="t")


def _shell(allow_stdin):
    request = {"content": {"allow_stdin": allow_stdin}}
    return SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel: request))


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (SimpleNamespace(), False), (_shell(False), False), (_shell(True), True)],
)
def test_somebody_watches_where_the_kernel_may_ask(monkeypatch, shell, expected):
    monkeypatch.setattr(live, "get_ipython", lambda: shell)
    assert live.is_live() is expected


def test_a_request_without_content_has_no_watcher(monkeypatch):
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel: {}))
    monkeypatch.setattr(live, "get_ipython", lambda: shell)
    assert not live.is_live()


def test_where_nobody_watches_it_is_html(monkeypatch, view):
    monkeypatch.setattr(live, "get_ipython", lambda: None)
    shown = view._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}
    assert shown["text/html"].count('class="frame"') == 3
    assert "<img" not in shown["text/html"]
    assert shown["text/plain"].startswith("Flame graph: t. 4.00 ns in all")


def test_the_reports_second_lock_lets_the_document_through(view):
    html = view._repr_html_()
    cleaned = sanitise(html)
    assert f'data-flame="{packed(flame_document(view.tree, title="t"))}"' in cleaned
    assert cleaned.count("<rect") == html.count("<rect")


def test_where_somebody_watches_it_is_a_widget_with_the_picture_for_later(monkeypatch, view):
    monkeypatch.setattr(live, "get_ipython", lambda: _shell(True))
    shown, metadata = view._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {VIEW_TYPE, "text/html", "text/plain"}
    assert shown["text/html"].startswith('<svg class="flame"')
    assert shown["text/plain"].startswith("Flame graph: t.")
    assert isinstance(metadata, dict)


def test_the_widget_brings_the_pages_own_script_and_style(view):
    widget = view.widget()
    state = widget.get_state()
    assert state["_esm"] == script_text()
    assert state["_css"] == style_text()
    assert state["document"] == packed(flame_document(view.tree, title="t"))
    json.dumps(state["document"])
