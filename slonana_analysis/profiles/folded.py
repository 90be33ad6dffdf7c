"""Writes a profile as collapsed stacks, one line per stack: ``comm;outer;inner weight``.

The format of stackcollapse-perf.pl (Brendan Gregg, FlameGraph), which flame graph tools read.
"""

from typing import TextIO

import numpy as np

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import event_mask
from slonana_analysis.profiles.names import UNKNOWN, frame_label, printable


def write_folded(profile: Profile, stream: TextIO, event: str | None = None) -> None:
    """Write every distinct stack with its weight.

    Parameters
    ----------
    profile : Profile
        The profile.
    stream : text file
        Gets one line per thread name and stack. A ``;`` in a name becomes ``:`` as it does in
        stackcollapse, and characters that are not visible text become escapes; weights add up to
        the profile's.
    event : str, optional
        Event to look at; may be left out where the profile has only one.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    chosen = event_mask(profile, event)
    samples = profile.samples[chosen]
    names = profile.threads["name"].cat
    name = names.codes.to_numpy(np.int64)[samples["thread"].to_numpy()]
    span = len(profile.nodes) + 1
    stacks, of_sample = np.unique(name * span + samples["node"].to_numpy() + 1, return_inverse=True)
    weight = np.zeros(stacks.size, np.int64)
    np.add.at(weight, of_sample, samples["weight"].to_numpy())

    labels = _labels(profile)
    parents = profile.nodes["parent"].tolist()
    frames = profile.nodes["frame"].tolist()
    threads = [_begin(_clean(str(thread) or UNKNOWN)) for thread in names.categories]
    for stack, stack_weight in zip(stacks.tolist(), weight.tolist(), strict=True):
        thread, node = divmod(stack, span)
        node -= 1
        path = []
        while node >= 0:
            path.append(labels[frames[node]])
            node = parents[node]
        stream.write(";".join([threads[thread], *reversed(path)]) + f" {stack_weight}\n")


def _labels(profile: Profile) -> list[str]:
    pairs = zip(profile.frames["function"], profile.frames["module"], strict=True)
    return [_clean(frame_label(str(function), str(module))) for function, module in pairs]


def _begin(name: str) -> str:
    """Return a name that may begin a line: a number sign and a space would make it a comment."""
    return f"\\x23{name[1:]}" if name.startswith("# ") or name == "#" else name


def _clean(name: str) -> str:
    return printable(name).replace(";", ":")
