"""The verdict on every function of two profiles, or of two groups of replicate captures.

Captures are independent, the samples within one are not: with three captures a side or more, a
function's change is held against how far captures of one side differ (``stats.moderated``), and
false discoveries among all functions are controlled. With fewer, no verdict is possible, and none
is given.

What replicates buy, for a function with 20 % of 20,000 samples whose share strays by 1 % between
captures, among 60 functions: a real change of 5 % is found in 4 % of comparisons with 3 captures a
side, in 18 % with 5 and in 58 % with 10; one of 10 % in 56 %, 90 % and all (simulated; the ``mde``
of a comparison says what its own spread would find).
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slonana_analysis.compare.multiplicity import CHANGES
from slonana_analysis.compare.profile_trees import merged_profile, node_differences
from slonana_analysis.compare.profile_verdicts import detectable, relative, verdicts_on, why_nothing
from slonana_analysis.compare.verdicts import FLOOR
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.canonical_names import ALL_RULES
from slonana_analysis.profiles.differences import (
    LEAST_CAPTURES,
    LEAST_SHARE,
    Effects,
    Scale,
    Sides,
    align_sides,
    effects,
)
from slonana_analysis.profiles.merging import merge_captures, without_copies
from slonana_analysis.profiles.names import frame_label
from slonana_analysis.stats.paired import LEVEL

_JUDGED = ("self", "inclusive")


@dataclass(frozen=True)
class ProfileDifferences:
    """What differs between two groups of captures.

    Attributes
    ----------
    functions : DataFrame
        Columns of ``schema.DIFFERENCES``: changes first, then by share.
    nodes : DataFrame
        Columns of ``schema.NODE_DIFFERENCES``, a row per node of ``profile``.
    profile : Profile
        The call trees of all captures merged under canonical names, with the summed weights of the
        other side: what a differential flame graph draws, coloured by ``nodes``.
    event, unit : str
        What was compared, and the unit of its weights.
    scale : str
        ``typical``: shares, relative to the typical function's; ``share``; ``amount``.
    judged : str
        ``self`` or ``inclusive``: which weight of functions the verdicts are on.
    captures : tuple of (int, int)
        Captures of the baseline and of the other side, copies left out.
    notes : tuple of str
        What the reader must know to read the verdicts right.
    """

    functions: pd.DataFrame
    nodes: pd.DataFrame
    profile: Profile
    event: str
    unit: str
    scale: str
    judged: str
    captures: tuple[int, int]
    notes: tuple[str, ...]


def compare_profiles(
    baseline: Sequence[Profile],
    other: Sequence[Profile],
    *,
    event: str | None = None,
    judged: str = "self",
    scale: Scale | None = None,
    floor: float = FLOOR,
    level: float = LEVEL,
    least_share: float = LEAST_SHARE,
    rules: Collection[str] = ALL_RULES,
) -> ProfileDifferences:
    """Compare captures function by function and call path by call path.

    Parameters
    ----------
    baseline, other : sequence of Profile
        Replicate captures of each side, of one tool; best recorded in turns.
    event : str, optional
        Event to compare; by default the only one, else ``Ir``, ``peak`` or the like.
    judged : str
        ``self``: the weight of samples in a function; ``inclusive``: with it on the stack.
    scale : str, optional
        ``typical`` (default for samples), ``share`` or ``amount`` (default for counts and bytes).
    floor : float
        Relative change below which nothing is called a change.
    level : float
        Error level of each interval, and share of false ones among the changes called.
    least_share : float
        Functions with a smaller share of all weight are not judged, unless counts are exact.
    rules : collection of str
        Rules for canonical names, see ``profiles.canonical_names.RULES``.

    Returns
    -------
    ProfileDifferences
        Positive estimates are more weight on the other side, ``regressed`` if it is a change.

    Raises
    ------
    UsageError
        If a side is empty, the captures measure different things, or an option is out of range.
    """
    if not baseline or not other:
        raise UsageError("a comparison of profiles needs at least one capture a side")
    if judged not in _JUDGED:
        raise UsageError(f"'self' or 'inclusive' weights are compared, not '{judged}'")
    if floor < 0 or not 0 < level < 1 or not 0 <= least_share <= 1:
        raise UsageError("floor is 0 or more, level between 0 and 1, least_share from 0 to 1")
    merged, first = without_copies(merge_captures([*baseline, *other], event, rules), len(baseline))
    sides = align_sides(merged, first, scale, least_share)
    functions, found = _functions(sides, judged, floor, level)
    profile = merged_profile(merged, other[-1], first)
    return ProfileDifferences(
        functions=functions,
        nodes=node_differences(sides, floor, level),
        profile=profile,
        event=merged.event,
        unit=merged.unit,
        scale=sides.scale,
        judged=judged,
        captures=(first, merged.totals.size - first),
        notes=_notes(sides, found, [*baseline, *other]),
    )


def _functions(
    sides: Sides, judged: str, floor: float, level: float
) -> tuple[pd.DataFrame, Effects]:
    merged = sides.merged
    weights = merged.own if judged == "self" else merged.inclusive
    found = effects(sides, weights, level)
    words, reasons = verdicts_on(sides, found, floor, level)
    means, shares = sides.means(weights), sides.shares(weights)
    own, inclusive = sides.means(merged.own), sides.means(merged.inclusive)
    rows = pd.DataFrame(
        {
            "function": merged.functions,
            "module": merged.modules,
            "originals": merged.originals,
            "baseline": means[0],
            "other": means[1],
            "baseline_share": shares[0],
            "other_share": shares[1],
            "share_change": shares[1] - shares[0],
            "baseline_self": own[0],
            "other_self": own[1],
            "baseline_inclusive": inclusive[0],
            "other_inclusive": inclusive[1],
            "estimate": relative(found.estimate),
            "low": relative(found.low),
            "high": relative(found.high),
            "p_value": found.p_value,
            "verdict": words,
            "replicates": sides.replicates,
            "floor": floor,
            "mde": detectable(found, floor, level),
            "reason": reasons,
        }
    )
    weighing = np.flatnonzero(merged.own.any(axis=1) | merged.inclusive.any(axis=1))
    return schema.DIFFERENCES.conform(_ordered(rows.iloc[weighing])), found


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Put changes first, then what weighs most."""
    still = ~rows["verdict"].isin(CHANGES)
    size = np.where(still, rows[["baseline_share", "other_share"]].max(axis=1), 0)
    change = np.where(still, 0, rows["share_change"].abs())
    order = np.lexsort((rows["module"], rows["function"], -size, -change, still))
    return rows.iloc[order]


