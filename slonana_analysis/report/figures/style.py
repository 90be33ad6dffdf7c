"""The look of every figure: type, sizes, and an SVG that follows a page from light to dark."""

import io
import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from slonana_analysis.report.palette import (
    BLUE,
    DARK,
    GREEN,
    GRID,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERDICT_COLOURS,
    VERMILLION,
)

# Arrows point the way in which time moved.
_MARKERS: Mapping[str, str] = MappingProxyType(
    {"improved": "<", "regressed": ">", "same": "s", "inconclusive": "D", "not measured": "x"}
)

SERIES: tuple[tuple[str, str, str], ...] = (
    (BLUE, "o", "-"),
    (VERMILLION, "s", "--"),
    (GREEN, "^", "-."),
    (PURPLE, "D", ":"),
    (ORANGE, "P", "-"),
    (SKY, "X", "--"),
    (MUTED, "v", "-."),
)
"""Colour, marker and line style, in the order in which series take them."""

VERDICT_LOOK: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        word: (colour, _MARKERS[word], PAPER if word == "inconclusive" else colour)
        for word, colour in VERDICT_COLOURS.items()
    }
)
"""Edge colour, marker and face colour of each verdict word."""

# Any: matplotlib's stubs want each key as a literal.
_RC: Any = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": MUTED,
        "axes.facecolor": PAPER,
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.labelsize": 10.0,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlecolor": INK,
        "figure.constrained_layout.h_pad": 0.06,
        "figure.constrained_layout.w_pad": 0.06,
        "figure.dpi": 100.0,
        "figure.facecolor": PAPER,
        "figure.titlesize": 12.5,
        "figure.titleweight": "bold",
        "font.family": ["DejaVu Sans"],
        "font.size": 9.5,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "hatch.linewidth": 0.6,
        "legend.edgecolor": GRID,
        "legend.fontsize": 9.5,
        "legend.frameon": False,
        "legend.labelcolor": INK,
        "lines.linewidth": 1.6,
        "lines.markersize": 5.0,
        "savefig.facecolor": PAPER,
        # Glyphs as outlines: the same widths everywhere, so nothing overlaps on a machine that
        # lacks the font; the fixed salt keeps the bytes the same from run to run.
        "svg.fonttype": "path",
        "svg.hashsalt": "slonana-analysis",
        "text.color": INK,
        # Unhinted text is as wide at every resolution, so a layout holds for SVG and PNG alike.
        "text.hinting": "none",
        # Labels are symbol and variant names, never formulas: a "$" in one is a "$".
        "text.parse_math": False,
        "xtick.color": MUTED,
        "xtick.labelcolor": INK,
        "xtick.labelsize": 9.5,
        "ytick.color": MUTED,
        "ytick.labelcolor": INK,
        "ytick.labelsize": 9.5,
    }
)

WIDTH = 10.0
"""Inches; 960 CSS pixels, the width of a report page."""


def use_style() -> None:
    """Give this process's own matplotlib plots the look of the report's figures."""
    mpl.rcParams.update(dict(_RC))


class ReportFigure(Figure):
    """A matplotlib figure that knows its description and shows itself as one crisp SVG.

    Attributes
    ----------
    description : str
        What the figure shows, for those who cannot see it; becomes its alternative text.
    """

    description: str = ""

    def svg(self) -> str:
        """Return the figure as an SVG document, equal bytes for equal figures.

        Returns
        -------
        str
            Light by itself, dark where the page around it asks for a dark colour scheme.
        """
        buffer = io.StringIO()
        with styled():
            # Constrained layout moves a little with every drawing: settle it once, then keep it.
            self.draw_without_rendering()
            self.set_layout_engine("none")
            self.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        head, _, body = buffer.getvalue().partition("<defs>")
        return f"{head}<style>{_dark_rules()}</style><defs>{body}"

    def _ipython_display_(self) -> None:
        # Ahead of IPython's own formatters, which would add a second, blurred picture.
        display(  # type: ignore[no-untyped-call]
            {"image/svg+xml": self.svg(), "text/plain": self.description or repr(self)},
            raw=True,
            metadata={"image/svg+xml": {"alt": self.description}},
        )


def styled() -> AbstractContextManager[None]:
    """Return a context in which matplotlib draws in the report's style."""
    return mpl.rc_context(dict(_RC))


def new_figure(height: float, description: str, title: str = "") -> ReportFigure:
    """Return an empty figure of report width; call within ``styled()``.

    Parameters
    ----------
    height : float
        Inches.
    description : str
        Alternative text.
    title : str
        Heading drawn above the axes; may be empty.

    Returns
    -------
    ReportFigure
        With constrained layout.
    """
    figure = ReportFigure(figsize=(WIDTH, height), layout="constrained")
    figure.description = description
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def label_ticks(axes: Axes, which: str, places: list[float], labels: list[str]) -> list[Text]:
    """Set fixed ticks with plain text labels on ``which`` (``x`` or ``y``) and return the labels.

    Tick labels do not heed ``text.parse_math``, so a "$" in a name would be read as a formula.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(places, labels)
    texts = axis.get_ticklabels()
    for text in texts:
        text.set_parse_math(False)
    return texts


def clip(text: str, length: int = 60) -> str:
    """Return ``text`` on one line and cut in the middle to at most ``length`` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    half = (length - 1) // 2
    return f"{line[:half]}…{line[-half:]}"


def _dark_rules() -> str:
    rules = "".join(
        f'[style*="fill: {light}"]{{fill:{dark}!important}}'
        f'[style*="stroke: {light}"]{{stroke:{dark}!important}}'
        for light, dark in DARK.items()
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"


def shown_range(
    values: Iterable[float], ends: Iterable[float], slack: float
) -> tuple[float, float]:
    """Return the range of a logarithmic axis: all values, and interval ends that are not absurd.

    Parameters
    ----------
    values : iterable of float
        What must be seen; NaN and what is not positive are left out. At least one remains.
    ends : iterable of float
        Ends of intervals. A few launches may leave intervals of many powers of ten; drawn in full
        they would squeeze everything else into a line.
    slack : float
        How far beyond the values an end may stretch the axis, as a factor.

    Returns
    -------
    tuple of (float, float)
        Lowest and highest.
    """
    kept = [value for value in values if value > 0]
    low, high = min(kept) / slack, max(kept) * slack
    inside = [min(max(end, low), high) for end in ends if math.isfinite(end)]
    return min([*kept, *inside]), max([*kept, *inside])
