"""A profile on the terminal: what it holds, what was lost, and its heaviest functions."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.profiles.facts import profile_facts
from slonana_analysis.profiles.functions import functions
from slonana_analysis.profiles.names import printable
from slonana_analysis.units import format_quantity

# Where nobody looks at a screen, long names are worth more than short lines.
_FILE_WIDTH = 200


def print_summary(file: str, profile: Profile, event: str | None = None, top: int = 20) -> None:
    """Print a profile's facts, its losses and its heaviest functions.

    Parameters
    ----------
    file : str
        What to call it.
    profile : Profile
        The profile; its names are shown as plain text, whatever they hold.
    event : str, optional
        Event to look at; by default every one.
    top : int
        Functions to list for each event.

    Raises
    ------
    UsageError
        If the profile has no such event.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_FILE_WIDTH)
    facts = profile_facts(file, profile)
    console.print(_plain(file), style="bold")
    console.print(
        _plain(
            f"{profile.format}: {facts['samples']} samples of {profile.event or 'no event'}, "
            f"{format_quantity(profile.weight, profile.unit)} in all, "
            f"{facts['stacks']} stacks, {facts['functions']} functions"
        )
    )
    _print_losses(console, profile.loss)
    for name in [event] if event is not None else list(profile.samples["event"].cat.categories):
        rows = functions(profile, name)
        console.print(_function_table(name, rows.head(top)))
        if len(rows) > top:
            console.print(_plain(f"… and {len(rows) - top} more functions"))


def _plain(text: str) -> Text:
    return Text(printable(text))


def _print_losses(console: Console, loss: LossLedger) -> None:
    if not (loss.reasons or loss.dropped or loss.truncated):
        console.print(_plain(f"nothing lost of {loss.bytes} bytes"))
        return
    lost = loss.bytes - loss.bytes_read
    console.print(
        _plain(f"lost: {loss.dropped} records, {lost} of {loss.bytes} bytes"), style="yellow"
    )
    for reason in loss.reasons:
        console.print(_plain(f"  {reason}"), style="yellow")


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
