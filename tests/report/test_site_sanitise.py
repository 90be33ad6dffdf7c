from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.report.site.sanitise import sanitise


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        '<p onclick="alert(1)">x</p>',
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        '<svg><a href="javascript:alert(1)"><text>x</text></a></svg>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVa&#09;script:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=x></object><embed src=x>",
        "<style>body{background:url(//evil)}</style>",
        '<p style="background:url(//evil)">x</p>',
        '<img src="https://evil/pixel.png">',
        '<form action="//evil"><input><button>go</button></form>',
        "<math><mtext></p><style><!--</style><img title='--&gt;&lt;img onerror=alert(1)&gt;'>",
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<meta http-equiv=refresh content='0;url=//evil'><base href=//evil>",
        "<svg><use href='//evil/x.svg#a'/></svg><svg><image href=//evil/x.png></svg>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
    ],
)
def test_nothing_that_runs_or_loads_survives(html: str) -> None:
    clean = _without_text(sanitise(html)).lower()
    for forbidden in (
        "<script", "<style", "<iframe", "<object", "<embed", "<form", "<input", "<meta", "<base",
        "<use", "<image", " on", "javascript:", "evil", "style=", "<!--",
    ):  # fmt: skip
        assert forbidden not in clean


def _without_text(html: str) -> str:
    """Only what stands inside tags, for what is escaped there is text."""
    return "".join(f"<{part.partition('>')[0]}" for part in html.split("<")[1:])


class _Seen(HTMLParser):
    """Tags and attribute names of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


_PIECES = ["<", ">", "</", "/>", "=", "'", '"', " ", "&lt;", "&quot;", "<!--", "-->", "<![CDATA["]
_NAMES = ["svg", "math", "style", "script", "title", "p", "a", "img", "table", "mtext", "noscript"]
_ATTRIBUTES = ["onerror", "onload", "href", "src", "style", "x", "javascript:alert(1)"]


@given(st.lists(st.sampled_from(_PIECES + _NAMES + _ATTRIBUTES), max_size=40).map("".join))
def test_no_soup_of_markup_gets_a_script_or_handler_through(html: str) -> None:
    seen = _Seen()
    seen.feed(sanitise(html))
    assert not seen.tags & {"script", "style", "math", "mtext", "noscript"}
    assert not seen.attributes & {"onerror", "onload", "style"}


@pytest.mark.parametrize(
    "html",
    [
        '<h2 id="part-1">Title</h2>',
        '<table data-sortable=""><tbody><tr><td data-sort="1">x</td></tr></tbody></table>',
        '<img alt="A figure" src="figures/0123456789abcdef.svg">',
        '<img alt="" src="data:image/png;base64,AAAA">',
        '<a href="10_cpu_profiling.html#part-2">profile</a>',
        '<a href="https://example.org/paper">paper</a>',
        "<details open><summary>show</summary>x</details>",
        '<svg class="flame" viewBox="0 0 9 9"><g class="frame" data-depth="0"></g></svg>',
        '<svg role="img"><title>f</title><rect fill="#fff" x="0"></rect></svg>',
    ],
)
def test_what_our_notebooks_show_survives(html: str) -> None:
    assert sanitise(html) == html


def test_a_style_sheet_does_not_become_text() -> None:
    assert sanitise("<style scoped>.dataframe{}</style><p>x</p>") == "<p>x</p>"


def test_plain_text_needs_no_parser() -> None:
    assert sanitise("report.html") == "report.html"
