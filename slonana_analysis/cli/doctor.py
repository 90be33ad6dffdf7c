"""``slonana-analysis doctor``: what this machine can do, and how to get what it lacks."""

import argparse
import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from slonana_analysis.capture.tools import Permission, ToolStatus

SUMMARY = "what this machine can measure; per missing tool why it matters and how to get it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Print what was found.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0 also where things are missing: that is an answer, not a failure.

    Raises
    ------
    UsageError
        If ``$SLONANA_MACHINE`` cannot name a folder.
    """
    from slonana_analysis.capture.tools import survey_permissions, survey_tools
    from slonana_analysis.measure.host import collect_host_facts
    from slonana_analysis.report.site.machine import hazards, machine_facts

    host = dataclasses.asdict(collect_host_facts())
    tools, permissions, found = survey_tools(), survey_permissions(), hazards(host)
    if arguments.json:
        print(_as_json(host, tools, permissions, found))
        return 0
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    _print_rows(console, "This machine", machine_facts(host))
    _print_rows(console, "What may disturb measurements", [("", hazard) for hazard in found])
    _print_rows(console, "Tools", [_tool_row(tool) for tool in tools])
    _print_rows(console, "Permissions", [_permission_row(entry) for entry in permissions])
    return 0


def _as_json(
    host: dict[str, Any],
    tools: Iterable["ToolStatus"],
    permissions: Iterable["Permission"],
    hazards: Sequence[str],
) -> str:
    document = {
        "machine": host,
        "tools": [dataclasses.asdict(tool) for tool in tools],
        "permissions": [dataclasses.asdict(entry) for entry in permissions],
        "hazards": list(hazards),
    }
    return json.dumps(document, indent=2, sort_keys=True, default=str)


def _tool_row(tool: "ToolStatus") -> tuple[str, str]:
    if tool.path is None:
        return tool.name, f"missing: {tool.reason}; to get it: {tool.remedy}"
    return tool.name, " · ".join(filter(None, ["there", tool.version, str(tool.path)]))


def _permission_row(entry: "Permission") -> tuple[str, str]:
    if entry.granted:
        return entry.name, f"yes: {entry.detail}"
    return entry.name, f"no: {entry.detail}; {entry.remedy}"


def _print_rows(console: "Console", title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values under a title; both may come from the host, so neither is markup."""
    from rich.table import Table
    from rich.text import Text

    from slonana_analysis.profiles.names import printable

    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False
    )
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows or [("", "nothing")]:
        table.add_row(Text(printable(name)), Text(printable(value)))
    console.print(table)
    console.print()
