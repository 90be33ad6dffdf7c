"""Memory by the place in the program that asked for it: over time, at the peak, leaked, temporary.

A place is the first function of the stack that is no allocator's; ``profiles.allocators`` has the
rule.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.allocators import site_nodes
from slonana_analysis.profiles.call_tree import event_mask, function_table
from slonana_analysis.profiles.names import frame_label

OTHERS = "(others)"


def memory_sites(profile: Profile, event: str = "peak", *, skip: str = "") -> pd.DataFrame:
    """Return how much of an event falls to each place.

    Parameters
    ----------
    profile : Profile
        Of massif or heaptrack.
    event : str
        ``peak``: bytes held when most was; of heaptrack also ``leaked``, ``suppressed``,
        ``allocated``, ``allocations`` and ``temporary``.
    skip : str
        Regular expression of further functions to be passed over.

    Returns
    -------
    DataFrame
        Columns of ``schema.MEMORY_SITES``, heaviest first.

    Raises
    ------
    UnavailableError
        If the profile does not know the event.
    UsageError
        If ``skip`` is no regular expression.
    """
    sites = _Sites(profile, skip)
    weights, paths = sites.weights(event)
    shown = np.flatnonzero(weights)
    order = shown[np.argsort(-weights[shown], kind="stable")]
    return schema.MEMORY_SITES.conform(
        pd.DataFrame(
            {
                **sites.names(order),
                "weight": weights[order],
                "share": weights[order] / max(int(weights.sum()), 1),
                "paths": paths[order],
            }
        )
    )


def leaks(profile: Profile, *, skip: str = "") -> pd.DataFrame:
    """Return what was held at the end, by place; as `memory_sites` of the event ``leaked``."""
    return memory_sites(profile, "leaked", skip=skip)


def temporaries(profile: Profile, *, skip: str = "") -> pd.DataFrame:
    """Return the allocations that the very next deallocation frees, by place.

    Parameters
    ----------
    profile : Profile
        Of heaptrack.
    skip : str
        Regular expression of further functions to be passed over.

    Returns
    -------
    DataFrame
        Columns of ``schema.TEMPORARY_SITES``, most temporary allocations first; places without
        any are left out.

    Raises
    ------
    UnavailableError
        If the profile counts no temporary allocations.
    UsageError
        If ``skip`` is no regular expression.
    """
    sites = _Sites(profile, skip)
    temporary, _ = sites.weights("temporary")
    allocations, _ = sites.weights("allocations")
    allocated, _ = sites.weights("allocated")
    shown = np.flatnonzero(temporary)
    order = shown[np.argsort(-temporary[shown], kind="stable")]
    return schema.TEMPORARY_SITES.conform(
        pd.DataFrame(
            {
                **sites.names(order),
                "temporary": temporary[order],
                "allocations": allocations[order],
                "temporary_share": temporary[order] / np.maximum(allocations[order], 1),
                "allocated": allocated[order],
            }
        )
    )


def memory_timeline(profile: Profile, top: int = 6, *, skip: str = "") -> pd.DataFrame:
    """Return the memory held over time, by place.

    Parameters
    ----------
    profile : Profile
        Of massif or heaptrack.
    top : int
        Places listed by themselves, by the most they ever hold; the rest is ``(others)``.
    skip : str
        Regular expression of further functions to be passed over.

    Returns
    -------
    DataFrame
        Columns of ``schema.MEMORY_TIMELINE``: a row for every place at every moment whose call
        paths the tool kept, also where it held nothing.

    Raises
    ------
    UnavailableError
        If the profile has no such moments.
    UsageError
        If ``top`` is less than one or ``skip`` is no regular expression.
    """
    if top < 1:
        raise UsageError("memory over time needs at least one place")
    sites = _Sites(profile, skip)
    rows = kept_moments(profile)
    held = np.stack([sites.held(int(row)) for row in rows])
    order = np.argsort(-held.max(axis=0), kind="stable")[:top]
    order = order[held.max(axis=0)[order] > 0]
    rest = held.sum(axis=1) - held[:, order].sum(axis=1)
    labels = [*sites.labels(order), OTHERS] if rest.any() else sites.labels(order)
    columns = [*held[:, order].T, rest] if rest.any() else list(held[:, order].T)
    return schema.MEMORY_TIMELINE.conform(
        pd.DataFrame(
            {
                "snapshot": np.repeat(rows, len(labels)),
                "time": np.repeat(profile.snapshots["time"].to_numpy()[rows], len(labels)),
                "site": pd.Categorical.from_codes(
                    np.tile(np.arange(len(labels)), len(rows)),
                    categories=pd.Index(labels, dtype="str"),
                ),
                "weight": np.stack(columns, axis=1).ravel(),
            }
        )
    )


def growth(
    profile: Profile, before: int | None = None, after: int | None = None, *, skip: str = ""
) -> pd.DataFrame:
    """Return what grew and what shrank between two moments, by place.

    Parameters
    ----------
    profile : Profile
        Of massif or heaptrack.
    before, after : int, optional
        Rows of ``profile.snapshots`` whose call paths the tool kept; by default the first such
        that holds anything and the peak.
    skip : str
        Regular expression of further functions to be passed over.

    Returns
    -------
    DataFrame
        Columns of ``schema.MEMORY_GROWTH``, largest growth first; the changes add up to that of
        the heap.

    Raises
    ------
    UnavailableError
        If the profile has no such moments.
    UsageError
        If a row is none of these, or ``skip`` is no regular expression.
    """
    sites = _Sites(profile, skip)
    rows = kept_moments(profile)
    first = int(rows[0]) if before is None else before
    last = _highest(profile, rows) if after is None else after
    for row in (first, last):
        if row not in rows:
            listed = ", ".join(map(str, rows[:20])) + (", ..." if len(rows) > 20 else "")
            raise UsageError(f"snapshot {row} has no call paths; those with any are {listed}")
    old, new = sites.held(first), sites.held(last)
    shown = np.flatnonzero((old != 0) | (new != 0))
    order = shown[np.argsort((old - new)[shown], kind="stable")]
    return schema.MEMORY_GROWTH.conform(
        pd.DataFrame(
            {
                **sites.names(order),
                "before": old[order],
                "after": new[order],
                "change": new[order] - old[order],
            }
        )
    )


def kept_moments(profile: Profile) -> NDArray[np.int64]:
    """Return the rows of ``snapshots`` whose call paths the tool kept.

    Parameters
    ----------
    profile : Profile
        Of massif or heaptrack.

    Returns
    -------
    ndarray of int64, shape (n_moments,)
        Ascending; those before anything was held are left out.

    Raises
    ------
    UnavailableError
        If there is none.
    """
    rows = np.unique(profile.held["snapshot"].to_numpy(np.int64))
    if not rows.size:
        raise UnavailableError(
            f"this {profile.format} profile does not say what held memory at any time; record "
            "with heaptrack, or with massif for longer"
        )
    return rows


def _highest(profile: Profile, rows: NDArray[np.int64]) -> int:
    """Return the row of the peak, or of the most that was held where none is marked."""
    marked = rows[(profile.snapshots["kind"] == "peak").to_numpy()[rows]]
    if marked.size:
        return int(marked[0])
    return int(rows[np.argmax(profile.snapshots["heap"].to_numpy()[rows])])


def site_label(function: str, module: str) -> str:
    """Return what to call a place; one that is only an address is called after its module too."""
    label = frame_label(function, module)
    base = module.rpartition("/")[2]
    return f"[{base}] {label}" if base and label.startswith("0x") else label


class _Sites:
    """The places of a profile, numbered, and what falls to them."""

    def __init__(self, profile: Profile, skip: str) -> None:
        self._profile = profile
        self._table = function_table(profile)
        functions = self._table.of_frame[profile.nodes["frame"].to_numpy()]
        self._of_node = functions[site_nodes(profile, skip)]

    def weights(self, event: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return weight and number of call paths of each place."""
        samples = self._profile.samples
        known = [str(name) for name in samples["event"].cat.categories]
        if event not in known:
            raise UnavailableError(
                f"this {self._profile.format} profile does not count '{event}' but "
                f"{', '.join(known) or 'nothing'}; heaptrack counts all that the views show"
            )
        chosen = samples[event_mask(self._profile, event) & (samples["node"] >= 0)]
        place = self._of_node[chosen["node"].to_numpy()]
        return self._sum(place, chosen["weight"].to_numpy()), self._sum(
            place, np.ones(place.size, np.int64)
        )

    def held(self, snapshot: int) -> NDArray[np.int64]:
        """Return what each place holds at a moment."""
        rows = self._profile.held[self._profile.held["snapshot"] == snapshot]
        return self._sum(self._of_node[rows["node"].to_numpy()], rows["weight"].to_numpy())

    def names(self, places: NDArray[np.int64]) -> dict[str, list[str]]:
        """Return the columns that name places."""
        return {
            "function": [self._table.functions[place] for place in places],
            "module": [self._table.modules[place] for place in places],
        }

    def labels(self, places: NDArray[np.int64]) -> list[str]:
        """Return one distinct label per place."""
        labels: list[str] = []
        for function, module in zip(*self.names(places).values(), strict=True):
            label = site_label(function, module)
            labels.append(f"{label} ({module})" if label in labels else label)
        return [x if x not in labels[:i] else f"{x} #{i}" for i, x in enumerate(labels)]

    def _sum(self, place: NDArray[np.int32], weight: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = np.zeros(len(self._table.functions), np.int64)
        np.add.at(sums, place, weight)
        return sums