def _notes(sides: Sides, found: Effects, captures: Sequence[Profile]) -> tuple[str, ...]:
    merged = sides.merged
    notes = []
    if sides.replicates < LEAST_CAPTURES and not found.exact.any():
        notes.append(why_nothing(sides))
    if sides.scale == "typical":
        moved = math.expm1(_typical_change(sides))
        notes.append(
            "changes are relative to the typical function, whose share of the whole changed by "
            f"{100 * moved:+.1f} %: where one function takes longer, the shares of all others fall"
        )
    if sides.scale == "share" and merged.sampled:
        notes.append("changes are of shares: where one function takes more, all others take less")
    if found.exact.any():
        notes.append(
            f"{int(found.exact.sum())} functions have the same counts in all captures of each side"
        )
    copies = len(captures) - merged.totals.size
    if copies:
        notes.append(f"{copies} captures were left out: they are copies of others of their side")
    damaged = sum(bool(profile.loss.truncated or profile.loss.dropped) for profile in captures)
    if damaged:
        notes.append(f"{damaged} of {len(captures)} captures are damaged; see each with ingest")
    return tuple(notes)


def _typical_change(sides: Sides) -> float:
    shifts = sides.shifts - np.log(np.maximum(sides.merged.totals, 1).astype(np.float64))
    return float(shifts[sides.baseline :].mean() - shifts[: sides.baseline].mean())


def as_verdicts(differences: ProfileDifferences) -> pd.DataFrame:
    """Return the differences as verdicts, for gates, JSON and lists that know those.

    Parameters
    ----------
    differences : ProfileDifferences
        From ``compare_profiles``.

    Returns
    -------
    DataFrame
        Columns of ``schema.VERDICTS``, a row per function; ``launches`` are captures.
    """
    table = differences.functions
    tested = table["p_value"].notna()
    names = [
        frame_label(function, module)
        for function, module in zip(table["function"], table["module"], strict=True)
    ]
    return schema.VERDICTS.conform(
        pd.DataFrame(
            {
                "run": "",
                "experiment": "profile",
                "variant": table["function"],
                "parameters": "{}",
                "name": names,
                "baseline": "A",
                "verdict": table["verdict"],
                "estimate": table["estimate"],
                "low": table["low"],
                "high": table["high"],
                "launches": table["replicates"],
                "floor": table["floor"],
                "mde": table["mde"],
                "value": table["other"],
                "value_low": math.nan,
                "value_high": math.nan,
                "baseline_value": table["baseline"],
                "unit": differences.unit,
                "reason": table["reason"],
                "p_value": table["p_value"],
                "comparisons": np.where(tested, int(tested.sum()), 0),
            }
        )
    )
