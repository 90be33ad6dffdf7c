"""How a notebook and a page show two runs held against each other."""

from collections.abc import Sequence

from IPython.display import Markdown

from slonana_analysis.report.html_table import Cell, Heading, HtmlTable
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow, changes, verdict_rows
from slonana_analysis.report.run_comparison import ComparedRuns
from slonana_analysis.report.tables import verdict_table
from slonana_analysis.report.views.prose import prose
from slonana_analysis.report.words import count_text

_SENTENCES = 10


def show_comparison(compared: ComparedRuns) -> NotMeasured | Markdown:
    """Return what changed between two runs, in words, the largest regressions first."""
    if not compared.before:
        return NotMeasured("a comparison with an earlier run", compared.reasons[0])
    return prose("\n".join(comparison_sentences(compared)))


def comparison_sentences(compared: ComparedRuns) -> list[str]:
    """Return Markdown list items: what the verdicts are, what changed, what to bear in mind.

    Names in it are escaped by being code; the names of experiments and variants are a package's
    own, but a plug-in's may be anything.
    """
    rows = verdict_rows(compared.verdicts)
    lines = [f"- {tally_sentence(rows, compared)}"]
    lines += [f"- {change_sentence(row)}" for row in changes(rows)[:_SENTENCES]]
    lines += [f"- {change_sentence(row)}" for row in changes(verdict_rows(compared.counts))]
    lines += [f"- {reason[:1].upper()}{reason[1:]}." for reason in compared.reasons]
    return lines


def tally_sentence(rows: Sequence[VerdictRow], compared: ComparedRuns) -> str:
    """Return how many comparisons ended in which verdict."""
    counts = {word: sum(row.verdict == word for row in rows) for word in VERDICT_WORDS}
    listed = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return (
        f"Run {compared.after} against {compared.before}: {count_text(len(rows), 'comparison')}"
        f"{f': {listed}' if listed else ''}."
    )


def change_sentence(row: VerdictRow) -> str:
    """Return one change in words, for example ``"`relu 64, numba` is 4.1 % slower, …"``."""
    more, less = ("more", "fewer") if row.unit == "instructions" else ("slower", "faster")
    size = abs(row.estimate)
    direction = more if row.estimate > 0 else less
    what = f"{size:.1%}".replace("%", " %")
    ends = sorted((abs(row.low), abs(row.high)))
    span = f" ({ends[0]:.1%} to {ends[1]:.1%})".replace("%", " %") if ends[0] != ends[1] else ""
    verb = "executes" if row.unit == "instructions" else "is"
    noun = " instructions" if row.unit == "instructions" else ""
    name = row.name.replace("`", "'")
    launches = "" if noun else f", {count_text(row.launches, 'launch', 'launches')}"
    return f"`{name}` {verb} {what} {direction}{noun}{span}{launches}"


def comparison_table(compared: ComparedRuns) -> HtmlTable:
    """Return the verdicts on every subject of two runs as a table; counts stand below times."""
    caption = f"{compared.after} against {compared.before}" if compared.before else ""
    # The caption names the runs; their ids below every value would double the rows' height.
    rows = compared.gated_verdicts.assign(baseline="earlier run")
    return verdict_table(rows, caption=caption, with_experiment=True)


def environment_table(compared: ComparedRuns) -> HtmlTable:
    """Return what differs between the environments of two runs, as a table."""
    rows = tuple((Cell(fact), Cell(old), Cell(new)) for fact, old, new in compared.environment)
    headings = (
        Heading("Fact"),
        Heading(compared.before or "Earlier run"),
        Heading(compared.after or "Later run"),
    )
    caption = f"{count_text(len(rows), 'difference')} between the environments"
    return HtmlTable(caption, headings, rows, kind="facts")
