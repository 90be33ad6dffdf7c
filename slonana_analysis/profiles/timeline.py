"""When the weight fell: by time and thread."""

import numpy as np
import pandas as pd

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import event_mask

OTHERS = "(others)"


def timeline(
    profile: Profile, bins: int = 100, event: str | None = None, names: int = 8
) -> pd.DataFrame:
    """Return the weight in equal bins of time, by thread name.

    Parameters
    ----------
    profile : Profile
        The profile.
    bins : int
        Number of bins between the first and the last sample.
    event : str, optional
        Event to look at; may be left out where the profile has only one.
    names : int
        Thread names listed by themselves, heaviest first; the rest is ``(others)``.

    Returns
    -------
    DataFrame
        Columns of ``schema.TIMELINE``: a row for every bin and name, also where the weight is 0.

    Raises
    ------
    UnavailableError
        If the profile holds no times.
    UsageError
        If ``bins`` or ``names`` is less than one, or the event is missing or not named.
    """
    if bins < 1 or names < 1:
        raise UsageError("a timeline needs at least one bin and one thread name")
    samples = profile.samples[event_mask(profile, event) & (profile.samples["time_ns"] >= 0)]
    if samples.empty:
        raise UnavailableError(
            f"this {profile.format} profile has no times, so it has no timeline; print them with "
            "the field 'time'"
        )
    listed, row = _listed_names(profile, samples, names)
    time = samples["time_ns"].to_numpy()
    start, span = int(time.min()), int(time.max() - time.min()) + 1
    edges = start + np.array([span * edge // bins for edge in range(bins + 1)], np.int64)
    place = np.searchsorted(edges, time, side="right") - 1
    weight = np.zeros((bins, len(listed)), np.int64)
    np.add.at(weight, (place, row), samples["weight"].to_numpy())
    return schema.TIMELINE.conform(
        pd.DataFrame(
            {
                "start_ns": np.repeat(edges[:-1], len(listed)),
                "end_ns": np.repeat(edges[1:], len(listed)),
                "thread": pd.Categorical.from_codes(
                    np.tile(np.arange(len(listed)), bins), categories=pd.Index(listed, dtype="str")
                ),
                "weight": weight.ravel(),
            }
        )
    )


def _listed_names(
    profile: Profile, samples: pd.DataFrame, names: int
) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Return the names that get a row of their own, and each sample's row."""
    column = profile.threads["name"].cat
    code = column.codes.to_numpy(np.int64)[samples["thread"].to_numpy()]
    weight = np.zeros(len(column.categories), np.int64)
    np.add.at(weight, code, samples["weight"].to_numpy())
    order = np.argsort(-weight, kind="stable")
    kept = [int(name) for name in order[:names] if weight[name] > 0]
    rows = np.full(len(column.categories), len(kept), np.int64)
    rows[kept] = np.arange(len(kept))
    listed = [str(column.categories[name]) for name in kept]
    return (listed if (rows[code] < len(kept)).all() else [*listed, OTHERS]), rows[code]
