"""How a notebook shows a capture and a profile: one call each."""

import pandas as pd
from IPython.display import display

from slonana_analysis.model.capture import Capture
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.callers import callees, callers
from slonana_analysis.profiles.costs import ESTIMATE, estimated_call_tree
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.names import printable
from slonana_analysis.profiles.timeline import timeline
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.figures.timelines import timeline_plot
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.html_table import HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.tables import facts_table, function_table, neighbour_table
from slonana_analysis.report.words import seconds_text
from slonana_analysis.units import format_bytes, format_weight

_SMALLEST_SHARE = 1e-4
_MOST_NODES = 20_000


def show_capture(capture: Capture | None, file: str = "") -> HtmlTable:
    """Return where a profile comes from.

    Parameters
    ----------
    capture : Capture or None
        A recording; one that was made elsewhere is announced as such. None where there is a file.
    file : str
        The user's own file, which is named instead of the capture unless empty.

    Returns
    -------
    HtmlTable
        The file, or the facts of the capture.
    """
    if file or capture is None:
        return facts_table([("File", file)], caption="The recording")
    facts = capture.facts
    if facts.recorded:
        why = facts.notes[0] if facts.notes else "This machine made no recording of its own."
        remedy = "What follows is the recorded capture that comes with the suite."
        display(NotMeasured("a recording of this machine", why, remedy))  # type: ignore[no-untyped-call]
    origin = "recorded elsewhere, shipped with the suite" if facts.recorded else "this machine"
    rows = [
        ("Origin", origin),
        ("Tool", f"{facts.tool} {facts.version}"),
        ("Command", " ".join(facts.command)),
        ("Start", facts.start),
        ("Length", seconds_text(facts.seconds)),
        *(("Note", note) for note in facts.notes),
    ]
    return facts_table(rows, caption="The recording")


def show_losses(profile: Profile) -> HtmlTable:
    """Return what the reader kept of a capture and what it could not."""
    loss = profile.loss
    rows = [
        ("Samples", f"{len(profile.samples):,}"),
        *((f"Weight, {event}", text) for event, text in _weights(profile)),
        ("Size", format_bytes(loss.bytes)),
        ("Read", format_bytes(loss.bytes_read)),
        ("Records dropped", f"{loss.dropped:,}"),
        ("Ends too early", "yes" if loss.truncated else "no"),
        *(("Reason", reason) for reason in loss.reasons),
    ]
    return facts_table(rows, caption="What was read")


def show_functions(profile: Profile, rows: int = 25, event: str | None = None) -> HtmlTable:
    """Return where the weight of a profile went, by function, as a table.

    Parameters
    ----------
    profile : Profile
        The profile.
    rows : int
        Functions shown.
    event : str, optional
        The first by default.
    """
    event = event or _first_event(profile)
    return function_table(functions(profile, event), profile.unit_of(event), top=rows)


def show_neighbours(
    profile: Profile, function: str = "", rows: int = 8, event: str | None = None
) -> HtmlTable:
    """Return who calls a function, and what it calls, as a table.

    Parameters
    ----------
    profile : Profile
        The profile.
    function : str
        Its name; by default that of the known function with the most weight of its own.
    rows : int
        Callers, and callees, shown.
    event : str, optional
        The first by default.

    Raises
    ------
    UsageError
        If there is no such function.
    """
    event = event or _first_event(profile)
    function = function or _heaviest(functions(profile, event))
    around = {
        "caller": callers(profile, function, event=event),
        "callee": callees(profile, function, event=event),
    }
    return neighbour_table(
        {how: table.head(rows) for how, table in around.items()},
        profile.unit_of(event),
        caption=f"Around {printable(function)}",
    )


def show_flame_graph(
    profile: Profile,
    title: str = "Processor time",
    *,
    differences: pd.DataFrame | None = None,
) -> FlameGraphView:
    """Return the flame graph of a profile, as a widget or, in the report, as part of the page.

    Parameters
    ----------
    profile : Profile
        The profile. Where it knows calls instead of stacks, the likeliest call tree is shown.
    title : str
        What was profiled.
    differences : DataFrame, optional
        What it is compared with, as in ``profiles.flame_tree``.

    Returns
    -------
    FlameGraphView
        The lightest of more than 20,000 frames, and those below a ten-thousandth of the weight,
        are gathered into ``(smaller)``, with their number and weight.
    """
    if not profile.edges.empty:
        profile = estimated_call_tree(profile, _first_event(profile))
        title = f"{title} ({ESTIMATE})"
    tree = flame_tree(
        profile, minimum_share=_SMALLEST_SHARE, most_nodes=_MOST_NODES, differences=differences
    )
    first = tree.series[0].event if tree.series else None
    return FlameGraphView(flame_graph(profile, event=first), tree, title=title)


def show_timeline(profile: Profile) -> ReportFigure:
    """Return the figure of a profile's weight over time, by thread name."""
    return timeline_plot(timeline(profile), profile.unit)


def _first_event(profile: Profile) -> str:
    events = profile.samples["event"].cat.categories
    return str(events[0]) if len(events) else ""


def _weights(profile: Profile) -> list[tuple[str, str]]:
    sums = profile.samples.groupby("event", observed=True)["weight"].sum()
    return [
        (str(event), format_weight(int(weight), profile.unit_of(str(event))))
        for event, weight in sums.items()
    ]


def _heaviest(table: pd.DataFrame) -> str:
    """Return the first function that has a name; of a profile without any, the first."""
    known = table[table["function"] != "[unknown]"]
    return str((known if len(known) else table)["function"].iloc[0])
