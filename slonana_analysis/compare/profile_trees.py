"""What differs between two groups of captures along the call tree: data of a flame graph."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.compare.profile_verdicts import relative, verdicts_on
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import subtree_sums
from slonana_analysis.profiles.differences import Sides, effects
from slonana_analysis.profiles.merging import MergedCaptures


def node_differences(sides: Sides, floor: float, level: float) -> pd.DataFrame:
    """Return what each node of the merged call tree differs by.

    Parameters
    ----------
    sides : Sides
        From ``profiles.differences.align_sides``.
    floor, level : float
        As for ``compare_profiles``.

    Returns
    -------
    DataFrame
        Columns of ``schema.NODE_DIFFERENCES``; verdicts are on inclusive weights, and false
        discoveries among the nodes are controlled together.
    """
    merged = sides.merged
    split, columns = sides.baseline, range(merged.totals.size)
    inclusive = np.empty_like(merged.node_own)
    for column in columns:
        inclusive[:, column] = subtree_sums(
            merged.parents, np.ascontiguousarray(merged.node_own[:, column])
        )
    found = effects(sides, inclusive, level)
    words, _ = verdicts_on(sides, found, floor, level)
    totals = merged.totals.astype(np.float64)
    scale = totals[split:].sum() / max(totals[:split].sum(), 1.0)
    before = merged.node_own[:, :split].sum(axis=1) * (scale if sides.scale != "amount" else 1.0)
    if sides.scale == "amount":
        before = before * ((totals.size - split) / split)
    after = merged.node_own[:, split:].sum(axis=1).astype(np.float64)
    shares = sides.shares(inclusive)
    function, module = (
        _category(names, merged.node_functions) for names in (merged.functions, merged.modules)
    )
    return schema.NODE_DIFFERENCES.conform(
        pd.DataFrame(
            {
                "parent": merged.parents,
                "function": function,
                "module": module,
                "baseline": before,
                "other": after,
                "difference": after - before,
                "baseline_share": shares[0],
                "other_share": shares[1],
                "estimate": np.where(found.tested, relative(found.estimate), math.nan),
                "verdict": words,
            }
        )
    )


def merged_profile(merged: MergedCaptures, like: Profile, first: int = 0) -> Profile:
    """Return the merged call tree as a profile, with the weights of some captures summed.

    Parameters
    ----------
    merged : MergedCaptures
        From ``merge_captures``.
    like : Profile
        Where format, tool and header come from.
    first : int
        First capture whose weights are taken; all after it are, too.

    Returns
    -------
    Profile
        ``nodes`` are the merged tree, row for row; frames are canonical functions; samples have
        neither time nor thread.
    """
    own = merged.node_own[:, first:].sum(axis=1)
    stackless = int(merged.totals[first:].sum()) - int(own.sum())
    weight = np.append(own, stackless)
    node = np.append(np.arange(own.size), -1)
    held = weight != 0
    everything = np.arange(len(merged.functions), dtype=np.int32)
    return dataclasses.replace(
        like,
        event=merged.event,
        unit=merged.unit,
        units={},
        frames=schema.FRAMES.conform(
            pd.DataFrame(
                {
                    "function": _category(merged.functions, everything),
                    "module": _category(merged.modules, everything),
                    "file": pd.Categorical([""] * everything.size, categories=[""]),
                    "line": 0,
                }
            )
        ),
        nodes=schema.NODES.conform(
            pd.DataFrame({"parent": merged.parents, "frame": merged.node_functions})
        ),
        threads=schema.THREADS.conform(
            pd.DataFrame({"process": [-1], "thread": [-1], "name": pd.Categorical([""])})
        ),
        samples=schema.PROFILE_SAMPLES.conform(
            pd.DataFrame(
                {
                    "node": node[held],
                    "thread": 0,
                    "time_ns": -1,
                    "weight": weight[held],
                    "event": pd.Categorical.from_codes(
                        np.zeros(int(held.sum()), np.int64),
                        categories=pd.Index([merged.event], dtype="str"),
                    ),
                }
            )
        ),
        edges=schema.EDGES.empty(),
        snapshots=schema.SNAPSHOTS.empty(),
        held=schema.HELD.empty(),
    )


def _category(names: Sequence[str], rows: NDArray[np.int32]) -> pd.Categorical:
    distinct: dict[str, int] = {}
    codes = np.array([distinct.setdefault(name, len(distinct)) for name in names], np.int64)
    return pd.Categorical.from_codes(
        codes[rows] if codes.size else np.empty(0, np.int64),
        categories=pd.Index(list(distinct), dtype="str"),
    )
