"""What goes into a flame graph: the chosen samples by event and thread, and what is compared."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.names import printable

OTHER_THREADS = "(other threads)"
NOISE_VERDICTS = frozenset(
    {"", "noise", "same", "inconclusive", "unknown", "unchanged", "not measured"}
)
"""Verdicts that claim no change; a viewer greys what has one."""

_MOST_THREADS = 24


@dataclass(frozen=True)
class ChosenSamples:
    """Samples of the chosen events.

    Attributes
    ----------
    node, weight : ndarray, shape (n_samples,)
        Row of the profile's nodes, -1 without a stack; and the weight in the event's unit.
    event, thread : ndarray of int64, shape (n_samples,)
        Rows of ``events`` and ``threads``.
    events, units, threads : list of str
        Names of all events of the profile, their units, and names of groups of threads, the
        heaviest first.
    """

    node: NDArray[np.int32]
    weight: NDArray[np.int64]
    event: NDArray[np.int64]
    thread: NDArray[np.int64]
    events: list[str]
    units: list[str]
    threads: list[str]


def choose_samples(
    profile: Profile, events: Collection[str] | None, *, split_threads: bool
) -> ChosenSamples:
    """Return the samples of some events.

    Parameters
    ----------
    profile : Profile
        The profile.
    events : collection of str, optional
        Events to keep; all by default.
    split_threads : bool
        Whether to tell threads of different names apart; the lightest of very many are one group.

    Returns
    -------
    ChosenSamples
        In the profile's order.

    Raises
    ------
    UsageError
        If the profile lacks one of the events.
    """
    column = profile.samples["event"].cat
    known = [str(name) for name in column.categories]
    for name in events or ():
        if name not in known:
            raise UsageError(
                f"the profile has no event '{printable(name)}'; it has "
                f"{', '.join(map(printable, known)) or 'none'}"
            )
    wanted = np.array([events is None or name in events for name in known], np.bool_)
    codes = column.codes.to_numpy(np.int64)
    chosen = np.flatnonzero(wanted[codes]) if known else np.zeros(0, np.int64)
    event = codes[chosen].astype(np.int64)
    weight = profile.samples["weight"].to_numpy()[chosen]
    thread, threads = np.zeros(chosen.size, np.int64), [""]
    if split_threads and len(profile.threads):
        row = profile.samples["thread"].to_numpy()[chosen]
        thread, threads = _thread_groups(profile, row, event, weight)
    return ChosenSamples(
        node=profile.samples["node"].to_numpy()[chosen],
        weight=weight,
        event=event,
        thread=thread,
        events=[printable(name) for name in known],
        units=[profile.unit_of(name) for name in known],
        threads=threads,
    )


def _thread_groups(
    profile: Profile,
    row: NDArray[np.int32],
    event: NDArray[np.int64],
    weight: NDArray[np.int64],
) -> tuple[NDArray[np.int64], list[str]]:
    codes, names = pd.factorize(profile.threads["name"].astype(str).map(printable))
    of_sample = codes[row]
    # Events count different things: each is brought to a total of one before they are added.
    totals = np.bincount(event, weight, minlength=1)
    share = np.bincount(of_sample, weight / np.maximum(totals[event], 1), minlength=len(names))
    order = np.lexsort((np.asarray(names, np.str_), -share))
    group = np.empty(len(names), np.int64)
    group[order] = np.minimum(np.arange(len(names)), _MOST_THREADS)
    labels = [str(names[index]) for index in order[:_MOST_THREADS]]
    if len(names) > _MOST_THREADS:
        labels.append(OTHER_THREADS)
    return group[of_sample], labels


@dataclass(frozen=True)
class Change:
    """What a profile is compared with, by row of the profile's nodes.

    Attributes
    ----------
    baseline : ndarray of float64, shape (n_nodes,)
        The node's own weight in what is compared with.
    difference : ndarray of float64, shape (n_nodes,), or None
        By how much the profile has more.
    verdict : ndarray of int16, shape (n_nodes,), or None
        Row in ``verdicts``.
    verdicts : tuple of str
        Those that claim no change first, of these the empty one.
    noise : int
        How many claim none.
    """

    baseline: NDArray[np.float64]
    difference: NDArray[np.float64] | None
    verdict: NDArray[np.int16] | None
    verdicts: tuple[str, ...]
    noise: int


def read_change(profile: Profile, table: pd.DataFrame, samples: ChosenSamples) -> Change:
    """Check a table of differences and turn it into arrays.

    Parameters
    ----------
    profile : Profile
        The profile.
    table : DataFrame
        As in ``flame_tree``.
    samples : ChosenSamples
        What was chosen of the profile.

    Returns
    -------
    Change
        By row of the profile's nodes.

    Raises
    ------
    UsageError
        If the table does not fit, holds what is no weight, or more than one event was chosen.
    """
    if "baseline" not in table or len(table) != len(profile.nodes):
        raise UsageError(
            "differences need a column 'baseline' and a row for each of the profile's "
            f"{len(profile.nodes)} nodes, not {len(table)} rows of {', '.join(map(str, table))}"
        )
    if np.unique(samples.event).size > 1:
        raise UsageError(f"differences are of one event; name one of {', '.join(samples.events)}")
    numbers = table[[name for name in ("baseline", "difference") if name in table]]
    if not np.isfinite(numbers.to_numpy(np.float64)).all() or (table["baseline"] < 0).any():
        raise UsageError("baselines and differences must be finite, and no baseline negative")
    verdict = None
    verdicts: tuple[str, ...] = ()
    if "verdict" in table:
        texts = [printable(str(text)) for text in table["verdict"]]
        # Nothing is claimed of the root and of what is folded: the first verdict is always "".
        found = {*texts, ""}
        verdicts = tuple(sorted(found, key=lambda text: (text not in NOISE_VERDICTS, text)))
        rows = {text: row for row, text in enumerate(verdicts)}
        verdict = np.array([rows[text] for text in texts], np.int16)
    return Change(
        baseline=table["baseline"].to_numpy(np.float64),
        difference=table["difference"].to_numpy(np.float64) if "difference" in table else None,
        verdict=verdict,
        verdicts=verdicts,
        noise=sum(text in NOISE_VERDICTS for text in verdicts),
    )
