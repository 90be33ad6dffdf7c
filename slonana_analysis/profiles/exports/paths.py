"""What all writers need of a profile: the stacks as frame rows, and the samples of one event."""

import pandas as pd

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import event_mask
from slonana_analysis.profiles.names import frame_label, printable


class Paths:
    """Stacks by their innermost node, each worked out once.

    Parameters
    ----------
    profile : Profile
        The profile.
    """

    def __init__(self, profile: Profile) -> None:
        self._parents = profile.nodes["parent"].tolist()
        self._frames = profile.nodes["frame"].tolist()
        self._known: dict[int, list[int]] = {}

    def of(self, node: int) -> list[int]:
        """Return the frame rows of a node's stack, outermost first; empty for -1."""
        known = self._known.get(node)
        if known is None:
            # The stacks of the nodes on the way are not kept: of a deep recursion there are as
            # many, each nearly as long.
            path, above = [], node
            while above >= 0:
                path.append(self._frames[above])
                above = self._parents[above]
            known = self._known[node] = path[::-1]
        return known


def labels(profile: Profile) -> list[str]:
    """Return what to call each frame, with what is not visible text as escapes."""
    pairs = zip(profile.frames["function"], profile.frames["module"], strict=True)
    return [printable(frame_label(str(function), str(module))) for function, module in pairs]


def texts(column: "pd.Series[str]") -> list[str]:
    """Return a column of names with what is not visible text as escapes."""
    return [printable(str(value)) for value in column]


def samples_of(profile: Profile, event: str | None) -> pd.DataFrame:
    """Return the samples of an event in the order of time, where times are known.

    Parameters
    ----------
    profile : Profile
        The profile.
    event : str, optional
        May be left out where the profile has only one.

    Returns
    -------
    DataFrame
        Columns of ``schema.PROFILE_SAMPLES``.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    chosen = profile.samples[event_mask(profile, event)]
    return chosen.sort_values("time_ns", kind="stable", ignore_index=True)


def event_name(samples: pd.DataFrame, event: str | None) -> str:
    """Return the name of the event that the samples are of."""
    return event or next(iter(samples["event"].astype(str)), "")


def thread_names(profile: Profile) -> list[str]:
    """Return what to call each thread: its name, and its id where there is one."""
    rows = zip(texts(profile.threads["name"]), profile.threads["thread"].tolist(), strict=True)
    return [
        f"{name or 'all threads'} ({thread})" if thread >= 0 else name or "all threads"
        for name, thread in rows
    ]
