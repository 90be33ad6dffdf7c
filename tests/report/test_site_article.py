import base64
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.site.article import Article, article
from slonana_analysis.report.site.missing import notices_in
from slonana_analysis.report.site.pictures import Pictures

PNG = base64.b64encode(b"\x89PNG made up").decode()


def _article(*cells: Any) -> tuple[Article, Pictures]:
    pictures = Pictures()
    return article(new_notebook(cells=list(cells)), pictures), pictures


def _shown(data: dict[str, str], **metadata: Any) -> Any:
    output = new_output("display_data", data=data, metadata=metadata)
    return new_code_cell("show()", outputs=[output])


def test_headings_become_a_table_of_contents() -> None:
    made, _ = _article(new_markdown_cell("# Title\n\n## One\n\n### *Two* & more\n\n## One"))
    assert [(entry.level, entry.anchor, entry.text) for entry in made.contents] == [
        (2, "part-1", "One"),
        (3, "part-2", "Two & more"),
        (2, "part-3", "One"),
    ]
    assert '<h2 id="part-3">One</h2>' in made.body
    assert "Title" not in made.body


def test_code_is_folded_away_and_highlighted() -> None:
    made, _ = _article(new_code_cell("roofs_plot(roofs)"))
    assert '<details class="code"><summary>show code</summary>' in made.body
    assert 'class="highlight' in made.body


def test_code_that_failed_is_shown_with_its_traceback() -> None:
    error = new_output("error", ename="E", evalue="<b>", traceback=["\x1b[31mE\x1b[0m: <b>"])
    made, _ = _article(new_code_cell("run()", outputs=[error]))
    assert '<details class="code" open>' in made.body
    assert '<span class="ansi-red-fg">E</span>: &lt;b&gt;' in made.body


def test_papermills_own_banners_are_left_out() -> None:
    banner = new_markdown_cell(
        "<span style='color:red'>An Exception was encountered.</span>",
        metadata={"tags": ["papermill-error-cell-tag"]},
    )
    made, _ = _article(banner, new_markdown_cell("# Title\n\nText."))
    assert made.body.strip() == '<div class="cell prose">\n<p>Text.</p>\n</div>'


def test_every_line_of_a_traceback_is_its_own() -> None:
    error = new_output("error", ename="E", evalue="x", traceback=["first\nsecond", "third"])
    made, _ = _article(new_code_cell("run()", outputs=[error]))
    assert '<span id="error"></span><pre>first\nsecond\nthird</pre>' in made.body


def test_streams_are_text() -> None:
    out = new_output("stream", name="stdout", text="<b>1 of 7</b>\n")
    err = new_output("stream", name="stderr", text="slow\n")
    made, _ = _article(new_code_cell("", outputs=[out, err]))
    assert "&lt;b&gt;1 of 7&lt;/b&gt;" in made.body
    assert '<div class="output stderr">' in made.body
    assert "<details" not in made.body


def test_the_value_of_a_cell_is_shown_like_what_it_displays() -> None:
    value = new_output("execute_result", data={"text/html": "<p>table</p>"}, execution_count=1)
    made, _ = _article(new_code_cell("table", outputs=[value]))
    assert '<div class="output html"><p>table</p></div>' in made.body


def test_pictures_become_files_named_after_their_content() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    alt = {"image/svg+xml": {"alt": 'a "b"'}}
    data = {"image/svg+xml": svg, "text/plain": "x"}
    made, pictures = _article(_shown(data, **alt), _shown(data, **alt))
    assert list(pictures.files.values()) == [svg.encode()]
    (path,) = pictures.files
    assert made.body.count(f"""<img alt='a "b"' src="{path}">""") == 2
    assert "alert" not in made.body


def test_a_bitmap_keeps_its_size_and_needs_no_description() -> None:
    made, pictures = _article(_shown({"image/png": PNG}, **{"image/png": {"width": 640.0}}))
    assert list(pictures.files.values()) == [b"\x89PNG made up"]
    assert 'alt="Figure without a description."' in made.body
    assert 'width="640"' in made.body


def test_a_damaged_bitmap_is_left_out() -> None:
    made, pictures = _article(_shown({"image/png": "A", "text/plain": "<Figure>"}))
    assert pictures.files == {}
    assert "&lt;Figure&gt;" in made.body


def test_html_says_more_than_its_picture() -> None:
    made, pictures = _article(_shown({"text/html": "<p>table</p>", "image/png": PNG}))
    assert "<p>table</p>" in made.body
    assert pictures.files == {}


@pytest.mark.parametrize("kind", ["application/javascript", "application/vnd.jupyter.widget-view"])
def test_what_cannot_be_shown_is_said(kind: str) -> None:
    made, _ = _article(_shown({kind: "alert(1)"}))
    assert "An output that this page cannot show." in made.body
    assert "alert" not in made.body


def test_links_between_notebooks_become_links_between_pages() -> None:
    made, _ = _article(new_markdown_cell("[a](10_cpu_profiling.ipynb#Flame) [b](x.txt)"))
    assert '<a href="10_cpu_profiling.html#Flame">a</a>' in made.body
    assert "<a>b</a>" in made.body


def test_the_notebook_itself_is_not_changed() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("# T"), _shown({"image/png": PNG})])
    before = str(notebook)
    article(notebook, Pictures())
    assert str(notebook) == before


def test_an_empty_notebook_is_an_empty_article() -> None:
    made, _ = _article()
    assert made.body.strip() == ""
    assert made.contents == ()


def test_notices_are_found_once_in_the_outputs() -> None:
    data, metadata = NotMeasured("counters", "Hidden.")._repr_mimebundle_()
    cells = [_shown(data, **metadata), _shown(data, **metadata), new_markdown_cell("x")]
    notebook = new_notebook(cells=cells)
    assert notices_in(notebook) == [NotMeasured("counters", "Hidden.")]
    assert notices_in({}) == []
