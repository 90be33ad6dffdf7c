"""Who calls a function, and what it calls."""

import difflib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_graph import CallGraph, call_graph, inclusive_costs
from slonana_analysis.profiles.call_tree import (
    FunctionTable,
    WeightedTree,
    outermost,
    subtree_sums,
    weighted_tree,
)
from slonana_analysis.profiles.names import printable

# Names that perf never prints for a function.
NO_CALLER = "[root]"
ITSELF = "[self]"


def callers(
    profile: Profile, function: str, module: str | None = None, event: str | None = None
) -> pd.DataFrame:
    """Return the functions that call a function directly.

    Parameters
    ----------
    profile : Profile
        The profile.
    function : str
        Its name, as in ``functions``.
    module : str, optional
        Its module; by default the function of that name in any module.
    event : str, optional
        Event to look at; may be left out where the profile has only one.

    Returns
    -------
    DataFrame
        Columns of ``schema.NEIGHBOURS``, heaviest first; ``[root]`` where a stack begins with the
        function. A sample counts once for each caller on its stack. Where the profile knows calls
        instead of stacks, weights are what the calls cost, also within a cycle, where shares may
        be above one; ``[root]`` is what no call accounts for, and calls of itself are left out.

    Raises
    ------
    UsageError
        If there is no such function or event.
    """
    if not profile.edges.empty:
        graph = call_graph(profile, event)
        called = _wanted(graph.table, function, module)
        return _calls(graph, called, graph.callee, graph.caller, NO_CALLER)
    tree = weighted_tree(profile, event)
    wanted = _wanted(tree.table, function, module)
    called = wanted[tree.functions]
    caller = np.where(tree.parents >= 0, tree.functions[tree.parents], -1)
    return _neighbours(tree, np.flatnonzero(called), caller[called], called, NO_CALLER)


def callees(
    profile: Profile, function: str, module: str | None = None, event: str | None = None
) -> pd.DataFrame:
    """Return the functions that a function calls directly.

    Parameters
    ----------
    profile, function, module, event
        As in ``callers``.

    Returns
    -------
    DataFrame
        Columns of ``schema.NEIGHBOURS``, heaviest first; ``[self]`` is what the function spends
        itself. A sample counts once for each callee on its stack. Where the profile knows calls
        instead of stacks, weights are what the calls cost, as in ``callers``.

    Raises
    ------
    UsageError
        If there is no such function or event.
    """
    if not profile.edges.empty:
        graph = call_graph(profile, event)
        calling = _wanted(graph.table, function, module)
        return _calls(graph, calling, graph.caller, graph.callee, ITSELF)
    tree = weighted_tree(profile, event)
    inside = _wanted(tree.table, function, module)[tree.functions]
    below = np.flatnonzero((tree.parents >= 0) & inside[tree.parents])
    rows = _neighbours(tree, below, tree.functions[below], inside, NO_CALLER)
    own = int(tree.own[inside].sum())
    if not own:
        return rows
    itself = pd.DataFrame(
        {
            "function": [ITSELF],
            "module": [""],
            "weight": [own],
            "share": [own / _inclusive(tree, inside)],
        }
    )
    both = pd.concat([rows, schema.NEIGHBOURS.conform(itself)])
    return schema.NEIGHBOURS.conform(both.sort_values("weight", ascending=False, kind="stable"))


def _calls(
    graph: CallGraph,
    wanted: NDArray[np.bool_],
    near: NDArray[np.int64],
    far: NDArray[np.int64],
    remainder: str,
) -> pd.DataFrame:
    """Sum the calls with a wanted function at the near end by the function at the far end."""
    chosen = wanted[near] & ~wanted[far]
    count = len(graph.table.functions)
    weight = np.zeros(count + 1, np.int64)
    np.add.at(weight, far[chosen], graph.inclusive[chosen])
    inclusive = int(inclusive_costs(graph)[wanted].sum())
    if remainder == ITSELF:
        weight[-1] = graph.own[wanted].sum()
    else:
        weight[-1] = max(inclusive - int(graph.inclusive[chosen].sum()), 0)
    rows = pd.DataFrame(
        {
            "function": [*graph.table.functions, remainder],
            "module": [*graph.table.modules, ""],
            "weight": weight,
            "share": weight / max(inclusive, 1),
        }
    )
    return _heaviest_first(rows)


def _heaviest_first(rows: pd.DataFrame) -> pd.DataFrame:
    found = rows[rows["weight"] > 0]
    return schema.NEIGHBOURS.conform(
        found.sort_values(["weight", "function", "module"], ascending=[False, True, True])
    )


def _wanted(table: FunctionTable, function: str, module: str | None) -> NDArray[np.bool_]:
    wanted = np.array(
        [
            name == function and module in (None, of)
            for name, of in zip(table.functions, table.modules, strict=True)
        ],
        np.bool_,
    )
    if not wanted.any():
        close = difflib.get_close_matches(function, table.functions[:20_000], n=3)
        advice = f"; did you mean {' or '.join(map(printable, close))}?" if close else ""
        raise UsageError(f"no function '{printable(function)}' is in the profile{advice}")
    return wanted


def _inclusive(tree: WeightedTree, inside: NDArray[np.bool_]) -> int:
    """Return the weight of the samples with any of these nodes on their stack."""
    outer = outermost(tree.parents, np.where(inside, 0, 1))
    return max(int(subtree_sums(tree.parents, tree.own)[outer & inside].sum()), 1)


def _neighbours(
    tree: WeightedTree,
    nodes: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    inside: NDArray[np.bool_],
    nobody: str,
) -> pd.DataFrame:
    """Sum subtrees by neighbour; a node below another of its kind is counted in that one."""
    count = len(tree.table.functions)
    # Key 0 is every other node, 1 a missing neighbour, then the functions.
    keys = np.zeros(tree.parents.size, np.int64)
    keys[nodes] = neighbour + 2
    outer = outermost(tree.parents, keys)[nodes]
    weight = np.zeros(count + 1, np.int64)
    np.add.at(weight, neighbour[outer] + 1, subtree_sums(tree.parents, tree.own)[nodes[outer]])
    rows = pd.DataFrame(
        {
            "function": [nobody, *tree.table.functions],
            "module": ["", *tree.table.modules],
            "weight": weight,
            "share": weight / _inclusive(tree, inside),
        }
    )
    return _heaviest_first(rows)
