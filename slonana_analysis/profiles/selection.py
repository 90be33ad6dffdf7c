"""Parts of a profile as profiles of their own, so that every view works on them.

``keep`` and ``drop`` choose samples by the functions on their stacks, ``focus`` cuts stacks to
what a function does, ``hide`` takes frames out and gives their weight to their callers,
``matching`` chooses by call path (``profiles.path_query``), and ``grouped`` splits a profile. Every
result says in its header, under ``selection``, what was done. What a profile knows as a whole (its
losses, the memory held in all) stays what it was.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import merge_siblings
from slonana_analysis.profiles.names import printable
from slonana_analysis.profiles.path_query import parse_path, reached_nodes
from slonana_analysis.profiles.tree_passes import nearest_kept

SELECTION = "selection"
"""The header's fact in which a selected profile says how it was selected."""


def keep(profile: Profile, pattern: str) -> Profile:
    """Return the samples with a matching function anywhere on their stack.

    Parameters
    ----------
    profile : Profile
        The profile.
    pattern : str
        Regular expression, searched for in function names.

    Returns
    -------
    Profile
        Stacks are whole. Of calls without stacks, those between matching functions.

    Raises
    ------
    UsageError
        If ``pattern`` is no regular expression.
    """
    return _chosen_by_stack(profile, pattern, f"keep /{pattern}/", present=True)


def drop(profile: Profile, pattern: str) -> Profile:
    """Return the samples without a matching function on their stack; see `keep`."""
    return _chosen_by_stack(profile, pattern, f"drop /{pattern}/", present=False)


def hide(profile: Profile, pattern: str) -> Profile:
    """Return the profile without the matching frames; their own weight goes to their callers.

    Parameters
    ----------
    profile : Profile
        The profile.
    pattern : str
        Regular expression, searched for in function names.

    Returns
    -------
    Profile
        Of the same weight; a sample of hidden frames only has no stack any more.

    Raises
    ------
    UsageError
        If ``pattern`` is no regular expression.
    """
    shown = ~_matching_nodes(profile, pattern)
    parents = profile.nodes["parent"].to_numpy()
    nearest = nearest_kept(parents, shown)
    above = np.where(parents >= 0, nearest[parents], -1)
    return _with_tree(profile, shown, nearest, above, f"hide /{pattern}/")


def focus(profile: Profile, pattern: str) -> Profile:
    """Return what happens within the matching functions: stacks begin at the outermost of them.

    Parameters
    ----------
    profile : Profile
        The profile.
    pattern : str
        Regular expression, searched for in function names.

    Returns
    -------
    Profile
        Samples without a matching function are left out.

    Raises
    ------
    UsageError
        If ``pattern`` is no regular expression.
    """
    inside = _below(profile, _matching_nodes(profile, pattern))
    parents = profile.nodes["parent"].to_numpy()
    above = np.where((parents >= 0) & inside[parents], parents, -1)
    chosen = _with_samples(profile, inside, f"focus /{pattern}/")
    places = np.where(inside, np.arange(inside.size), -1).astype(np.int32)
    return _with_tree(chosen, inside, places, above, "")


def matching(profile: Profile, query: str) -> Profile:
    """Return the samples whose stack has a call path that the query describes.

    Parameters
    ----------
    profile : Profile
        The profile.
    query : str
        For example ``main > * > "^parse_"``; the grammar stands in ``profiles.path_query``.

    Returns
    -------
    Profile
        Stacks are whole.

    Raises
    ------
    UsageError
        If the query cannot be read.
    """
    path = parse_path(query)
    reached = reached_nodes(profile, path)
    chosen = reached if path.to_the_end else _below(profile, reached)
    return _with_samples(profile, chosen, f"path {query}")


