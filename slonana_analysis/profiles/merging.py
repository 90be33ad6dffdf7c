"""Several captures on one set of functions and one call tree, weights side by side.

What is compared must first be called the same: functions by their canonical names, call-tree nodes
by the canonical functions above them.
"""

import dataclasses
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.allocators import site_nodes
from slonana_analysis.profiles.call_graph import call_graph, inclusive_costs
from slonana_analysis.profiles.call_tree import (
    WeightedTree,
    event_mask,
    merge_siblings,
    outermost,
    subtree_sums,
    weighted_tree,
)
from slonana_analysis.profiles.canonical_names import ALL_RULES, canonical_names
from slonana_analysis.profiles.costs import estimated_call_tree

_ALLOCATIONS = frozenset({"massif", "heaptrack", "dhat"})
_COUNTED = frozenset({"callgrind", "cachegrind"}) | _ALLOCATIONS
# What is looked at in profiles of several events where none is named.
_FAVOURITES = (
    "Ir",
    "peak",
    "at-peak bytes",
    "cpu-clock",
    "cycles",
    "cpu-clock:u",
    "cycles:u",
    "task-clock",
)
_SHOWN_NAMES = 3


@dataclass(frozen=True)
class MergedCaptures:
    """Weights of functions and call-tree nodes in every capture.

    Attributes
    ----------
    functions, modules : list of str
        Canonical names, one pair per function; untrusted text.
    originals : list of str
        What a function is called in the captures where that differs, else empty.
    own, inclusive : ndarray of int64, shape (n_functions, n_captures), in ``unit``
        Weight of samples in the function, and with it anywhere on the stack (once per sample).
        Allocations are their place's own: the first function that is no allocator's.
    parents, node_functions : ndarray of int32, shape (n_nodes,)
        The merged call tree: parent of each node, -1 at a root, above its children; and function.
    node_own : ndarray of int64, shape (n_nodes, n_captures), in ``unit``
        Weight of the samples that end in the node.
    totals : ndarray of int64, shape (n_captures,), in ``unit``
        Weight of all samples, those without a stack included.
    grains : ndarray of float64, shape (n_captures,), in ``unit``
        Weight of one sample; NaN where the tool counts everything instead of sampling.
    event, unit : str
        What was counted, in what unit.
    """

    functions: list[str]
    modules: list[str]
    originals: list[str]
    own: NDArray[np.int64]
    inclusive: NDArray[np.int64]
    parents: NDArray[np.int32]
    node_functions: NDArray[np.int32]
    node_own: NDArray[np.int64]
    totals: NDArray[np.int64]
    grains: NDArray[np.float64]
    event: str
    unit: str

    @property
    def sampled(self) -> bool:
        """Whether the weights are of samples; else every event was counted."""
        return not np.isnan(self.grains).any()


def merge_captures(
    captures: Sequence[Profile],
    event: str | None = None,
    rules: Collection[str] = ALL_RULES,
) -> MergedCaptures:
    """Put captures side by side.

    Parameters
    ----------
    captures : sequence of Profile
        At least one.
    event : str, optional
        Event to look at; by default the only one, else ``Ir``, ``peak`` or the like.
    rules : collection of str
        Rules for canonical names, see ``canonical_names.RULES``.

    Returns
    -------
    MergedCaptures
        A column per capture, in order.

    Raises
    ------
    UsageError
        If there is no capture, one lacks the event, or they count different things.
    """
    if not captures:
        raise UsageError("there is no capture to compare; name at least one a side")
    chosen = event or _common_event(captures)
    counted = [profile.format in _COUNTED for profile in captures]
    units = {profile.unit_of(chosen) for profile in captures}
    if len(units) > 1 or len(set(counted)) > 1:
        formats = ", ".join(sorted({profile.format for profile in captures}))
        raise UsageError(
            f"the captures ({formats}) measure '{chosen}' in different ways "
            f"({', '.join(sorted(units))}); compare captures of one tool"
        )
    names = _FunctionNames(rules)
    trees = [_canonical_tree(profile, chosen, names) for profile in captures]
    count = len(names.known)
    columns = [
        _weights(profile, chosen, tree, count)
        for profile, tree in zip(captures, trees, strict=True)
    ]
    parents, node_functions, node_own = _merge_trees(trees)
    return MergedCaptures(
        functions=[function for function, _ in names.known],
        modules=[module for _, module in names.known],
        originals=names.originals(),
        own=_columns([own for own, _ in columns], count),
        inclusive=_columns([inclusive for _, inclusive in columns], count),
        parents=parents,
        node_functions=node_functions,
        node_own=node_own,
        totals=np.array([tree.tree.total for tree in trees], np.int64),
        grains=np.array([_grain(profile, chosen) for profile in captures], np.float64),
        event=chosen,
        unit=units.pop(),
    )


def without_copies(merged: MergedCaptures, baseline: int) -> tuple[MergedCaptures, int]:
    """Leave out captures that are copies of another of their side: they say nothing on noise.

    Parameters
    ----------
    merged : MergedCaptures
        Captures of both sides.
    baseline : int
        How many of the first columns are one side.

    Returns
    -------
    merged : MergedCaptures
        The same where nothing was sampled: counts of several runs may well be equal.
    baseline : int
        Columns of the first side that are left.
    """
    if not merged.sampled:
        return merged, baseline
    seen: dict[tuple[bool, bytes], int] = {}
    for column in range(merged.totals.size):
        weights = np.append(merged.node_own[:, column], merged.totals[column])
        seen.setdefault((column < baseline, weights.tobytes()), column)
    kept = sorted(seen.values())
    left = dataclasses.replace(
        merged,
        own=merged.own[:, kept],
        inclusive=merged.inclusive[:, kept],
        node_own=merged.node_own[:, kept],
        totals=merged.totals[kept],
        grains=merged.grains[kept],
    )
    return left, sum(column < baseline for column in kept)


