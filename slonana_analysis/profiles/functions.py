"""Where the weight went, function by function."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_graph import call_graph, inclusive_costs
from slonana_analysis.profiles.call_tree import (
    WeightedTree,
    outermost,
    subtree_sums,
    weighted_tree,
)


def functions(profile: Profile, event: str | None = None) -> pd.DataFrame:
    """Return self and inclusive weight of every function.

    Parameters
    ----------
    profile : Profile
        The profile.
    event : str, optional
        Event to look at; may be left out where the profile has only one.

    Returns
    -------
    DataFrame
        Columns of ``schema.FUNCTIONS``, heaviest self weight first. A sample counts once for a
        function that stands on its stack several times. Shares are of all samples, those without
        a stack included, so that self shares may add up to less than one. Where the profile
        knows calls instead of stacks, inclusive weights are those of ``inclusive_costs``: what
        the calls of a function cost, calls within a cycle left out.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    tree = weighted_tree(profile, event)
    own = np.zeros(len(tree.table.functions), np.int64)
    np.add.at(own, tree.functions, tree.own)
    if profile.edges.empty:
        inclusive = inclusive_weights(tree)
    else:
        inclusive = inclusive_costs(call_graph(profile, event))
    total = max(tree.total, 1)
    rows = pd.DataFrame(
        {
            "function": tree.table.functions,
            "module": tree.table.modules,
            "self": own,
            "inclusive": inclusive,
            "self_share": own / total,
            "inclusive_share": inclusive / total,
        }
    )
    # Differences of two profiles have weights below zero.
    counted = (rows["inclusive"] != 0) | (rows["self"] != 0)
    ordered = rows[counted].sort_values(
        ["self", "inclusive", "function", "module"], ascending=[False, False, True, True]
    )
    return schema.FUNCTIONS.conform(ordered)


def inclusive_weights(tree: WeightedTree) -> NDArray[np.int64]:
    """Return the weight of the samples with each function anywhere on their stack.

    Parameters
    ----------
    tree : WeightedTree
        The call tree.

    Returns
    -------
    ndarray of int64, shape (n_functions,), in the profile's unit
        Recursion counted once.
    """
    count = len(tree.table.functions)
    inclusive = np.zeros(count, np.int64)
    outer = outermost(tree.parents, tree.functions.astype(np.int64))
    np.add.at(inclusive, tree.functions[outer], subtree_sums(tree.parents, tree.own)[outer])
    return inclusive
