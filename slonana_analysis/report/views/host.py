"""How a notebook shows a machine and its tools."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from IPython.display import Markdown

from slonana_analysis.model.host import HostFacts
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.site.machine import hazards, machine_facts
from slonana_analysis.report.tables import facts_table
from slonana_analysis.report.views.prose import prose
from slonana_analysis.report.words import count_text


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
