"""Profiles and trees made of stacks that stand in the test."""

from collections.abc import Iterable

import numpy as np

from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.profiles.flame_graph import FlameGraph
from slonana_analysis.profiles.flame_tree import FlameSeries, FlameTree
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder


def profile_of(*samples: tuple[list[str], int, str, str]) -> Profile:
    """A profile of (stack, weight in ns, thread, event); a frame may be written ``name@module``."""
    builder = ProfileBuilder()
    for stack, weight, thread, event in samples:
        frames = [builder.frame(*_named(frame), "", 0) for frame in reversed(stack)]
        row = builder.thread(1, 1, thread)
        builder.add(builder.node(frames), row, -1, weight, builder.event(event))
    ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
    return builder.build(Description("test", "test", "ns", ledger), "test")


def stacks(*rows: tuple[str, int]) -> Iterable[tuple[list[str], int, str, str]]:
    """Samples of one thread and event; a stack is written ``a;b;c``."""
    return ((stack.split(";"), weight, "t", "cycles") for stack, weight in rows)


def _named(frame: str) -> tuple[str, str]:
    function, _, module = frame.partition("@")
    return function, module or "/usr/bin/program"


def tree_of_layout(layout: FlameGraph) -> FlameTree:
    """The tree that a layout was drawn from, as far as it shows."""
    table = layout.rectangles
    parents, rows = [-1], {(0, ""): 0, (1, ""): 1}
    functions = [0]
    lanes: dict[int, list[tuple[float, int]]] = {0: [(0.0, 0)]}
    columns = ("depth", "left", "function", "module")
    for node, (depth, left, *name) in enumerate(
        zip(*(table[c].tolist() for c in columns), strict=True)
    ):
        if node == 0:
            continue
        parents.append(max(place for place in lanes[depth - 1] if place[0] <= left + 1e-9)[1])
        lanes.setdefault(depth, []).append((left, node))
        functions.append(rows.setdefault((name[0], name[1]), len(rows)))
    weights = table["weight"].to_numpy(np.int64).copy()
    for node in range(len(parents) - 1, 0, -1):
        weights[parents[node]] -= table["weight"].iloc[node]
    names = ["all", "(smaller)", *(name for name, _ in list(rows)[2:])]
    return FlameTree(
        np.array(parents, np.int32),
        np.array(functions, np.int32),
        np.zeros(len(parents), np.int64),
        tuple(names),
        ("", "", *(module for _, module in list(rows)[2:])),
        (FlameSeries("cpu-clock", "ns", "", np.arange(len(parents), dtype=np.int32), weights),),
    )