def _common_event(captures: Sequence[Profile]) -> str:
    known = [list(map(str, profile.samples["event"].cat.categories)) for profile in captures]
    shared = [name for name in known[0] if all(name in events for events in known)]
    if len(shared) == 1 and all(len(events) == 1 for events in known):
        return shared[0]
    for name in _FAVOURITES:
        if name in shared:
            return name
    if len(shared) == 1:
        return shared[0]
    if not all(known):
        raise UsageError("a capture holds no samples, so there is nothing to compare; record again")
    listed = "; ".join(sorted({", ".join(events) for events in known}))
    if not shared:
        raise UsageError(f"the captures count different events ({listed}); record the same ones")
    raise UsageError(
        f"the captures count several events: name one of {', '.join(shared)} (--event)"
    )


class _FunctionNames:
    """Numbers canonical functions in order of first sight, over all captures."""

    def __init__(self, rules: Collection[str]) -> None:
        self._rules = rules
        self.known: dict[tuple[str, str], int] = {}
        self._originals: dict[int, set[str]] = {}

    def numbers(self, functions: list[str], modules: list[str]) -> NDArray[np.int32]:
        """Return the number of each (function, module) pair."""
        pairs = zip(
            functions,
            canonical_names(functions, "function", self._rules),
            canonical_names(modules, "module", self._rules),
            strict=True,
        )
        numbers = np.empty(len(functions), np.int32)
        for row, (original, function, module) in enumerate(pairs):
            number = self.known.setdefault((function, module), len(self.known))
            numbers[row] = number
            if original != function:
                self._originals.setdefault(number, set()).add(original)
        return numbers

    def originals(self) -> list[str]:
        """Return the original names of each function, a few of them, where they differ."""
        return [_listed(sorted(self._originals.get(number, ()))) for number in self.known.values()]


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class _CanonicalTree:
    tree: WeightedTree
    of_row: NDArray[np.int32]
    parents: NDArray[np.int32]
    functions: NDArray[np.int32]
    own: NDArray[np.int64]


def _canonical_tree(profile: Profile, event: str, names: _FunctionNames) -> _CanonicalTree:
    tree = weighted_tree(profile, event)
    of_row = names.numbers(tree.table.functions, tree.table.modules)
    drawn = tree
    if len(profile.edges):
        # Its functions are the same frames, so the numbers hold for both.
        drawn = weighted_tree(estimated_call_tree(profile, event), event)
    numbers = of_row if drawn is tree else names.numbers(drawn.table.functions, drawn.table.modules)
    merged, parents, functions = merge_siblings(drawn.parents, numbers[drawn.functions])
    own = np.zeros(parents.size, np.int64)
    np.add.at(own, merged, drawn.own)
    return _CanonicalTree(tree, of_row, parents, functions, own)


def _weights(
    profile: Profile, event: str, canonical: _CanonicalTree, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return own and inclusive weight of every function known so far."""
    tree = canonical.tree
    own, inclusive = np.zeros(count, np.int64), np.zeros(count, np.int64)
    place = canonical.of_row[tree.functions]
    spent = site_nodes(profile) if profile.format in _ALLOCATIONS else np.arange(place.size)
    np.add.at(own, place[spent], tree.own)
    if len(profile.edges):
        costs = inclusive_costs(call_graph(profile, event))
        np.add.at(inclusive, canonical.of_row, costs)
        # Copies of one function may call each other; together they cost no more than everything.
        return own, np.minimum(inclusive, tree.total)
    outer = outermost(canonical.parents, canonical.functions.astype(np.int64))
    sums = subtree_sums(canonical.parents, canonical.own)
    np.add.at(inclusive, canonical.functions[outer], sums[outer])
    return own, inclusive


def _merge_trees(
    trees: Sequence[_CanonicalTree],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    sizes = [tree.parents.size for tree in trees]
    starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    # Put behind each other, the trees are a forest in which parents still stand above.
    forest = [
        np.where(tree.parents >= 0, tree.parents + start, -1).astype(np.int32)
        for tree, start in zip(trees, starts, strict=False)
    ]
    merged, parents, functions = merge_siblings(
        np.concatenate(forest), np.concatenate([tree.functions for tree in trees])
    )
    own = np.zeros((parents.size, len(trees)), np.int64)
    for column, tree in enumerate(trees):
        np.add.at(own[:, column], merged[starts[column] : starts[column + 1]], tree.own)
    return parents, functions, own


def _columns(columns: Sequence[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0), np.int64)


def _grain(profile: Profile, event: str) -> float:
    """Return what one sample weighs; NaN where nothing was sampled."""
    if profile.format in _COUNTED:
        return math.nan
    weights = profile.samples["weight"].to_numpy()[event_mask(profile, event)]
    weights = weights[weights > 0]
    if not weights.size:
        return 1.0
    if (profile.samples["time_ns"] >= 0).any():
        # Kish's effective sample size: the sum of weights, squared, over the sum of their squares.
        values = weights.astype(np.float64)
        return float((values**2).sum() / values.sum())
    # Rows may stand for many samples each; of equal period, it divides them all.
    return float(np.gcd.reduce(weights))
