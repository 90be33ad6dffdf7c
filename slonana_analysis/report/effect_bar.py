"""One comparison as a bar small enough for a table cell: interval, estimate, floor marks."""

import math
from collections.abc import Iterable

from markupsafe import Markup

from slonana_analysis.report.palette import GRID, INK, PAPER, VERDICT_COLOURS
from slonana_analysis.report.records import VerdictRow

_WIDTH, _HEIGHT, _MARGIN = 120.0, 16.0, 8.0
_MIDDLE, _CENTRE = _WIDTH / 2, _HEIGHT / 2
# Log ratios below this are drawn nearly to scale, those beyond are compressed: 1 % stays visible
# beside 10-fold.
_ASINH_WIDTH = 0.02


def effect_reach(rows: Iterable[VerdictRow]) -> float:
    """Return the log ratio that a scale for these effects has to reach.

    Parameters
    ----------
    rows : iterable of VerdictRow
        What is to be drawn.

    Returns
    -------
    float
        At least that of 3 %. An interval may stretch the scale to twice what the estimates need;
        a wider one, as a few launches leave it, runs out of the picture.
    """
    listed = list(rows)
    estimates = [_log_ratio(row.estimate) for row in listed]
    needed = max([*filter(math.isfinite, estimates), math.log1p(0.03)])
    ends = [_log_ratio(end) for row in listed for end in (row.low, row.high)]
    return max([needed, *(min(end, 2 * needed) for end in ends if not math.isnan(end))])


def effect_bar(row: VerdictRow, reach: float) -> Markup:
    """Return an inline SVG of one effect; decoration, the figures stand beside it in words.

    Parameters
    ----------
    row : VerdictRow
        The comparison.
    reach : float
        Log ratio at the bar's ends, from ``effect_reach``.

    Returns
    -------
    Markup
        Faster is left of the middle line, slower right of it.
    """
    floor = _place(row.floor, reach) - _MIDDLE
    parts = [
        _upright(_MIDDLE - floor, 3.0, GRID, "floor"),
        _upright(_MIDDLE + floor, 3.0, GRID, "floor"),
        _upright(_MIDDLE, 1.0, INK, "zero"),
    ]
    colour = VERDICT_COLOURS[row.verdict]
    if not (math.isnan(row.low) or math.isnan(row.high)):
        ends = (_place(row.low, reach), _place(row.high, reach))
        parts.append(_span(*ends, colour))
    if not math.isnan(row.estimate):
        parts.append(_marker(row, _place(row.estimate, reach), colour))
    return Markup(
        '<svg class="effect-bar {}" viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}" '
        'aria-hidden="true">{}</svg>'
    ).format(verdict_class(row.verdict), _WIDTH, _HEIGHT, _WIDTH, _HEIGHT, Markup().join(parts))


def verdict_class(verdict: str) -> str:
    """Return the CSS class of a verdict word."""
    return f"verdict-{verdict.replace(' ', '-')}"


def _log_ratio(effect: float) -> float:
    """Return the size of an effect on the log scale; infinite for one that no time can have."""
    return (
        abs(math.log1p(effect)) if effect > -1.0 else (math.nan if math.isnan(effect) else math.inf)
    )


def _place(effect: float, reach: float) -> float:
    if effect <= -1.0:
        return _MARGIN
    full = math.asinh(reach / _ASINH_WIDTH)
    place = math.asinh(math.log1p(effect) / _ASINH_WIDTH) / full
    return _MIDDLE + max(-1.0, min(1.0, place)) * (_MIDDLE - _MARGIN)


def _upright(x: float, margin: float, colour: str, kind: str) -> Markup:
    return Markup('<path class="{}" d="M{:.1f} {:g}V{:g}" stroke="{}"/>').format(
        kind, x, margin, _HEIGHT - margin, colour
    )


def _span(low: float, high: float, colour: str) -> Markup:
    return Markup(
        '<path class="span" d="M{:.1f} {:g}H{:.1f}" stroke="{}" stroke-width="2.5"/>'
    ).format(low, _CENTRE, high, colour)


_SHAPES = {
    "improved": "M{x0:.1f} 8L{x1:.1f} 3.5V12.5Z",
    "regressed": "M{x1:.1f} 8L{x0:.1f} 3.5V12.5Z",
    "same": "M{x0:.1f} 4H{x1:.1f}V12H{x0:.1f}Z",
    "inconclusive": "M{x:.1f} 3L{x1:.1f} 8L{x:.1f} 13L{x0:.1f} 8Z",
}


def _marker(row: VerdictRow, x: float, colour: str) -> Markup:
    shape = _SHAPES.get(row.verdict, _SHAPES["inconclusive"])
    face = PAPER if row.verdict == "inconclusive" else colour
    return Markup('<path class="mark" d="{}" fill="{}" stroke="{}" stroke-width="1.5"/>').format(
        shape.format(x=x, x0=x - 4.5, x1=x + 4.5), face, colour
    )
