"""How frames are shown in notebooks and on pages: verdicts, functions, roofs, facts."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd
from markupsafe import Markup

from slonana_analysis.profiles.names import printable
from slonana_analysis.report.effect_bar import effect_bar, effect_reach, verdict_class
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.records import VerdictRow, roof_rows, verdict_rows
from slonana_analysis.report.words import (
    count_text,
    detectable_text,
    effect_text,
    experiment_text,
    interval_text,
    parameter_text,
    quantity_interval_text,
    ratio_text,
)
from slonana_analysis.units import format_bytes, format_quantity, format_weight

VERDICT_GLYPHS: Mapping[str, str] = {
    "improved": "◀",
    "regressed": "▶",
    "same": "■",
    "inconclusive": "◇",
    "not measured": "\N{MULTIPLICATION SIGN}",
}
"""A shape beside every verdict word, the same as in the figures; left is faster."""

_VERDICT_HEADINGS = (
    Heading("Comparison"),
    Heading("Verdict"),
    Heading("Effect", number=True, note="relative to the baseline; below zero is faster"),
    Heading(
        "Faster or slower",
        note="interval and estimate; marks show the floor; large effects are compressed",
    ),
    Heading("Launches", number=True, note="fresh processes that the estimate rests on"),
    Heading(
        "Floor, finds",
        number=True,
        note="a smaller effect than the floor is never called a change; below it stands the "
        "smallest effect that would be found 95 % of the time at this spread",
    ),
    Heading("Value", number=True, note="the variant's own value, with its interval"),
    Heading("Baseline", number=True, note="the baseline's own value"),
)


def verdict_table(
    verdicts: pd.DataFrame, *, caption: str = "", with_experiment: bool = False
) -> HtmlTable:
    """Return verdicts as a table, each with estimate, interval, launches, floor and reason.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``.
    caption : str
        What the table holds; says how many comparisons when empty.
    with_experiment : bool
        Whether each row names its experiment.

    Returns
    -------
    HtmlTable
        One row per comparison; sortable and searchable on a report page.
    """
    rows = verdict_rows(verdicts)
    reach = effect_reach(rows)
    return HtmlTable(
        caption=caption or count_text(len(rows), "comparison"),
        headings=_VERDICT_HEADINGS,
        rows=tuple(_verdict_cells(row, reach, with_experiment=with_experiment) for row in rows),
        kind="verdicts",
        sortable=True,
        searchable=True,
    )


def _verdict_cells(row: VerdictRow, reach: float, *, with_experiment: bool) -> tuple[Cell, ...]:
    parameters = parameter_text(row.parameters)
    context = [experiment_text(row.experiment)] if with_experiment else []
    details = " · ".join(filter(None, [*context, parameters]))
    return (
        Cell(row.variant, detail=details),
        # Where there is an interval, the columns beside it already say why it is inconclusive.
        Cell(
            verdict_mark(row.verdict),
            sort=row.verdict,
            detail=row.reason if math.isnan(row.low) else "",
        ),
        Cell(
            effect_text(row.estimate),
            sort=_key(row.estimate),
            detail=interval_text(row.low, row.high) or ratio_text(row.estimate),
        ),
        Cell(effect_bar(row, reach), sort=_key(row.estimate)),
        Cell(str(row.launches), sort=row.launches),
        Cell(
            f"{100 * row.floor:.1f} %",
            sort=_key(row.mde),
            detail=f"finds {detectable_text(row.mde)}",
        ),
        Cell(
            format_quantity(row.value, row.unit),
            sort=_key(row.value),
            detail=quantity_interval_text(row.value_low, row.value_high, row.unit),
        ),
        Cell(
            format_quantity(row.baseline_value, row.unit),
            sort=_key(row.baseline_value),
            detail=row.baseline,
        ),
    )


def verdict_mark(verdict: str) -> Markup:
    """Return a verdict word with its shape, coloured on pages."""
    return Markup('<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>').format(
        verdict_class(verdict), VERDICT_GLYPHS[verdict], verdict
    )


def function_table(
    functions: pd.DataFrame, unit: str, *, top: int = 30, caption: str = ""
) -> HtmlTable:
    """Return where a profile's weight went, by function.

    Parameters
    ----------
    functions : DataFrame
        ``function``, ``module`` (text), ``self``, ``inclusive`` (int64, in ``unit``),
        ``self_share`` and ``inclusive_share`` (float64, 0 to 1); largest first.
    unit : str
        Unit of a weight, for example ``ns``.
    top : int
        Rows shown; the caption says how many there are.
    caption : str
        What the table holds.

    Returns
    -------
    HtmlTable
        Sortable and searchable on a report page.
    """
    shown = functions.head(top)
    what = caption or "Functions by their own share"
    rest = f", {len(shown)} of {len(functions)}" if len(shown) < len(functions) else ""
    columns = zip(
        shown["function"].astype(str),
        shown["module"].astype(str),
        shown["self_share"],
        shown["self"],
        shown["inclusive_share"],
        shown["inclusive"],
        strict=True,
    )
    return HtmlTable(
        caption=f"{what}{rest}",
        headings=(
            Heading("Function"),
            Heading("Module"),
            Heading("Self", number=True, note="while the function itself ran"),
            Heading("Inclusive", number=True, note="while it or what it called ran"),
        ),
        rows=tuple(
            (
                Cell(Markup("<code>{}</code>").format(printable(function))),
                Cell(printable(module).rsplit("/", 1)[-1] or "unknown"),
                _share(self_share, own, unit),
                _share(inclusive_share, inclusive, unit),
            )
            for function, module, self_share, own, inclusive_share, inclusive in columns
        ),
        kind="functions",
        sortable=True,
        searchable=True,
    )


def neighbour_table(
    neighbours: Mapping[str, pd.DataFrame], unit: str, *, caption: str = ""
) -> HtmlTable:
    """Return the callers and callees of a function as a table.

    Parameters
    ----------
    neighbours : mapping of str to DataFrame
        By what they have to do with the function: columns of ``schema.NEIGHBOURS``.
    unit : str
        Unit of a weight, for example ``ns``.
    caption : str
        What the table holds.
    """
    return HtmlTable(
        caption=caption,
        headings=(
            Heading("Caller or callee"),
            Heading("Function"),
            Heading("Module"),
            Heading("Weight", number=True, note="of what the function and its callees cost"),
        ),
        rows=tuple(
            (
                Cell(how),
                Cell(Markup("<code>{}</code>").format(printable(str(row["function"])))),
                Cell(printable(str(row["module"])).rsplit("/", 1)[-1]),
                _share(row["share"], row["weight"], unit),
            )
            for how, table in neighbours.items()
            for row in table.to_dict("records")
        ),
        kind="functions",
        sortable=True,
    )


def roofs_table(roofs: pd.DataFrame, *, caption: str = "Limits of this machine") -> HtmlTable:
    """Return the measured roofs (columns of ``schema.ROOFS``) as a table."""
    return HtmlTable(
        caption=caption,
        headings=(
            Heading("Roof"),
            Heading("Rate", number=True, note="best sustained rate seen"),
            Heading("Interval", number=True, note="of the median rate across rounds"),
            Heading("Working set", number=True, note="bytes touched"),
            Heading("Rounds", number=True, note="timed batches the figures rest on"),
        ),
        rows=tuple(
            (
                Cell(row.name),
                Cell(format_quantity(row.value, row.unit), sort=_key(row.value)),
                Cell(quantity_interval_text(row.low, row.high, row.unit) or "—"),
                Cell(
                    format_bytes(row.working_set) if row.working_set else "—", sort=row.working_set
                ),
                Cell(str(row.rounds), sort=row.rounds),
            )
            for row in roof_rows(roofs)
        ),
        kind="roofs",
        sortable=True,
    )


def facts_table(facts: Iterable[tuple[str, str]], *, caption: str) -> HtmlTable:
    """Return named facts as a table of two columns.

    Parameters
    ----------
    facts : iterable of (str, str)
        Name and value; an unknown value is the word ``unknown``.
    caption : str
        What the facts are of.

    Returns
    -------
    HtmlTable
        In the order given.
    """
    return HtmlTable(
        caption=caption,
        headings=(Heading("Fact"), Heading("Value")),
        rows=tuple((Cell(name), Cell(value)) for name, value in facts),
        kind="facts",
    )


def _share(share: float, weight: int, unit: str) -> Cell:
    return Cell(f"{100 * share:.1f} %", sort=weight, detail=format_weight(weight, unit))


def _key(value: float) -> float | str:
    """Sort key: what is not a number has none and goes last."""
    return "" if math.isnan(value) else value
