"""How a notebook shows a machine, its tools, a capture and a profile: one call each."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from IPython.display import Markdown, display

from slonana_analysis.experiments.assembly import Loop
from slonana_analysis.experiments.inference.opponents import missing_c
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.host import HostFacts
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.timeline import timeline
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.figures.timelines import timeline_plot
from slonana_analysis.report.flame_graph import FlameGraphView
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.listings import LoopListing
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.site.machine import hazards, machine_facts
from slonana_analysis.report.tables import facts_table, function_table
from slonana_analysis.report.words import count_text, seconds_text, weight_text
from slonana_analysis.units import format_bytes


class Tool(Protocol):
    """What is shown of a tool: ``capture.tools.ToolStatus`` has these."""

    @property
    def name(self) -> str:
        """Command or permission."""

    @property
    def version(self) -> str:
        """Version it states; empty when unknown."""

    @property
    def path(self) -> Path | None:
        """Where it is; None when it is missing."""

    @property
    def reason(self) -> str:
        """Why it matters, one sentence."""

    @property
    def remedy(self) -> str:
        """How to get it."""


def show_host(facts: HostFacts) -> HtmlTable:
    """Return what this machine is, as a table."""
    return facts_table(machine_facts(asdict(facts)), caption="This machine")


def show_hazards(facts: HostFacts) -> Markdown:
    """Return what may disturb measurements on this machine, as a list."""
    found = hazards(asdict(facts))
    return prose("\n".join(f"- {sentence}" for sentence in found) or "Nothing was found.")


def prose(text: str) -> Markdown:
    """Return Markdown that was written by this package, to be shown as text.

    Parameters
    ----------
    text : str
        Holds no names from captures: those could carry markup of their own.

    Returns
    -------
    Markdown
        For a notebook cell's last line.
    """
    return Markdown(text)  # type: ignore[no-untyped-call]


def show_tools(tools: Iterable[Tool]) -> HtmlTable:
    """Return which tools are there, and how to get those that are not, as a table."""
    rows = tuple(
        (
            Cell(tool.name, detail=tool.reason),
            Cell("there" if tool.path else "missing", detail=tool.version),
            Cell(str(tool.path) if tool.path else tool.remedy),
        )
        for tool in tools
    )
    headings = (Heading("Tool"), Heading("State"), Heading("Where, or how to get it"))
    return HtmlTable(count_text(len(rows), "tool"), headings, rows, kind="tools", sortable=True)


def show_capture(capture: Capture) -> HtmlTable:
    """Return the facts of a recording; one that was made elsewhere is announced as such."""
    facts = capture.facts
    if facts.recorded:
        why = facts.notes[0] if facts.notes else "This machine made no recording of its own."
        remedy = "What follows is the recorded capture that comes with the suite."
        display(NotMeasured("a profile of this machine", why, remedy))  # type: ignore[no-untyped-call]
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


def show_flame_graph(profile: Profile, title: str = "Processor time") -> FlameGraphView:
    """Return the flame graph of a profile; searchable in the report."""
    return FlameGraphView(flame_graph(profile), title=title)


def show_timeline(profile: Profile) -> ReportFigure:
    """Return the figure of a profile's weight over time, by thread name."""
    return timeline_plot(timeline(profile), profile.unit)


def show_loops(loops: Mapping[str, Loop]) -> LoopListing:
    """Return machine code, one block per loop."""
    return LoopListing(loops)


def show_missing_c() -> NotMeasured | None:
    """Return the notice that C could not be compiled here; nothing where it could."""
    if not (reason := missing_c()):
        return None
    why = f"{reason[0].upper()}{reason[1:]}."
    return NotMeasured("the kernels in C, the baseline", why, "NumPy and numba stand alone.")
