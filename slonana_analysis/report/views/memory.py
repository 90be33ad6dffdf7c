"""How a notebook shows a memory profile: one call each."""

from dataclasses import dataclass

import pandas as pd
from IPython.display import display
from markupsafe import Markup, escape

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.memory import (
    growth,
    leaks,
    memory_sites,
    memory_timeline,
    site_label,
    temporaries,
)
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.figures.memory import memory_plot, site_bars, temporary_bars
from slonana_analysis.report.figures.style import ReportFigure
from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.tables import facts_table
from slonana_analysis.report.words import count_text
from slonana_analysis.units import format_bytes, format_weight

_FACTS = {
    "command": "Command",
    "heaptrack version": "heaptrack",
    "options": "Options",
    "attached": "Attached",
}


def show_memory_losses(profile: Profile) -> HtmlTable:
    """Return what the reader kept of a memory recording, its totals, and what it could not read."""
    loss, snapshots = profile.loss, profile.snapshots
    sums = profile.samples.groupby("event", observed=True)["weight"].sum()
    rows = [
        *((word, profile.header[key]) for key, word in _FACTS.items() if key in profile.header),
        *(
            (str(event).capitalize(), format_weight(int(weight), profile.unit_of(str(event))))
            for event, weight in sums.items()
        ),
        ("Moments", f"{len(snapshots):,}, {profile.held['snapshot'].nunique()} with call paths"),
        ("Text", format_bytes(loss.bytes)),
        ("Read", format_bytes(loss.bytes_read)),
        ("Records", f"{loss.records:,}"),
        ("Records dropped", f"{loss.dropped:,}"),
        ("Ends too early", "yes" if loss.truncated else "no"),
        *(("Reason", reason) for reason in loss.reasons),
    ]
    return facts_table(rows, caption="What was read")


def show_memory(profile: Profile, top: int = 6, skip: str = "") -> ReportFigure:
    """Return the figure of memory over time, by the place that asked for it."""
    timeline = memory_timeline(profile, top, skip=skip)
    return memory_plot(timeline, profile.snapshots, profile.time_unit)


def show_memory_peak(profile: Profile, rows: int = 12, skip: str = "") -> ReportFigure:
    """Return the figure of what held the memory when most was held."""
    return site_bars(memory_sites(profile, skip=skip), top=rows, title="Held at the peak")


def show_memory_growth(
    profile: Profile,
    before: int | None = None,
    after: int | None = None,
    rows: int = 15,
    skip: str = "",
) -> HtmlTable:
    """Return what grew most between two moments, rows of ``profile.snapshots``; see `growth`."""
    table = growth(profile, before, after, skip=skip)
    shown = table.head(rows)
    rest = f", {len(shown)} of {len(table)}" if len(shown) < len(table) else ""
    columns = (shown[name].tolist() for name in ("function", "module", "before", "after", "change"))
    return HtmlTable(
        caption=f"Growth by place{rest}",
        headings=(
            Heading("Place"),
            Heading("Module"),
            Heading("Before", number=True),
            Heading("After", number=True),
            Heading("Change", number=True),
        ),
        rows=tuple(
            (
                Cell(Markup("<code>{}</code>").format(printable(site_label(function, module)))),
                Cell(module.rsplit("/", 1)[-1] or "unknown"),
                Cell(format_bytes(old), sort=old),
                Cell(format_bytes(new), sort=new),
                Cell(_signed(change), sort=change),
            )
            for function, module, old, new, change in zip(*columns, strict=True)
        ),
        kind="functions",
        sortable=True,
        searchable=True,
    )


def show_leaks(profile: Profile, rows: int = 12, skip: str = "") -> ReportFigure | None:
    """Return the figure of what was held at the end, by place; a notice where nothing was."""
    table = leaks(profile, skip=skip)
    if table.empty:
        _show_nothing("leaks", "Everything was freed before the recording ended.")
        return None
    title = "Held where the file ends" if profile.loss.truncated else "Held at the end"
    return site_bars(table, top=rows, title=title)


def show_temporaries(profile: Profile, rows: int = 12, skip: str = "") -> ReportFigure | None:
    """Return the figure of temporary allocations, by place; a notice where there are none."""
    table = temporaries(profile, skip=skip)
    if table.empty:
        _show_nothing("temporary allocations", "The recording holds none.")
        return None
    return temporary_bars(table, top=rows, title="Temporary allocations")


@dataclass(frozen=True)
class MemoryReading:
    """Sentences about a memory profile; names from it are escaped where they are shown.

    Attributes
    ----------
    html : Markup
        One paragraph.
    """

    html: Markup

    def _repr_html_(self) -> str:
        return str(Markup("<p>{}</p>").format(self.html))

    def __repr__(self) -> str:
        """Return the sentences as plain text."""
        return self.html.striptags()


def show_memory_reading(profile: Profile, skip: str = "") -> MemoryReading:
    """Return in sentences what a memory profile shows."""
    sentences = [_peak_sentence(memory_sites(profile, skip=skip))]
    known = set(map(str, profile.samples["event"].cat.categories))
    if "temporary" in known:
        calls = int(memory_sites(profile, "allocations", skip=skip)["weight"].sum())
        sentences.append(_temporary_sentence(temporaries(profile, skip=skip), calls))
    if "leaked" in known:
        left = leaks(profile, skip=skip)
        amount = format_bytes(float(left["weight"].sum()))
        end = "where the file ends" if profile.loss.truncated else "at the end"
        words = f"{amount} were still held {end}, in {count_text(len(left), 'place')}."
        sentences.append(escape(words))
    return MemoryReading(Markup(" ").join(filter(None, sentences)))


def _peak_sentence(peak: pd.DataFrame) -> Markup:
    if peak.empty:
        return Markup("No moment says what held the memory.")
    return Markup("At the peak {} were held, {} of them by {}.").format(
        format_bytes(int(peak["weight"].sum())), f"{peak['share'].iloc[0]:.0%}", _name(peak)
    )


def _temporary_sentence(table: pd.DataFrame, calls: int) -> Markup:
    count = int(table["temporary"].sum())
    first = Markup("{} of {} ({}) were freed by the very next deallocation").format(
        f"{count:,}", count_text(calls, "allocation"), f"{count / max(calls, 1):.0%}"
    )
    return first + (Markup(", most of them of {}.").format(_name(table)) if count else ".")


def _name(table: pd.DataFrame) -> Markup:
    first = table.iloc[0]
    label = printable(site_label(first["function"], first["module"]))
    return Markup("<code>{}</code>").format(label)


def _show_nothing(what: str, why: str) -> None:
    display(NotMeasured(what, why, "That is good news, if the recording is whole."))  # type: ignore[no-untyped-call]


def _signed(change: int) -> str:
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change < 0 else ""
    return f"{sign}{format_bytes(abs(change))}"
