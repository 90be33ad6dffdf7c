"""What differs between two profiles, on a terminal."""

import math

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.compare.profiles import ProfileDifferences, as_verdicts
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow, verdict_rows
from slonana_analysis.report.words import count_text, detectable_text, effect_text

_WORD_WIDTH = max(len(word) for word in VERDICT_WORDS)


def difference_lines(differences: ProfileDifferences, top: int = 20) -> list[str]:
    """Return one aligned line per function: all changes, then the heaviest of the rest.

    Parameters
    ----------
    differences : ProfileDifferences
        From ``compare_profiles``.
    top : int
        Functions shown beside the changes.

    Returns
    -------
    list of str
        Without colours; names cannot move the cursor. The last line counts verdicts.
    """
    rows = verdict_rows(as_verdicts(differences))
    table = differences.functions
    shares = list(zip(table["baseline_share"], table["other_share"], strict=True))
    changed = sum(row.verdict in CHANGES for row in rows)
    shown = changed + top
    lines = [_line(row, *share) for row, share in zip(rows[:shown], shares[:shown], strict=True)]
    if len(rows) > shown:
        lines.append(f"… and {count_text(len(rows) - shown, 'more function')} without a change")
    return [*lines, _tally(differences, rows)]


def _line(row: VerdictRow, before: float, after: float) -> str:
    effect = effect_text(row.estimate) if math.isfinite(row.estimate) else "new"
    if math.isnan(row.low):
        # Without an interval an effect says nothing, however large it is.
        effect = ""
    span = "" if math.isnan(row.low) else f"({effect_text(row.low)} .. {effect_text(row.high)})"
    finds = f"finds {detectable_text(row.mde)}" if math.isfinite(row.mde) else ""
    shares = f"{100 * before:6.2f} → {100 * after:.2f} %"
    return (
        f"{row.verdict:<{_WORD_WIDTH}}  {effect:>8} {span:<21} {shares:<17}  {finds:<13}  "
        f"{printable(row.name)}"
    )


def _tally(differences: ProfileDifferences, rows: list[VerdictRow]) -> str:
    counts = [(word, sum(row.verdict == word for row in rows)) for word in VERDICT_WORDS]
    listed = ", ".join(f"{count} {word}" for word, count in counts if count)
    before, after = differences.captures
    captures = f"{count_text(before, 'capture')} against {count_text(after, 'capture')}"
    return f"{captures}, {differences.event}: {count_text(len(rows), 'function')}: {listed}"
