"""What the figures of experiment 61 say of the guide's, in words."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from slonana_analysis.experiments.asynchronous.timer_cases import (
    ACCEPTING,
    ALL_ACCEPTED,
    CANCELLED,
    CHECKED,
    MOST_REFUSED,
    REFUSING,
)
from slonana_analysis.experiments.asynchronous.variants import (
    ARRAYS_NAME,
    NUMBA_NAME,
    OBJECTS_NAME,
    PYTHON_NAME,
    SCAN_NAME,
    missing_layout,
)
from slonana_analysis.experiments.asynchronous.watcher_cases import ALL, NONE, ONE, WATCHERS
from slonana_analysis.kernels.asynchronous.rules import MAX_TIMERS
from slonana_analysis.native.compiler import cxx_compiler_facts
from slonana_analysis.units import format_time

if TYPE_CHECKING:  # launches import this package, and need no table: a fifth of a second each
    import pandas as pd

GUIDE_TIMER_NS = 70.0
GUIDE_WATCHERS_NS = 19_600.0

_SAME_AS_GUIDE = 1.5

Times: TypeAlias = Mapping[str, float]
"""Nanoseconds of one case by variant."""


def reading(summary: "pd.DataFrame") -> str:
    """Return what the guide's two figures time, whether they hold, and what arrays make of them.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``, of experiment 61.

    Returns
    -------
    str
        Markdown; it holds no text that did not come from this package.
    """
    known = _times(summary)
    parts = [
        *_timers(known.get(MOST_REFUSED, {}), known.get(ALL_ACCEPTED, {})),
        *_watchers(*(known.get(outcome, {}) for outcome in (ALL, ONE, NONE))),
        *_layouts(known),
        *_wheel(known.get(str(CHECKED[0]), {}), known.get(str(CHECKED[-1]), {})),
        *_python(known.get(ALL_ACCEPTED, {}), known.get(NONE, {})),
        *_missing(),
    ]
    return "\n\n".join(parts)


def _times(summary: "pd.DataFrame") -> dict[str, Times]:
    """Return the times of each case by what tells it apart: its outcome, or how many timers."""
    found: dict[str, Times] = {}
    for parameters, rows in summary.groupby("parameters", sort=False):
        named = json.loads(str(parameters))
        name = named.get("outcome") or _number_of_timers(named)
        found[name] = dict(zip(rows["variant"], rows["value"], strict=True))
    return found


def _number_of_timers(named: Mapping[str, object]) -> str:
    prefix = "cancel " if str(named["do"]).startswith("cancel") else ""
    return f"{prefix}{named['timers']}"


def _timers(refused: Times, accepted: Times) -> Iterator[str]:
    if not {OBJECTS_NAME} <= refused.keys() & accepted.keys():
        return
    each, created = refused[OBJECTS_NAME] / REFUSING, accepted[OBJECTS_NAME] / ACCEPTING
    refusal = (refused[OBJECTS_NAME] - MAX_TIMERS * created) / (REFUSING - MAX_TIMERS)
    yield (
        f"**A timer in {format_time(GUIDE_TIMER_NS)}?** As the validator's benchmark counts, a "
        f"creation takes {format_time(each)} in its layout here: the number "
        f"{_holds(each, GUIDE_TIMER_NS)}. But of {REFUSING:,} creations {MAX_TIMERS:,} are "
        f"accepted, and the others are refused, in about {format_time(max(refusal, 0.0))} each. "
        f"Where every creation is accepted one takes {format_time(created)}, "
        f"{created / each:.1f} times the benchmark's: what the figure times is mostly a refusal."
    )


def _holds(here: float, guide: float) -> str:
    if here > _SAME_AS_GUIDE * guide:
        return f"does not hold here, where it is {here / guide:.1f} times as large"
    if guide > _SAME_AS_GUIDE * here:
        return f"holds with room to spare, being {guide / here:.1f} times what it is here"
    return "holds"


def _watchers(every: Times, one: Times, none: Times) -> Iterator[str]:
    if not {OBJECTS_NAME} <= every.keys() & one.keys() & none.keys():
        return
    here = every[OBJECTS_NAME]
    yield (
        f"**{WATCHERS} watchers in {format_time(GUIDE_WATCHERS_NS)}?** In the benchmark all of "
        f"them fire at every check, which takes {format_time(here)} in the validator's layout "
        f"here: the number {_holds(here, GUIDE_WATCHERS_NS)}. It is the price of "
        f"{WATCHERS} tasks, each with a promise and a name, and of as many copies of 1 KiB, "
        f"not of {WATCHERS} comparisons: where one of {WATCHERS} thresholds is passed the same "
        f"check takes {format_time(one[OBJECTS_NAME])}, and where nothing changed, so that 1 KiB "
        f"is compared to its end for each watcher, {format_time(none[OBJECTS_NAME])}."
    )


def _layouts(known: Mapping[str, Times]) -> Iterator[str]:
    compared = {
        "creations as in the benchmark": MOST_REFUSED,
        "creations that are all accepted": ALL_ACCEPTED,
        f"{WATCHERS} watchers that all fire": ALL,
        "one that does": ONE,
        "none": NONE,
        f"cancelling {CANCELLED[-1]:,} timers": f"cancel {CANCELLED[-1]}",
    }
    pairs = {words: known.get(case, {}) for words, case in compared.items()}
    layouts = [
        f"{words} {times[OBJECTS_NAME] / times[NUMBA_NAME]:.1f}"
        for words, times in pairs.items()
        if {OBJECTS_NAME, NUMBA_NAME} <= times.keys()
    ]
    if layouts:
        yield (
            "**Layouts, not languages.** The same semantics in preallocated arrays take less time "
            f"by these factors: {'; '.join(layouts)}. The C++ does more work: it makes and hashes "
            "names, takes a lock, allocates an object for each timer and a task with a promise for "
            "each that fires, and copies the state once for each watcher, where arrays hold one "
            "copy for all and programs are numbers."
        )
    languages = [
        times[ARRAYS_NAME] / times[NUMBA_NAME]
        for times in pairs.values()
        if {ARRAYS_NAME, NUMBA_NAME} <= times.keys()
    ]
    if languages:
        yield (
            f"C in the same arrays takes {min(languages):.2f} to {max(languages):.2f} times what "
            "numba takes: that is all that is left for the language."
        )


def _wheel(few: Times, many: Times) -> Iterator[str]:
    grown = [
        f"{name} from {format_time(few[name])} to {format_time(many[name])}"
        for name in (NUMBA_NAME, SCAN_NAME, OBJECTS_NAME)
        if name in few and name in many
    ]
    if grown:
        yield (
            f"**The wheel.** From {CHECKED[0]} timers to {CHECKED[-1]:,} a slot's check grows: "
            f"{'; '.join(grown)}. A wheel looks at the timers that are due, of which there are on "
            f"average {CHECKED[0] / CHECKED[-1]:.2f} and 1; a scan looks at all."
        )


def _python(accepted: Times, none: Times) -> Iterator[str]:
    if {PYTHON_NAME} <= accepted.keys() & none.keys():
        yield (
            f"**From Python**, by the names of programs and accounts, a creation takes "
            f"{format_time(accepted[PYTHON_NAME] / ACCEPTING)} and a check of {WATCHERS} watchers "
            f"{format_time(none[PYTHON_NAME])}: nearly all of it is the way into compiled code."
        )


def _missing() -> Iterator[str]:
    if reason := missing_layout("objects"):
        yield (
            f"The validator's layout was not measured: {reason}. Without it nothing can be said of "
            "the guide's figures."
        )
    else:
        compiler = cxx_compiler_facts()
        yield f"C++ was compiled by `{compiler.version}` with `{' '.join(compiler.flags)}`."
    if reason := missing_layout("arrays"):
        yield f"C in our arrays was not measured: {reason}."
