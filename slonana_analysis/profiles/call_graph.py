"""What functions cost with all they call, in a profile that knows calls and no stacks: callgrind's.

An edge says what the calls of one function by another cost together. Where functions call each
other in a cycle, those sums count some cost several times and mean nothing (Valgrind manual,
"Avoiding cycles"), so edges within a cycle take no part in any sum here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import FunctionTable, event_mask, function_table

_HALF = 32
_LOWER_HALF = (1 << _HALF) - 1


@dataclass(frozen=True)
class CallGraph:
    """The calls of one event between functions.

    Attributes
    ----------
    own : ndarray of int64, shape (n_functions,)
        What each function spends itself.
    caller, callee : ndarray of int64, shape (n_edges,)
        Rows of ``table``; each pair once.
    calls, inclusive : ndarray of int64, shape (n_edges,)
        How often, and what it cost.
    within_cycle : ndarray of bool, shape (n_edges,)
        Whether the callee may call the caller in turn, or is the caller.
    table : FunctionTable
        The functions' names.
    """

    own: NDArray[np.int64]
    caller: NDArray[np.int64]
    callee: NDArray[np.int64]
    calls: NDArray[np.int64]
    inclusive: NDArray[np.int64]
    within_cycle: NDArray[np.bool_]
    table: FunctionTable


def call_graph(profile: Profile, event: str | None = None) -> CallGraph:
    """Return the call graph of one event.

    Parameters
    ----------
    profile : Profile
        With ``edges``.
    event : str, optional
        As in ``event_mask``.

    Returns
    -------
    CallGraph
        Functions that differ only in their line, or in the source file of inlined code, are one.

    Raises
    ------
    UsageError
        As in ``event_mask``.
    """
    chosen = event_mask(profile, event)
    table = function_table(profile)
    function_of_node = table.of_frame[profile.nodes["frame"].to_numpy()]
    node = profile.samples["node"].to_numpy()[chosen]
    own = np.zeros(len(table.functions), np.int64)
    np.add.at(own, function_of_node[node], profile.samples["weight"].to_numpy()[chosen])
    edges = profile.edges
    if event is not None:
        edges = edges[edges["event"] == event]
    ends = edges[["caller", "callee"]].to_numpy(np.int64)
    pairs, of_row = np.unique(
        table.of_frame[ends[:, 0]].astype(np.int64) << _HALF | table.of_frame[ends[:, 1]],
        return_inverse=True,
    )
    caller, callee = pairs >> _HALF, pairs & _LOWER_HALF
    sums = np.zeros((2, pairs.size), np.int64)
    np.add.at(sums[0], of_row, edges["calls"].to_numpy())
    np.add.at(sums[1], of_row, edges["inclusive"].to_numpy())
    count = len(table.functions)
    graph = coo_matrix((np.ones(pairs.size, np.int8), (caller, callee)), (count, count))
    _, cycle = connected_components(graph, directed=True, connection="strong")
    return CallGraph(own, caller, callee, sums[0], sums[1], cycle[caller] == cycle[callee], table)


def inclusive_costs(graph: CallGraph) -> NDArray[np.int64]:
    """Return what each function costs with all it calls.

    Parameters
    ----------
    graph : CallGraph
        Of one event.

    Returns
    -------
    ndarray of int64, shape (n_functions,)
        The sum over the calls of the function, as ``callgrind_annotate --inclusive=yes`` has it;
        for one that nobody calls, its own cost and that of its calls. Calls within a cycle are
        left out of both, so a function in a cycle gets no more than what its calls from outside
        cost, and no less than its own cost; callgrind_annotate adds them up, to far above 100 %.
    """
    counted = ~graph.within_cycle
    below, above = np.zeros_like(graph.own), np.zeros_like(graph.own)
    np.add.at(below, graph.caller[counted], graph.inclusive[counted])
    np.add.at(above, graph.callee[counted], graph.inclusive[counted])
    called = np.zeros(graph.own.size, np.bool_)
    called[graph.callee[counted]] = True
    return np.where(called, np.maximum(above, graph.own), graph.own + below)
