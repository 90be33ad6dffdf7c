"""The verdicts of a run in words: how many of each, and experiment by experiment what changed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from slonana_analysis.report.records import VERDICT_WORDS, VerdictRow
from slonana_analysis.report.words import count_text, experiment_text

# A list longer than this is folded after the changes; the table below has all of them.
_SHOWN = 12
# Level of the intervals, and false-discovery rate among the changes called.
_LEVEL = 0.01


@dataclass(frozen=True)
class Group:
    """The verdicts of one experiment: those shown at once, those folded away, and their count."""

    heading: str
    tally: str
    shown: tuple[VerdictRow, ...]
    folded: tuple[VerdictRow, ...]

    @property
    def folded_label(self) -> str:
        """What the folded part is called."""
        return f"{count_text(len(self.folded), 'more comparison')}: {_tally(self.folded)}"


def tally(rows: Sequence[VerdictRow]) -> list[tuple[str, int]]:
    """Return each verdict word with its count, zeros included, in a fixed order."""
    return [(word, sum(row.verdict == word for row in rows)) for word in VERDICT_WORDS]


def groups(rows: Sequence[VerdictRow]) -> list[Group]:
    """Return the verdicts by experiment, the largest changes first.

    Parameters
    ----------
    rows : sequence of VerdictRow
        In stored order.

    Returns
    -------
    list of Group
        Experiments in order of first appearance.
    """
    experiments = dict.fromkeys(row.experiment for row in rows)
    return [_group(name, [row for row in rows if row.experiment == name]) for name in experiments]


def launches_text(rows: Sequence[VerdictRow]) -> str:
    """Return how many launches the verdicts rest on, for example ``"7"`` or ``"2 to 15"``."""
    counts = sorted({row.launches for row in rows if row.verdict != "not measured"})
    if not counts:
        return "none"
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def comparisons_text(rows: Sequence[VerdictRow]) -> str:
    """Return how many comparisons were made, and how many changes may be chance."""
    made = sum(row.verdict != "not measured" for row in rows)
    if not made:
        return "No comparison was made."
    return (
        f"{count_text(made, 'comparison')} {'was' if made == 1 else 'were'} made. "
        "A change is called only where a 99 % interval excludes zero, the estimate passes the "
        "floor, and the false-discovery rate among the comparisons of its experiment stays below "
        f"{_LEVEL:.0%}. {_chance(rows)}"
    )


def _chance(rows: Sequence[VerdictRow]) -> str:
    changed = sum(row.verdict in {"improved", "regressed"} for row in rows)
    if not changed:
        return "None was called."
    return (
        f"Of the {count_text(changed, 'change')} called, {_LEVEL * changed:.1f} or fewer are "
        "expected to be chance."
    )


def _group(experiment: str, rows: Sequence[VerdictRow]) -> Group:
    ordered = sorted(rows, key=_importance)
    changed = sum(row.verdict in {"improved", "regressed"} for row in rows)
    visible = len(rows) if len(rows) <= _SHOWN else max(min(changed, _SHOWN), 3)
    return Group(
        heading=experiment_text(experiment),
        tally=f"{count_text(len(rows), 'comparison')}: {_tally(rows)}.",
        shown=tuple(ordered[:visible]),
        folded=tuple(ordered[visible:]),
    )


def _importance(row: VerdictRow) -> tuple[bool, int, float]:
    """Return a sort key: changes by size first, then the others by word, in stored order."""
    if row.verdict in {"improved", "regressed"}:
        return (False, 0, -abs(math.log1p(max(row.estimate, -1 + 1e-9))))
    return (True, VERDICT_WORDS.index(row.verdict), 0.0)


def _tally(rows: Sequence[VerdictRow]) -> str:
    return ", ".join(f"{count} {word}" for word, count in tally(rows) if count)
