"""What all views of a profile are made of: weights on the call tree, summed and merged.

A call tree is an array of parents in which a parent always stands above its children.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.tree_passes import (
    SEED,
    find_outermost,
    merge_pairs,
    sum_subtrees,
)


@dataclass(frozen=True)
class FunctionTable:
    """The distinct (function, module) pairs of a profile.

    Attributes
    ----------
    of_frame : ndarray of int32, shape (n_frames,)
        Row of each frame's function in the two lists.
    functions, modules : list of str
        Names, one pair per function.
    """

    of_frame: NDArray[np.int32]
    functions: list[str]
    modules: list[str]


def function_table(profile: Profile) -> FunctionTable:
    """Return the functions of a profile: frames that differ only in their line are one function."""
    function, module = profile.frames["function"].cat, profile.frames["module"].cat
    modules = max(len(module.categories), 1)
    pairs = function.codes.to_numpy(np.int64) * modules + module.codes.to_numpy(np.int64)
    distinct, of_frame = np.unique(pairs, return_inverse=True)
    return FunctionTable(
        of_frame.astype(np.int32),
        [str(function.categories[pair // modules]) for pair in distinct],
        [str(module.categories[pair % modules]) for pair in distinct],
    )


@dataclass(frozen=True)
class WeightedTree:
    """The call tree of one event.

    Attributes
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Parent of each node, -1 at a root.
    functions : ndarray of int32, shape (n_nodes,)
        Row of each node's function in ``table``.
    own : ndarray of int64, shape (n_nodes,), in the profile's unit
        Weight of the samples that end in the node.
    total : int
        Weight of all samples, those without a stack included.
    table : FunctionTable
        The functions' names.
    """

    parents: NDArray[np.int32]
    functions: NDArray[np.int32]
    own: NDArray[np.int64]
    total: int
    table: FunctionTable


def event_mask(profile: Profile, event: str | None) -> NDArray[np.bool_]:
    """Return which samples count the event.

    Parameters
    ----------
    profile : Profile
        Its samples.
    event : str, optional
        Event name; may be left out where the profile has only one, for weights of different
        events do not add up.

    Returns
    -------
    ndarray of bool, shape (n_samples,)
        True for the samples of the event.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    column = profile.samples["event"].cat
    events = [str(name) for name in column.categories]
    if event is None and len(events) > 1:
        raise UsageError(
            f"the profile counts several events, whose weights do not add up: name one of "
            f"{', '.join(events)}"
        )
    if event is None:
        return np.ones(len(profile.samples), np.bool_)
    if event not in events:
        raise UsageError(
            f"the profile has no event '{event}'; it has {', '.join(events) or 'none'}"
        )
    return np.asarray(column.codes.to_numpy() == events.index(event))


def weighted_tree(profile: Profile, event: str | None = None) -> WeightedTree:
    """Return the call tree with the weights of one event.

    Parameters
    ----------
    profile : Profile
        The profile.
    event : str, optional
        As in ``event_mask``.

    Returns
    -------
    WeightedTree
        Nodes as in ``profile.nodes``.

    Raises
    ------
    UsageError
        As in ``event_mask``.
    """
    chosen = event_mask(profile, event)
    node = profile.samples["node"].to_numpy()[chosen]
    weight = profile.samples["weight"].to_numpy()[chosen]
    own = np.zeros(len(profile.nodes), np.int64)
    stacked = node >= 0
    np.add.at(own, node[stacked], weight[stacked])
    table = function_table(profile)
    return WeightedTree(
        parents=profile.nodes["parent"].to_numpy(),
        functions=table.of_frame[profile.nodes["frame"].to_numpy()],
        own=own,
        total=int(weight.sum()),
        table=table,
    )


def subtree_sums(parents: NDArray[np.int32], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each node's own weight plus that of everything below it.

    Parameters
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Parent of each node, -1 at a root; above its children.
    own : ndarray of int64, shape (n_nodes,)
        Weight of the node itself.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        Inclusive weights.
    """
    return np.asarray(sum_subtrees(parents, own))


def outermost(parents: NDArray[np.int32], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the nodes with no node of the same key above them.

    Summing the subtrees of just these counts every sample once for a key, however often a
    recursion repeats it on the stack.

    Parameters
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Parent of each node, -1 at a root; above its children.
    keys : ndarray of int64, shape (n_nodes,)
        From 0 up.

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
        True at the outermost nodes.
    """
    return np.asarray(find_outermost(parents, keys))


def merge_siblings(
    parents: NDArray[np.int32], functions: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Merge nodes that have the same function under the same merged parent.

    Parameters
    ----------
    parents, functions : ndarray of int32, shape (n_nodes,)
        Parent of each node, -1 at a root, above its children; and the node's function.

    Returns
    -------
    merged : ndarray of int32, shape (n_nodes,)
        Merged node of each node.
    parents, functions : ndarray of int32, shape (n_merged,)
        The merged tree, again with parents above their children.
    """
    merged, above, named = merge_pairs(parents, functions, SEED)
    return merged, above, named