def grouped(profile: Profile, by: str) -> dict[str, Profile]:
    """Split a profile.

    Parameters
    ----------
    profile : Profile
        The profile.
    by : str
        ``thread`` (its name), ``process``, ``event``; ``module`` or ``file`` of the innermost
        frame.

    Returns
    -------
    dict of str to Profile
        Heaviest first; every sample is in exactly one group.

    Raises
    ------
    UsageError
        If nothing can be grouped by that.
    """
    if by not in _GROUPINGS:
        raise UsageError(f"a profile is grouped by {', '.join(_GROUPINGS)}, not by '{by}'")
    codes, names, of_node = _GROUPINGS[by](profile)
    weight = np.zeros(len(names), np.int64)
    np.add.at(weight, codes, profile.samples["weight"].to_numpy())
    found = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    order = sorted(found.tolist(), key=lambda group: (-weight[group], names[group]))
    return {
        names[group]: _of_samples(
            profile,
            codes == group,
            f"{by} {names[group]}",
            None if of_node is None else of_node == group,
        )
        for group in order
    }


def grouped_by_fact(profiles: "dict[str, Profile]", fact: str) -> dict[str, list[Profile]]:
    """Group captures by what they state about their recording.

    Parameters
    ----------
    profiles : dict of str to Profile
        Captures by name.
    fact : str
        A key of ``Profile.header``, or ``format``, ``tool`` or ``event``.

    Returns
    -------
    dict of str to list of Profile
        In order of first appearance; captures that lack the fact are under the empty text.

    Raises
    ------
    UsageError
        If no capture states it.
    """
    groups: dict[str, list[Profile]] = {}
    for profile in profiles.values():
        own = {"format": profile.format, "tool": profile.tool, "event": profile.event}
        groups.setdefault((profile.header | own).get(fact, ""), []).append(profile)
    if set(groups) == {""}:
        stated = sorted({name for profile in profiles.values() for name in profile.header})
        raise UsageError(
            f"no capture states '{fact}'; stated are {', '.join(map(printable, stated)) or 'none'}"
        )
    return groups


# Group of each sample, names of the groups, and group of each node where nodes have one.
_Codes: TypeAlias = tuple[NDArray[np.int64], list[str], NDArray[np.int64] | None]


def _by_thread(profile: Profile) -> _Codes:
    names = profile.threads["name"].cat
    codes = names.codes.to_numpy(np.int64)[profile.samples["thread"].to_numpy()]
    return codes, list(map(str, names.categories)), None


def _by_process(profile: Profile) -> _Codes:
    process = profile.threads["process"].to_numpy()[profile.samples["thread"].to_numpy()]
    distinct, codes = np.unique(process, return_inverse=True)
    names = [str(number) if number >= 0 else "" for number in distinct.tolist()]
    return codes.astype(np.int64), names, None


def _by_event(profile: Profile) -> _Codes:
    column = profile.samples["event"].cat
    codes = np.asarray(column.codes.to_numpy(), np.int64)
    return codes, list(map(str, column.categories)), None


def _by_frame(column: str) -> Callable[[Profile], _Codes]:
    def group(profile: Profile) -> _Codes:
        names = profile.frames[column].cat
        texts = list(map(str, names.categories))
        if "" not in texts:
            texts.append("")
        of_node = names.codes.to_numpy(np.int64)[profile.nodes["frame"].to_numpy()]
        # The samples without a stack have node -1, the last place.
        codes = np.append(of_node, texts.index(""))[profile.samples["node"].to_numpy()]
        return codes, texts, of_node

    return group


_GROUPINGS: dict[str, Callable[[Profile], _Codes]] = {
    "thread": _by_thread,
    "process": _by_process,
    "event": _by_event,
    "module": _by_frame("module"),
    "file": _by_frame("file"),
}


def _matching_nodes(profile: Profile, pattern: str) -> NDArray[np.bool_]:
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise UsageError(
            f"'{printable(pattern)}' is no regular expression ({error}); correct it"
        ) from error
    column = profile.frames["function"].cat
    found = np.array([wanted.search(str(name)) is not None for name in column.categories], np.bool_)
    if not found.size:
        return np.zeros(len(profile.nodes), np.bool_)
    return np.asarray(found[column.codes.to_numpy()][profile.nodes["frame"].to_numpy()])


