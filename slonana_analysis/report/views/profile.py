"""How a notebook shows a capture and a profile: one call each."""

import pandas as pd
from IPython.display import display

from slonana_analysis.model.capture import Capture
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.timeline import timeline
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.figures.timelines import timeline_plot
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.html_table import HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.tables import facts_table, function_table
from slonana_analysis.report.words import seconds_text, weight_text
from slonana_analysis.units import format_bytes

_SMALLEST_SHARE = 1e-4
_MOST_NODES = 20_000


def show_capture(capture: Capture) -> HtmlTable:
    """Return the facts of a recording; one that was made elsewhere is announced as such."""
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
        ("Weight", weight_text(profile.weight, profile.unit)),
        ("Event", profile.event),
        ("Text", format_bytes(loss.bytes)),
        ("Read", format_bytes(loss.bytes_read)),
        ("Records dropped", f"{loss.dropped:,}"),
        ("Ends too early", "yes" if loss.truncated else "no"),
        *(("Reason", reason) for reason in loss.reasons),
    ]
    return facts_table(rows, caption="What was read")


def show_functions(profile: Profile, rows: int = 25) -> HtmlTable:
    """Return where the weight of a profile went, by function, as a table."""
    return function_table(functions(profile), profile.unit, top=rows)


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
        The profile.
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
    tree = flame_tree(
        profile, minimum_share=_SMALLEST_SHARE, most_nodes=_MOST_NODES, differences=differences
    )
    first = tree.series[0].event if tree.series else None
    return FlameGraphView(flame_graph(profile, event=first), tree, title=title)


def show_timeline(profile: Profile) -> ReportFigure:
    """Return the figure of a profile's weight over time, by thread name."""
    return timeline_plot(timeline(profile), profile.unit)
