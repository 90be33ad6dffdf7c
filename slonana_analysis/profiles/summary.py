"""What was read of a file on the terminal: its facts, what was lost, and what weighs most."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slonana_analysis.model.counters import Counters
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.model.reading import Reading
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.facts import reading_facts
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.names import printable
from slonana_analysis.profiles.selection import SELECTION
from slonana_analysis.units import format_quantity, format_weight

# Where nobody looks at a screen, long names are worth more than short lines.
_FILE_WIDTH = 200
# callgrind counts nine events; of so many only the first is listed unasked.
_FEW_EVENTS = 3
_NUMBERS = frozenset({"packets", "bytes", "value"})


def print_summary(file: str, reading: Reading, event: str | None = None, top: int = 20) -> None:
    """Print what was read of a file: its facts, its losses and what weighs most.

    Parameters
    ----------
    file : str
        What to call it.
    reading : Profile, Traffic or Counters
        What was read; its names are shown as plain text, whatever they hold.
    event : str, optional
        Event of a profile to look at; by default every one of three, or the first of more.
    top : int
        Functions to list for each event, or flows.

    Raises
    ------
    UsageError
        If the profile has no such event.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_FILE_WIDTH)
    console.print(_plain(file), style="bold")
    console.print(_plain(f"{reading.format}: {_headline(file, reading)}"))
    if isinstance(reading, Profile) and SELECTION in reading.header:
        console.print(_plain(f"{SELECTION}: {reading.header[SELECTION]}"))
    _print_losses(console, reading.loss)
    if isinstance(reading, Traffic):
        busiest = reading.flows.sort_values("bytes", ascending=False)
        _print_rows(console, "flows", _flow_rows(busiest.head(top)), len(busiest) - top)
    elif isinstance(reading, Counters):
        _print_rows(
            console, "counters", _counter_rows(reading.table.head(top)), len(reading.table) - top
        )
    else:
        _print_functions(console, reading, event, top)


def _headline(file: str, reading: Reading) -> str:
    facts = reading_facts(file, reading)
    if isinstance(reading, Traffic):
        return (
            f"{facts['packets']} packets in {facts['flows']} flows, "
            f"{format_quantity(facts['bytes'], 'bytes')} on the wire"
        )
    if isinstance(reading, Counters):
        return f"{facts['counted']} of {facts['counters']} counters were counted"
    events = reading.samples["event"].cat.categories
    what = f"{len(events)} events" if len(events) > _FEW_EVENTS else reading.event or "no event"
    amount = "" if len(events) > 1 else f"{format_weight(reading.weight, reading.unit)} in all, "
    return (
        f"{facts['samples']} samples of {what}, {amount}{facts['stacks']} stacks, "
        f"{facts['functions']} functions"
    )


def _print_functions(console: Console, profile: Profile, event: str | None, top: int) -> None:
    events = [str(name) for name in profile.samples["event"].cat.categories]
    shown = events[: 1 if len(events) > _FEW_EVENTS else None] if event is None else [event]
    for name in shown:
        rows = functions(profile, name)
        own = int(profile.samples.loc[profile.samples["event"] == name, "weight"].sum())
        title = f"{name}: {format_weight(own, profile.unit_of(name))}"
        console.print(_function_table(title, rows.head(top)))
        if len(rows) > top:
            console.print(_plain(f"… and {len(rows) - top} more functions"))
    if event is None and len(shown) < len(events):
        console.print(_plain(f"… and {', '.join(events[1:])}: choose one with --event"))


def _print_rows(console: Console, title: str, rows: list[dict[str, str]], more: int) -> None:
    """Print rows as a table whose columns are the keys of the first."""
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold", justify="right" if name in _NUMBERS else "left")
    for row in rows:
        table.add_row(*map(_plain, row.values()))
    console.print(table)
    if more > 0:
        console.print(_plain(f"… and {more} more {title}"))


def _flow_rows(flows: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "protocol": str(row["protocol"]),
            "from": _address(row["source"], row["source_port"]),
            "to": _address(row["target"], row["target_port"]),
            "packets": "" if row["packets"] < 0 else str(row["packets"]),
            "bytes": format_quantity(row["bytes"], "bytes"),
        }
        for row in flows.to_dict("records")
    ]


def _address(host: object, port: int) -> str:
    return str(host) if port < 0 else f"{host} port {port}"


def _counter_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "event": str(row["event"]),
            "place": str(row["place"]),
            "value": f"{row['value']:.10g}" if row["state"] == "counted" else str(row["state"]),
            "unit": str(row["unit"]),
        }
        for row in table.to_dict("records")
    ]


def _plain(text: str) -> Text:
    return Text(printable(text))


def _print_losses(console: Console, loss: LossLedger) -> None:
    lost = loss.bytes - loss.bytes_read
    whole = not (lost or loss.dropped or loss.truncated)
    style = "" if whole else "yellow"
    if whole:
        console.print(_plain(f"nothing lost of {loss.bytes} bytes"))
    else:
        early = ", and the file ends early" if loss.truncated else ""
        console.print(
            _plain(f"lost: {loss.dropped} records, {lost} of {loss.bytes} bytes{early}"),
            style=style,
        )
    for reason in loss.reasons:
        console.print(_plain(f"  {reason}"), style=style)


def _function_table(event: str, rows: pd.DataFrame) -> Table:
    table = Table(title=_plain(event), title_justify="left", box=None, pad_edge=False, expand=True)
    table.add_column("self", justify="right", no_wrap=True, min_width=7)
    table.add_column("inclusive", justify="right", no_wrap=True, min_width=9)
    table.add_column("function", overflow="ellipsis", no_wrap=True, ratio=3)
    table.add_column("module", overflow="ellipsis", no_wrap=True, ratio=2)
    for own, inclusive, function, module in zip(
        rows["self_share"].tolist(),
        rows["inclusive_share"].tolist(),
        rows["function"].astype(str),
        rows["module"].astype(str),
        strict=True,
    ):
        shares = f"{100 * own:.1f} %", f"{100 * inclusive:.1f} %"
        table.add_row(*shares, _plain(function), _plain(module))
    return table