def _below(profile: Profile, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the nodes that are marked or have a marked one above them."""
    return np.asarray(nearest_kept(profile.nodes["parent"].to_numpy(), marked) >= 0)


def _chosen_by_stack(profile: Profile, pattern: str, what: str, *, present: bool) -> Profile:
    inside = _below(profile, _matching_nodes(profile, pattern))
    return _with_samples(profile, inside if present else ~inside, what, stackless=not present)


def _with_samples(
    profile: Profile, nodes: NDArray[np.bool_], what: str, *, stackless: bool = False
) -> Profile:
    """Return the profile with the samples that end in some nodes."""
    # The samples without a stack have node -1, the last place.
    chosen = np.append(nodes, stackless)[profile.samples["node"].to_numpy()]
    return _of_samples(profile, chosen, what, nodes)


def _of_samples(
    profile: Profile,
    chosen: NDArray[np.bool_],
    what: str,
    nodes: NDArray[np.bool_] | None = None,
) -> Profile:
    samples = profile.samples[chosen]
    events = samples["event"].cat.remove_unused_categories()
    samples = samples.assign(event=events).reset_index(drop=True)
    held, edges = profile.held, profile.edges
    if nodes is not None and len(held):
        held = held[nodes[held["node"].to_numpy()]].reset_index(drop=True)
    if len(edges):
        edges = _edges_between(profile, samples)
    return dataclasses.replace(
        profile,
        samples=samples,
        event=",".join(map(str, events.cat.categories)),
        held=held,
        edges=edges,
        header=_noted(profile, what),
    )


def _edges_between(profile: Profile, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the calls between frames that still have samples, of events that do."""
    frames = np.zeros(len(profile.frames), np.bool_)
    node = samples["node"].to_numpy()
    frames[profile.nodes["frame"].to_numpy()[node[node >= 0]]] = True
    edges = profile.edges
    among = frames[edges["caller"].to_numpy()] & frames[edges["callee"].to_numpy()]
    among &= edges["event"].astype(str).isin(list(samples["event"].cat.categories)).to_numpy()
    rest: pd.DataFrame = edges[among]
    return rest.assign(event=rest["event"].cat.remove_unused_categories()).reset_index(drop=True)


def _with_tree(
    profile: Profile,
    kept: NDArray[np.bool_],
    places: NDArray[np.int32],
    above: NDArray[np.int32],
    what: str,
) -> Profile:
    """Return the profile on the kept nodes, whose parents are ``above``; equal siblings merge."""
    if len(profile.edges):
        raise UnavailableError(
            f"this {profile.format} profile knows calls and no stacks, so no frame can be taken "
            "out of them; keep or drop functions, or make a call tree of it first"
        )
    rows = np.flatnonzero(kept)
    number = np.full(kept.size + 1, -1, np.int32)
    number[rows] = np.arange(rows.size, dtype=np.int32)
    frames = profile.nodes["frame"].to_numpy()
    merged, parents, merged_frames = merge_siblings(
        number[above[rows]].astype(np.int32), frames[rows]
    )
    new_node = np.full(kept.size + 1, -1, np.int32)
    moved = np.append(number[places], np.int32(-1))
    new_node[moved >= 0] = merged[moved[moved >= 0]]
    held = profile.held
    if len(held):
        held = held.assign(node=new_node[held["node"].to_numpy()])
        held = held[held["node"] >= 0].reset_index(drop=True)
    return dataclasses.replace(
        profile,
        nodes=schema.NODES.conform(pd.DataFrame({"parent": parents, "frame": merged_frames})),
        samples=profile.samples.assign(node=new_node[profile.samples["node"].to_numpy()]),
        held=held,
        header=_noted(profile, what) if what else profile.header,
    )


def _noted(profile: Profile, what: str) -> dict[str, str]:
    before = profile.header.get(SELECTION, "")
    return profile.header | {SELECTION: f"{before}; {what}" if before else what}
