"""What the guide's timer and watcher figures time, and what arrays make of the same semantics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.asynchronous.reading import reading
from slonana_analysis.experiments.asynchronous.timer_cases import (
    ACCEPTING,
    REFUSING,
    accepted_timers,
    cancel_cases,
    check_cases,
    create_cases,
)
from slonana_analysis.experiments.asynchronous.variants import EXPERIMENT_NAME
from slonana_analysis.experiments.asynchronous.watcher_cases import fired_watchers, watch_cases
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.measure.subject import Case

__all__ = ["EXPERIMENT", "WORK", "cases", "outcomes", "reading"]

_WORK: Mapping[str, Callable[[], Iterator[Case]]] = {
    "create": create_cases,
    "watch": watch_cases,
    "check": check_cases,
    "cancel": cancel_cases,
}
WORK = tuple(_WORK)
_EVERYTHING: Mapping[str, object] = {"work": list(WORK)}

EXPERIMENT = Experiment(
    name=EXPERIMENT_NAME,
    question="What do the guide's figures for timers and watchers time, and what could they be?",
    claim="Creating a timer takes 0.07 us, checking 100 watchers 19.6 us.",
    entry="slonana_analysis.experiments.asynchronous.async_execution:cases",
    presets={
        "smoke": Preset(2, 0.01, _EVERYTHING),
        "quick": Preset(10, 0.05, _EVERYTHING),
        "full": Preset(20, 0.4, _EVERYTHING),
    },
)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield one case per piece of work and outcome.

    Parameters
    ----------
    settings : mapping
        ``work`` (list of names among ``WORK``).

    Yields
    ------
    Case
        The first variant is the validator's layout, where it can be compiled.

    Raises
    ------
    UsageError
        If a piece of work is unknown.
    """
    for name in settings["work"]:
        if name not in _WORK:
            raise UsageError(f"no work is called '{name}'; there are {', '.join(WORK)}")
        yield from _WORK[name]()


def outcomes() -> dict[str, int]:
    """Return what the benchmarks' calls come to, by our kernels.

    Returns
    -------
    dict of str to int
        How many timers are accepted, and how many watchers fire at a check; the same everywhere.
    """
    accepted = {
        f"accepted of {count:,} timers": accepted_timers(count) for count in (REFUSING, ACCEPTING)
    }
    return accepted | {f"watchers, {case}": count for case, count in fired_watchers().items()}
