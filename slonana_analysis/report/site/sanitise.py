"""Notebook output is let into a page only as text, tables, pictures of ours and drawn shapes.

The notebooks are ours, but what they print is not: symbol names, thread names and error messages
come from whatever was measured. They are escaped where they are made; this is the second lock, and
the page's content security policy is the third.
"""

import re

from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]
from bs4 import BeautifulSoup
from markupsafe import Markup

# fmt: off
_TEXT_TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s",
    "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
})
_DRAWING_TAGS = frozenset({
    "svg", "g", "path", "rect", "line", "circle", "ellipse", "polyline", "polygon", "text",
    "tspan", "title", "desc",
})
_DRAWING = frozenset({
    "viewbox", "xmlns", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r",
    "rx", "ry", "d", "points", "fill", "stroke", "stroke-width", "stroke-dasharray",
    "font-family", "font-size", "text-anchor", "transform", "opacity",
})
# fmt: on

_ANYWHERE = frozenset({"class", "role", "title", "lang", "dir", "hidden", "tabindex"})
_BY_TAG: dict[str, frozenset[str]] = {
    "img": frozenset({"alt", "width", "height", "loading"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
    "details": frozenset({"open"}),
    "ol": frozenset({"start"}),
}
_PICTURE = re.compile(r"figures/[0-9a-f]{16}\.(?:svg|png|jpg)|data:image/(?:png|jpeg);base64,.*")
_LINK = re.compile(r"https?://.*|#.*|[A-Za-z0-9_-]+\.html(?:#.*)?")
_NOT_TEXT = ("script", "style", "template", "noscript", "iframe", "object", "embed", "math")


def _allowed(tag: str, name: str, value: str) -> bool:
    lowered = name.lower()
    if lowered == "src":
        return tag == "img" and _PICTURE.fullmatch(value) is not None
    if lowered == "href":
        return tag == "a" and _LINK.fullmatch(value) is not None
    if lowered == "id":
        return tag in {"h1", "h2", "h3", "h4", "h5", "h6", "span"}
    if lowered.startswith(("data-", "aria-")) or lowered in _ANYWHERE:
        return True
    return lowered in _BY_TAG.get(tag, ()) or (tag in _DRAWING_TAGS and lowered in _DRAWING)


def sanitise(html: str) -> Markup:
    """Return ``html`` without anything that could run, load, or restyle the page.

    Parameters
    ----------
    html : str
        A fragment of any origin.

    Returns
    -------
    Markup
        Scripts, style sheets and frames are gone with their content, other unknown tags are gone
        but their text stays, and only harmless attributes are left.
    """
    cleaner = Cleaner(
        tags=_TEXT_TAGS | _DRAWING_TAGS,
        attributes=_allowed,
        protocols=frozenset({"http", "https", "data"}),
        strip=True,
        strip_comments=True,
    )
    return Markup(cleaner.clean(_without_non_text(html)))  # noqa: S704  # cleaned is what it means


def _without_non_text(html: str) -> str:
    """Drop elements with their content; the cleaner alone would leave a style sheet as text."""
    if "<" not in html:
        return html
    soup = BeautifulSoup(html, "html.parser")
    for element in soup(_NOT_TEXT):
        element.decompose()
    return str(soup)
