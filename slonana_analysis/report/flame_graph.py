"""A flame graph as a picture, as a page, and as what a notebook shows.

The picture is SVG that reads without a script. Where scripts run, the viewer of ``report.flame``
takes its place.

Callers stand on top, because real stacks are deep: the validator's reach 128 calls, and drawn the
other way up the widest frames would lie below the end of the page.

Function and module names come from binaries that we did not write; every one of them is escaped.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from slonana_analysis.profiles.flame_graph import FlameGraph
from slonana_analysis.profiles.flame_tree import FlameTree
from slonana_analysis.report import flame
from slonana_analysis.report.flame.colours import SHADES, module_kind, shade
from slonana_analysis.report.flame.document import flame_document, packed
from slonana_analysis.report.flame.live import is_live
from slonana_analysis.report.site.page import render
from slonana_analysis.units import format_weight

if TYPE_CHECKING:
    from slonana_analysis.report.flame.widget import FlameGraphWidget

_ROW = 18
_HEAD = 26
_TEXT_SIZE = 11
# Monospaced faces are 0.6 em wide (DejaVu Sans Mono 0.602); a little more, so that none sticks out.
_CHARACTER = 0.605 * _TEXT_SIZE
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True)
class _Frame:
    """One rectangle, in the units of the drawing."""

    depth: int
    left: float
    top: float
    width: float
    fill: str
    label: str
    tooltip: str

    def markup(self) -> Markup:
        return Markup(
            '<g class="frame" data-depth="{}"><title>{}</title>'
            '<rect x="{:.2f}" y="{:.0f}" width="{:.2f}" height="{}" fill="{}"/>'
            '<text x="{:.2f}" y="{:.0f}">{}</text></g>'
        ).format(
            self.depth,
            self.tooltip,
            self.left,
            self.top,
            self.width,
            _ROW - 1,
            self.fill,
            self.left + 3,
            self.top + 12.5,
            self.label,
        )


def flame_graph_svg(layout: FlameGraph, *, title: str, width: int = 960) -> str:
    """Return a flame graph as an SVG element.

    Parameters
    ----------
    layout : FlameGraph
        From ``profiles.flame_graph``.
    title : str
        What was profiled; read out by screen readers.
    width : int
        Units of the drawing; it scales to the space it is given.

    Returns
    -------
    str
        The same bytes for the same layout. Colours tell kinds of modules apart; each rectangle's
        tooltip names function, module, weight and share.
    """
    frames = _frames(layout, width)
    kinds = _kinds(layout)
    height = _HEAD + layout.depth * _ROW + 2
    return str(
        Markup(
            '<svg class="flame" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" '
            'height="{}" role="img" aria-label="{}" font-family="{}" font-size="{}" '
            'fill="#14181f"><desc>{}</desc>{}{}</svg>'
        ).format(
            width,
            height,
            width,
            height,
            f"Flame graph: {title}",
            _FONT,
            _TEXT_SIZE,
            _describe(layout),
            _legend(kinds),
            Markup("\n").join(frame.markup() for frame in frames),
        )
    )


def flame_graph_page(layout: FlameGraph, tree: FlameTree, *, title: str) -> str:
    """Return a flame graph as an HTML page of its own, with zoom and search, without network.

    Parameters
    ----------
    layout : FlameGraph
        From ``profiles.flame_graph``; the picture where no script runs.
    tree : FlameTree
        From ``profiles.flame_tree``; what the viewer shows.
    title : str
        What was profiled.

    Returns
    -------
    str
        A whole document.
    """
    view = FlameGraphView(layout, tree, title=title)
    body = Markup(view._repr_html_())  # noqa: S704  # escaped when it was made
    return str(render("flame.html", title=title, body=body, facts=_extent(layout)))


class FlameGraphView:
    """A flame graph that shows itself in a notebook: as a widget, or as HTML for the report.

    Parameters
    ----------
    layout : FlameGraph
        From ``profiles.flame_graph``; the picture where no script runs.
    tree : FlameTree
        From ``profiles.flame_tree``; what the viewer shows.
    title : str
        What was profiled.
    """

    def __init__(self, layout: FlameGraph, tree: FlameTree, *, title: str) -> None:
        self.layout = layout
        self.tree = tree
        self.title = title

    def widget(self) -> "FlameGraphWidget":
        """Return the flame graph as a widget, to be put beside others."""
        return flame.widget.FlameGraphWidget(document=self._document())

    def _document(self) -> str:
        return packed(flame_document(self.tree, title=self.title))

    def _repr_html_(self) -> str:
        # The page's own script reads the attribute; notebook output may bring no script itself.
        frame = Markup('<div class="flame-frame" data-flame="{}">{}</div>')
        return str(frame.format(self._document(), self._picture()))

    def _picture(self) -> Markup:
        return Markup(flame_graph_svg(self.layout, title=self.title))  # noqa: S704  # escaped there

    def _repr_mimebundle_(self, **wanted: Any) -> Any:  # noqa: ANN401  # IPython's protocol
        live = self.widget()._repr_mimebundle_(**wanted) if is_live() else None
        if live is None:
            return {"text/html": self._repr_html_(), "text/plain": repr(self)}
        shown, metadata = live
        # Where the notebook is read later, no kernel answers a widget: the picture is for there.
        return {**shown, "text/html": str(self._picture()), "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        return f"Flame graph: {self.title}. {_describe(self.layout)}"


def _frames(layout: FlameGraph, width: int) -> list[_Frame]:
    table = layout.rectangles
    columns = zip(
        table["depth"].tolist(),
        table["left"].tolist(),
        table["width"].tolist(),
        table["function"].astype(str),
        table["module"].astype(str),
        table["weight"].tolist(),
        table["self"].tolist(),
        strict=True,
    )
    return [
        _Frame(
            depth=depth,
            left=left * width,
            top=_HEAD + depth * _ROW,
            width=share * width,
            fill=_fill(function, module),
            label=_fit(function, share * width),
            tooltip=_tooltip(function, module, weight, own, layout),
        )
        for depth, left, share, function, module, weight, own in columns
    ]


def _fill(function: str, module: str) -> str:
    return SHADES[module_kind(module)][shade(function)]


def _fit(text: str, width: float) -> str:
    room = int((width - 6) / _CHARACTER)
    if room < 3:
        return ""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _tooltip(function: str, module: str, weight: int, own: int, layout: FlameGraph) -> str:
    total = max(layout.total, 1)
    lines = [
        function,
        module or "",
        f"{format_weight(weight, layout.unit)}, {100 * weight / total:.1f} % of all",
        f"itself {100 * own / total:.1f} %" if own else "",
    ]
    return "\n".join(filter(None, lines))


def _kinds(layout: FlameGraph) -> list[str]:
    # The first rectangle stands for all samples and belongs to no module.
    modules = layout.rectangles["module"].iloc[1:].unique()
    found = {module_kind(str(module)) for module in modules}
    return [kind for kind in SHADES if kind in found]


def _legend(kinds: list[str]) -> Markup:
    parts = []
    left = 0.0
    for kind in kinds:
        parts.append(
            Markup(
                '<rect x="{:.1f}" y="4" width="12" height="12" fill="{}"/>'
                '<text x="{:.1f}" y="14" fill="currentColor">{}</text>'
            ).format(left, SHADES[kind][0], left + 17, kind)
        )
        left += 17 + _CHARACTER * len(kind) + 22
    return Markup('<g class="legend">{}</g>').format(Markup().join(parts))


def _extent(layout: FlameGraph) -> str:
    return f"{format_weight(layout.total, layout.unit)} in all, {layout.depth - 1} calls deep"


def _describe(layout: FlameGraph) -> str:
    text = f"{_extent(layout)}; width is share, callers stand above what they call"
    if layout.hidden_share > 0:
        text += f"; {100 * layout.hidden_share:.1f} % is in frames too small to draw"
    return f"{text}."
