"""The layout of a flame graph: which rectangle goes where; drawing is another room's part.

Every stack is a column, its outermost call at depth 1; neighbours that are the same function under
the same caller are one rectangle, in alphabetical order, so that the picture does not depend on
the order of the samples (Gregg, The Flame Graph, CACM 59(6), 2016).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import (
    FunctionTable,
    merge_siblings,
    subtree_sums,
    weighted_tree,
)
from slonana_analysis.profiles.names import printable

ROOT = "all"
HIDDEN = "…"
_ROOT_FUNCTION = -1
_HIDDEN_FUNCTION = -2


@dataclass(frozen=True)
class FlameGraph:
    """Rectangles of a flame graph.

    Attributes
    ----------
    rectangles : DataFrame
        Columns of ``schema.RECTANGLES``, by depth and then from left to right; names hold visible
        characters only, but markup in them is not escaped. The first is ``all``. One called ``…``
        stands for all callees of a rectangle that are too small to show. What is left of a
        rectangle beside its children is its own weight.
    depth : int
        Number of levels, that of ``all`` included.
    total : int
        Weight of all samples, in ``unit``.
    unit : str
        Unit of the weights.
    hidden_share : float
        Share of the total in rectangles called ``…``.
    """

    rectangles: pd.DataFrame
    depth: int
    total: int
    unit: str
    hidden_share: float


def flame_graph(
    profile: Profile, minimum_share: float = 0.001, event: str | None = None
) -> FlameGraph:
    """Lay out the call tree of a profile.

    Parameters
    ----------
    profile : Profile
        The profile.
    minimum_share : float
        Share of the total below which a rectangle is gathered into its parent's ``…``; 0 shows
        all.
    event : str, optional
        Event to look at; may be left out where the profile has only one.

    Returns
    -------
    FlameGraph
        Only the root for a profile without weight.

    Raises
    ------
    UsageError
        If ``minimum_share`` is not from 0 to 1, or the event is missing or not named.
    """
    if not 0 <= minimum_share <= 1:
        raise UsageError(f"a share is from 0 to 1, not {minimum_share}")
    tree = weighted_tree(profile, event)
    merged, parents, functions = merge_siblings(tree.parents, tree.functions)
    own = np.zeros(parents.size, np.int64)
    np.add.at(own, merged, tree.own)

    # Node 0 from here on is the root; samples without a stack are its own weight.
    parents = np.concatenate([np.array([-1], np.int32), parents + 1]).astype(np.int32)
    functions = np.concatenate([np.array([_ROOT_FUNCTION], np.int32), functions])
    own = np.concatenate([np.array([tree.total - own.sum()], np.int64), own])
    weight = subtree_sums(parents, own)

    shown = (weight >= minimum_share * tree.total) & (weight > 0)
    shown[0] = True
    nodes = _with_hidden(_Nodes(parents, functions, weight, own), shown)
    rectangles = _place(nodes, tree.table, max(tree.total, 1))
    hidden = int(nodes.weight[nodes.functions == _HIDDEN_FUNCTION].sum())
    return FlameGraph(
        rectangles=rectangles,
        depth=int(rectangles["depth"].max()) + 1,
        total=tree.total,
        unit=profile.unit,
        hidden_share=hidden / max(tree.total, 1),
    )


@dataclass(frozen=True)
class _Nodes:
    """Nodes to be drawn; a parent stands above its children."""

    parents: NDArray[np.int32]
    functions: NDArray[np.int32]
    weight: NDArray[np.int64]
    own: NDArray[np.int64]


def _with_hidden(nodes: _Nodes, shown: NDArray[np.bool_]) -> _Nodes:
    """Keep the shown nodes, and give each parent one more child for what it does not show."""
    kept = np.flatnonzero(shown)
    place = np.full(shown.size, -1, np.int32)
    place[kept] = np.arange(kept.size, dtype=np.int32)
    # Weights only shrink on the way down, so a hidden node with a shown parent tops its subtree.
    tops = np.flatnonzero(~shown & (nodes.parents >= 0) & shown[nodes.parents])
    gathered = np.zeros(kept.size, np.int64)
    np.add.at(gathered, place[nodes.parents[tops]], nodes.weight[tops])
    hiders = np.flatnonzero(gathered).astype(np.int32)
    above = nodes.parents[kept]
    return _Nodes(
        parents=np.concatenate([np.where(above >= 0, place[above], -1), hiders]).astype(np.int32),
        functions=np.concatenate(
            [nodes.functions[kept], np.full(hiders.size, _HIDDEN_FUNCTION, np.int32)]
        ),
        weight=np.concatenate([nodes.weight[kept], gathered[hiders]]),
        own=np.concatenate([nodes.own[kept], gathered[hiders]]),
    )


def _place(nodes: _Nodes, table: FunctionTable, total: int) -> pd.DataFrame:
    rank = _ranks(nodes.functions, table)
    order = np.lexsort((rank, nodes.parents))
    before = _weight_before(nodes.parents, nodes.weight, order)
    depth, left = _positions(nodes.parents, before)
    # SVG may hold no control character, escaped or not, and a layout is made to be shown.
    names = [*map(printable, table.functions), HIDDEN, ROOT]
    modules = [*map(printable, table.modules), "", ""]
    rows = pd.DataFrame(
        {
            "depth": depth,
            "left": left / total,
            "width": nodes.weight / total,
            "function": [names[function] for function in nodes.functions.tolist()],
            "module": [modules[function] for function in nodes.functions.tolist()],
            "weight": nodes.weight,
            "self": nodes.own,
        }
    )
    return schema.RECTANGLES.conform(rows.iloc[np.lexsort((left, depth))])


def _ranks(functions: NDArray[np.int32], table: FunctionTable) -> NDArray[np.int64]:
    """Return each node's place in the alphabet; the hidden ones come last."""
    count = len(table.functions)
    alphabet = sorted(range(count), key=lambda row: (table.functions[row], table.modules[row]))
    rank = np.empty(count + 2, np.int64)
    rank[alphabet] = np.arange(count)
    rank[[_HIDDEN_FUNCTION, _ROOT_FUNCTION]] = count
    return rank[functions]


def _weight_before(
    parents: NDArray[np.int32], weight: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the weight of the siblings to the left; ``order`` has siblings side by side."""
    ordered = weight[order]
    filled = np.cumsum(ordered) - ordered
    family = parents[order]
    first = np.concatenate([[True], family[1:] != family[:-1]])
    # Every family starts from nothing: take off what the families before it filled.
    started = np.maximum.accumulate(np.where(first, np.arange(first.size), 0))
    before = np.empty_like(weight)
    before[order] = filled - filled[started]
    return before


def _positions(
    parents: NDArray[np.int32], before: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return depth and left edge, in weight, of every node."""
    above = parents.tolist()
    left = before.tolist()
    depth = [0] * len(above)
    for node, parent in enumerate(above):
        if parent >= 0:
            depth[node] = depth[parent] + 1
            left[node] += left[parent]
    return np.array(depth, np.int32), np.array(left, np.int64)
