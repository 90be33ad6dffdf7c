import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from slonana_analysis.model import schema
from slonana_analysis.profiles.flame_graph import FlameGraph
from slonana_analysis.profiles.flame_tree import FlameTree
from slonana_analysis.report.flame_graph import FlameGraphView, flame_graph_page, flame_graph_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_rectangle_is_drawn_where_the_layout_says(flame_layout: FlameGraph) -> None:
    root = ET.fromstring(flame_graph_svg(flame_layout, title="test", width=1000))
    frames = root.findall(f"{SVG}g[@class='frame']")
    assert len(frames) == len(flame_layout.rectangles)
    for frame, row in zip(frames, flame_layout.rectangles.itertuples(), strict=True):
        rect = frame.find(f"{SVG}rect")
        assert rect is not None
        assert float(rect.attrib["x"]) == pytest.approx(1000 * row.left, abs=0.006)
        assert float(rect.attrib["width"]) == pytest.approx(1000 * row.width, abs=0.006)
        assert frame.attrib["data-depth"] == str(row.depth)


def test_callers_stand_above_what_they_call(flame_layout: FlameGraph) -> None:
    root = ET.fromstring(flame_graph_svg(flame_layout, title="test"))
    tops = {
        frame.attrib["data-depth"]: float(frame.find(f"{SVG}rect").attrib["y"])  # type: ignore[union-attr]
        for frame in root.findall(f"{SVG}g[@class='frame']")
    }
    assert [tops[str(depth)] for depth in range(9)] == sorted(tops.values())


def test_tooltips_name_function_module_weight_and_share(flame_layout: FlameGraph) -> None:
    svg = flame_graph_svg(flame_layout, title="test")
    assert "<title>all\n10.2 s, 100.0 % of all</title>" in svg
    assert "[kernel.kallsyms]\n" in svg
    assert "itself" in svg


def test_text_never_leaves_its_rectangle(flame_layout: FlameGraph) -> None:
    root = ET.fromstring(flame_graph_svg(flame_layout, title="test"))
    for frame in root.findall(f"{SVG}g[@class='frame']"):
        rect, text = frame.find(f"{SVG}rect"), frame.find(f"{SVG}text")
        assert rect is not None
        assert text is not None
        assert 6.6 * len(text.text or "") <= float(rect.attrib["width"])


def test_symbol_names_are_escaped(flame_layout: FlameGraph) -> None:
    svg = flame_graph_svg(flame_layout, title="<script>alert(2)</script>")
    assert "<script" not in svg
    assert "<img" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg
    assert "&lt;script&gt;alert(2)" in svg


def test_the_same_layout_gives_the_same_bytes(flame_layout: FlameGraph) -> None:
    copied = replace(flame_layout, rectangles=flame_layout.rectangles.copy())
    assert flame_graph_svg(flame_layout, title="t") == flame_graph_svg(copied, title="t")


def test_what_was_too_small_to_draw_is_said(
    flame_layout: FlameGraph, flame_tree: FlameTree
) -> None:
    shown = repr(FlameGraphView(flame_layout, flame_tree, title="t"))
    assert "2.1 % is in frames too small to draw" in shown
    whole = replace(flame_layout, hidden_share=0.0)
    assert "too small" not in repr(FlameGraphView(whole, flame_tree, title="t"))


def test_a_profile_without_weight_is_a_lone_frame() -> None:
    columns = dict(zip(schema.RECTANGLES.names, (0, 0.0, 1.0, "all", "", 0, 0), strict=True))
    rectangles = schema.RECTANGLES.conform(schema.RECTANGLES.empty().iloc[:0])
    lone = FlameGraph(schema.RECTANGLES.conform(type(rectangles)([columns])), 1, 0, "events", 0.0)
    assert flame_graph_svg(lone, title="nothing").count('class="frame"') == 1


def test_the_page_stands_alone(flame_layout: FlameGraph, flame_tree: FlameTree) -> None:
    page = flame_graph_page(flame_layout, flame_tree, title="pipeline <10 s>")
    assert page.startswith("<!DOCTYPE html>")
    assert "pipeline &lt;10 s&gt;" in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert page.count("<script>") == 1
    assert page.count('<script type="module">') == 1


def test_every_script_of_the_page_is_named_in_its_policy(
    flame_layout: FlameGraph, flame_tree: FlameTree
) -> None:
    page = flame_graph_page(flame_layout, flame_tree, title="t")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"sha256-{digest}" in page
