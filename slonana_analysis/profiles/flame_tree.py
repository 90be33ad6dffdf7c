"""A call tree ready to be drawn and explored: merged by function, split by event and thread.

Where ``flame_graph`` says which rectangle goes where in one picture, this keeps the tree itself,
so that a viewer can turn it round, look at one function, choose a thread, or compare.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import function_table, merge_siblings, subtree_sums
from slonana_analysis.profiles.flame_inputs import (
    Change,
    ChosenSamples,
    choose_samples,
    read_change,
)
from slonana_analysis.profiles.names import printable

ROOT = "all"
SMALLER = "(smaller)"

_ROOT_FUNCTION = 0
_SMALLER_FUNCTION = 1
_FIRST_FUNCTION = 2
# Baselines are not whole numbers; this many parts of the total are told apart.
_PARTS = 1e12


@dataclass(frozen=True)
class FlameSeries:
    """The weights of one event in the threads of one name.

    Attributes
    ----------
    event, unit, thread : str
        What was counted, in what unit, and the threads' name.
    nodes : ndarray of int32, shape (n_weighted,)
        Rows of the tree, ascending.
    weights : ndarray of int64, shape (n_weighted,), in ``unit``
        Weight of the samples that end in the node.
    """

    event: str
    unit: str
    thread: str
    nodes: NDArray[np.int32]
    weights: NDArray[np.int64]


@dataclass(frozen=True)
class FlameTree:
    """A call tree merged by function, with weights by event and thread.

    Attributes
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Row of the caller; always smaller than the node's own. Row 0, with parent -1, is ``all``.
    functions : ndarray of int32, shape (n_nodes,)
        Row of the node's function in ``names`` and ``modules``.
    folded : ndarray of int64, shape (n_nodes,)
        How many frames a ``(smaller)`` node stands for; 0 for every other node.
    names, modules : tuple of str
        Functions, visible characters only; markup in them is not escaped. The first two are
        ``all`` and ``(smaller)``.
    series : tuple of FlameSeries
        By event, and by thread name in the order of their weight.
    change : Change or None
        What it is compared with, by node of this tree.
    """

    parents: NDArray[np.int32]
    functions: NDArray[np.int32]
    folded: NDArray[np.int64]
    names: tuple[str, ...]
    modules: tuple[str, ...]
    series: tuple[FlameSeries, ...]
    change: Change | None = None


def flame_tree(
    profile: Profile,
    *,
    minimum_share: float = 0.0,
    most_nodes: int | None = None,
    events: Collection[str] | None = None,
    differences: pd.DataFrame | None = None,
) -> FlameTree:
    """Merge a profile's call tree by function and fold what is too small to see.

    Parameters
    ----------
    profile : Profile
        The profile.
    minimum_share : float
        A node with less than this share of every event's weight is folded, with all its callees,
        into its caller's ``(smaller)``; nodes without any weight are left out.
    most_nodes : int, optional
        Fold the lightest nodes until no more than these are left; the ``(smaller)`` nodes, at most
        one per node left, come on top.
    events : collection of str, optional
        Events to keep; all by default.
    differences : DataFrame, optional
        One row per row of ``profile.nodes``, in its order, with the columns ``baseline`` (the
        node's own weight in what is compared with, in the profile's unit and already normalised),
        ``difference`` (what is to be shown as its change; own weight less baseline if left out)
        and ``verdict`` (text; none of ``NOISE_VERDICTS`` for a change that is real), of which the
        last two are optional. Threads are not told apart then.

    Returns
    -------
    FlameTree
        Only ``all`` for a profile without weight.

    Raises
    ------
    UsageError
        If ``minimum_share`` is not from 0 to 1, ``most_nodes`` is not positive, an event is
        missing, or ``differences`` does not fit the profile.
    """
    if not 0 <= minimum_share <= 1:
        raise UsageError(f"a share is from 0 to 1, not {minimum_share}")
    if most_nodes is not None and most_nodes < 1:
        raise UsageError(f"a flame graph needs a node at least, not {most_nodes}")
    samples = choose_samples(profile, events, split_threads=differences is None)
    change = None if differences is None else read_change(profile, differences, samples)
    table = function_table(profile)
    merged, parents, functions = merge_siblings(
        profile.nodes["parent"].to_numpy(), table.of_frame[profile.nodes["frame"].to_numpy()]
    )
    # Row 0 becomes the root, to which samples without a stack belong: those of node -1, the last.
    place = np.concatenate([merged + 1, [0]]).astype(np.int32)
    parents = np.concatenate([[-1], parents + 1]).astype(np.int32)
    functions = np.concatenate([[_ROOT_FUNCTION], functions + _FIRST_FUNCTION]).astype(np.int32)
    shares = _largest_shares(parents, place, samples, change)
    folding = _fold(parents, functions, _shown(shares, minimum_share, most_nodes), shares > 0)
    place = folding.moved[place]
    functions, names, modules = _used_names(folding.functions, table.functions, table.modules)
    return FlameTree(
        parents=folding.parents,
        functions=functions,
        folded=folding.folded,
        names=names,
        modules=modules,
        series=_series(samples, place),
        change=None if change is None else _moved_change(change, place[:-1], folding.parents.size),
    )


def _largest_shares(
    parents: NDArray[np.int32],
    place: NDArray[np.int32],
    samples: ChosenSamples,
    change: Change | None,
) -> NDArray[np.float64]:
    """Return the largest share that each node has of any event's weight, or of the baseline's."""
    owns = []
    for event in np.unique(samples.event):
        mine = samples.event == event
        own = np.zeros(parents.size, np.int64)
        np.add.at(own, place[samples.node[mine]], samples.weight[mine])
        owns.append(own)
    if change is not None:
        parts = np.bincount(place[:-1], change.baseline, minlength=parents.size)
        owns.append(np.rint(parts * (_PARTS / max(parts.sum(), 1e-300))).astype(np.int64))
    largest = np.zeros(parents.size, np.float64)
    for own in owns:
        weight = subtree_sums(parents, own)
        np.maximum(largest, weight / max(int(weight[0]), 1), out=largest)
    return largest


def _shown(
    shares: NDArray[np.float64], minimum_share: float, most_nodes: int | None
) -> NDArray[np.bool_]:
    shown = (shares >= minimum_share) & (shares > 0)
    shown[0] = True
    if most_nodes is not None and np.count_nonzero(shown) > most_nodes:
        # A caller weighs no less than its callee and stands above it: it is never cut before it.
        order = np.lexsort((np.arange(shares.size), -shares))
        shown[order[most_nodes:]] = False
        shown[0] = True
    return shown


@dataclass(frozen=True)
class _Folding:
    """A tree without its small nodes, and where each node of the tree before went."""

    parents: NDArray[np.int32]
    functions: NDArray[np.int32]
    folded: NDArray[np.int64]
    moved: NDArray[np.int32]


def _fold(
    parents: NDArray[np.int32],
    functions: NDArray[np.int32],
    shown: NDArray[np.bool_],
    weighted: NDArray[np.bool_],
) -> _Folding:
    kept = np.flatnonzero(shown).astype(np.int32)
    place = np.full(shown.size, -1, np.int32)
    place[kept] = np.arange(kept.size, dtype=np.int32)
    hidden = ~shown & weighted
    tops = np.flatnonzero(hidden & shown[parents])
    hosts = np.unique(parents[tops])
    smaller = np.full(shown.size, -1, np.int32)
    smaller[hosts] = kept.size + np.arange(hosts.size, dtype=np.int32)
    place[tops] = smaller[parents[tops]]
    moved = place.tolist()
    for node, parent in enumerate(parents.tolist()):
        if moved[node] < 0:
            moved[node] = moved[parent]
    into = np.array(moved, np.int32)
    return _Folding(
        parents=np.concatenate([np.where(kept > 0, place[parents[kept]], -1), place[hosts]]).astype(
            np.int32
        ),
        functions=np.concatenate(
            [functions[kept], np.full(hosts.size, _SMALLER_FUNCTION, np.int32)]
        ),
        folded=np.bincount(into[hidden], minlength=kept.size + hosts.size).astype(np.int64),
        moved=into,
    )


def _used_names(
    functions: NDArray[np.int32], names: list[str], modules: list[str]
) -> tuple[NDArray[np.int32], tuple[str, ...], tuple[str, ...]]:
    used = np.union1d(functions, [_ROOT_FUNCTION, _SMALLER_FUNCTION])
    rows = (used[_FIRST_FUNCTION:] - _FIRST_FUNCTION).tolist()
    return (
        np.searchsorted(used, functions).astype(np.int32),
        (ROOT, SMALLER, *(printable(names[row]) for row in rows)),
        ("", "", *(printable(modules[row]) for row in rows)),
    )


def _series(samples: ChosenSamples, place: NDArray[np.int32]) -> tuple[FlameSeries, ...]:
    found = []
    group = samples.event * len(samples.threads) + samples.thread
    node = place[samples.node]
    for key in np.unique(group):
        event, thread = divmod(int(key), len(samples.threads))
        mine = group == key
        nodes, row = np.unique(node[mine], return_inverse=True)
        weights = np.zeros(nodes.size, np.int64)
        np.add.at(weights, row, samples.weight[mine])
        found.append(
            FlameSeries(
                samples.events[event],
                samples.units[event],
                samples.threads[thread],
                nodes.astype(np.int32),
                weights,
            )
        )
    return tuple(found)


def _moved_change(change: Change, place: NDArray[np.int32], count: int) -> Change:
    """Sum a change by node; merged nodes have the verdict of the one that says most."""
    verdict = None
    if change.verdict is not None:
        verdict = np.zeros(count, np.int16)
        np.maximum.at(verdict, place, change.verdict)
    difference = None
    if change.difference is not None:
        difference = np.zeros(count, np.float64)
        np.add.at(difference, place, change.difference)
    baseline = np.zeros(count, np.float64)
    np.add.at(baseline, place, change.baseline)
    return Change(baseline, difference, verdict, change.verdicts, change.noise)
