"""A call tree estimated from calls, so that a profile without stacks has a flame graph too.

What a function costs is shared out among its callers in proportion to what their calls of it cost,
as gprof does by their number (Graham, Kessler and McKusick, "gprof: a call graph execution
profiler", SIGPLAN 1982). The sum over the tree is exact; where in the tree it stands is a guess
that holds if every call of a function behaves like its others.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_graph import CallGraph, call_graph

ESTIMATE = "estimated from calls: a function's cost is shared among its callers in proportion"
"""What the header of an estimated profile says under ``call tree``."""

_MOST_NODES = 200_000


def estimated_call_tree(
    profile: Profile, event: str | None = None, minimum_share: float = 0.0001
) -> Profile:
    """Return a profile with stacks made of the calls of one that has none.

    Parameters
    ----------
    profile : Profile
        With ``edges``.
    event : str, optional
        Event to look at; may be left out where the profile has only one.
    minimum_share : float
        Calls that cost less than this share of the total keep their callees' weight to
        themselves, so that the tree stays small.

    Returns
    -------
    Profile
        Of this event only; its weights add up to exactly those of ``profile``. ``header`` says
        under ``call tree`` that the stacks are an estimate, and under ``cut short`` which share
        of the weight stands at a caller because of ``minimum_share``. Cycles are cut at the call
        that closes them.

    Raises
    ------
    UsageError
        If the profile has no calls, the share is not from 0 to 1, or the event is missing or not
        named.
    """
    if profile.edges.empty:
        raise UsageError(f"this {profile.format} profile holds no calls to make a tree of")
    if not 0 <= minimum_share <= 1:
        raise UsageError(f"a share is from 0 to 1, not {minimum_share}")
    graph = call_graph(profile, event)
    flows = _flows(graph)
    total = int(graph.own.sum())
    tree = _grow(flows, graph.own, total, minimum_share * total)
    name = event or str(profile.samples["event"].cat.categories[0])
    header = {**profile.header, "call tree": ESTIMATE}
    if tree.cut_short:
        header["cut short"] = f"{100 * tree.cut_short / max(total, 1):.2g} %"
    return Profile(
        format=profile.format,
        tool=profile.tool,
        event=name,
        unit=profile.unit_of(name),
        frames=schema.FRAMES.conform(
            pd.DataFrame(
                {
                    "function": pd.Categorical(graph.table.functions),
                    "module": pd.Categorical(graph.table.modules),
                    "file": pd.Categorical([""] * len(graph.table.functions)),
                    "line": 0,
                }
            )
        ),
        nodes=schema.NODES.conform(pd.DataFrame({"parent": tree.parents, "frame": tree.functions})),
        threads=schema.THREADS.conform(
            pd.DataFrame({"process": [-1], "thread": [-1], "name": pd.Categorical([""])})
        ),
        samples=_samples(np.array(tree.own, np.int64), name),
        loss=profile.loss,
        header=header,
    )


def _samples(own: NDArray[np.int64], event: str) -> pd.DataFrame:
    node = np.flatnonzero(own)
    codes = np.zeros(node.size, np.int8)
    return schema.PROFILE_SAMPLES.conform(
        pd.DataFrame(
            {
                "node": node,
                "thread": 0,
                "time_ns": -1,
                "weight": own[node],
                "event": pd.Categorical.from_codes(codes, pd.Index([event], dtype="str")),
            }
        )
    )


@dataclass(frozen=True)
class _Flows:
    """Where the cost of each function goes on the way down; no cycle is left.

    Attributes
    ----------
    callees : list of list of int
        Functions that each function calls.
    weights : list of list of float
        What each of these calls costs.
    inclusive : list of float
        The function's own cost and that of its calls.
    unborne : list of float
        What no caller bears of it.
    """

    callees: list[list[int]]
    weights: list[list[float]]
    inclusive: list[float]
    unborne: list[float]


def _flows(graph: CallGraph) -> _Flows:
    count = graph.own.size
    calls: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    edges = zip(graph.caller.tolist(), graph.callee.tolist(), graph.inclusive.tolist(), strict=True)
    for caller, callee, inclusive in edges:
        if inclusive > 0 and caller != callee:
            calls[caller].append((callee, inclusive))
    order = _cut_cycles(calls, _entries(graph))
    borne = [0] * count
    for of_caller in calls:
        for callee, inclusive in of_caller:
            borne[callee] += inclusive
    in_cycle = _in_cycle(graph)
    total = graph.own.astype(np.float64).tolist()
    weights: list[list[float]] = [[] for _ in range(count)]
    scale = [1.0] * count
    for function in order:
        for callee, _ in calls[function]:
            # A thread costs more than the call that started it: the rest of it is no caller's.
            # In a cycle the sums mean nothing, and callers bear all.
            if borne[callee] > total[callee] or in_cycle[callee]:
                scale[callee] = total[callee] / borne[callee]
        weights[function] = [inclusive * scale[callee] for callee, inclusive in calls[function]]
        total[function] += sum(weights[function])
    return _Flows(
        callees=[[callee for callee, _ in of_caller] for of_caller in calls],
        weights=weights,
        inclusive=total,
        unborne=[
            max(cost - part * factor, 0.0)
            for cost, part, factor in zip(total, borne, scale, strict=True)
        ],
    )


def _in_cycle(graph: CallGraph) -> list[bool]:
    member = np.zeros(graph.own.size, np.bool_)
    closed = graph.within_cycle & (graph.caller != graph.callee)
    member[graph.caller[closed]] = True
    members: list[bool] = member.tolist()
    return members


def _entries(graph: CallGraph) -> list[int]:
    """Return all functions: first those that nobody calls, then by what calls from outside cost."""
    above = np.zeros(graph.own.size, np.int64)
    outside = ~graph.within_cycle
    np.add.at(above, graph.callee[outside], graph.inclusive[outside])
    called = np.zeros(graph.own.size, np.bool_)
    called[graph.callee[graph.caller != graph.callee]] = True
    entries: list[int] = np.lexsort((-above, called)).tolist()
    return entries


def _cut_cycles(calls: list[list[tuple[int, int]]], entries: Sequence[int]) -> list[int]:
    """Take out the calls that close a cycle; return the functions, callees before callers."""
    order: list[int] = []
    unseen, open_, done = 0, 1, 2
    state = [unseen] * len(calls)
    for entry in entries:
        if state[entry] != unseen:
            continue
        path = [(entry, 0)]
        kept: list[list[tuple[int, int]]] = [[]]
        state[entry] = open_
        while path:
            function, place = path.pop()
            if place == len(calls[function]):
                calls[function] = kept.pop()
                state[function] = done
                order.append(function)
                continue
            path.append((function, place + 1))
            callee = calls[function][place][0]
            if state[callee] == open_:
                continue
            kept[-1].append(calls[function][place])
            if state[callee] == unseen:
                state[callee] = open_
                path.append((callee, 0))
                kept.append([])
    return order


@dataclass
class _Tree:
    """The tree while it grows."""

    parents: list[int]
    functions: list[int]
    own: list[int]
    cut_short: int = 0

    def add(self, parent: int, function: int) -> int:
        """Return the number of a new node."""
        self.parents.append(parent)
        self.functions.append(function)
        self.own.append(0)
        return len(self.parents) - 1


def _grow(flows: _Flows, own: NDArray[np.int64], total: int, least: float) -> _Tree:
    """Follow the flows down from the roots, the heaviest first."""
    tree = _Tree([], [], [])
    # Of two equal weights the node that was made first comes first: the tree is always the same.
    waiting: list[tuple[int, int]] = []
    for root, weight in enumerate(_parts(total, flows.unborne)):
        if weight:
            heapq.heappush(waiting, (-weight, tree.add(-1, root)))
    spent = own.tolist()
    while waiting:
        negative, node = heapq.heappop(waiting)
        weight, function = -negative, tree.functions[node]
        callees = flows.callees[function]
        if weight < least or len(tree.parents) + len(callees) > _MOST_NODES or not callees:
            tree.own[node] = weight
            tree.cut_short += weight if callees else 0
            continue
        first, *rest = _parts(weight, [spent[function], *flows.weights[function]])
        tree.own[node] = first
        for callee, part in zip(callees, rest, strict=True):
            if part:
                heapq.heappush(waiting, (-part, tree.add(node, callee)))
    return tree


def _parts(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a whole number in proportion to the weights; the parts add up to it exactly."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    parts, given, reached = [], 0, 0.0
    for weight in weights:
        reached += weight
        upto = min(round(total * (reached / whole)), total)
        parts.append(upto - given)
        given = upto
    parts[-1] += total - given
    return parts
