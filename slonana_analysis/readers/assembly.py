"""Makes the tables of a profile from the numbers that a reader collected.

Readers that go through their file in machine code end with arrays: names, frames as rows of name
numbers, call-tree nodes, samples. This turns them into the frames of the schema, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.profile_builder import Description

_LARGEST_WEIGHT = 2.0**62


@dataclass
class Collected:
    """What a reader collected; every array is int32 or int64, a row number where not said else.

    Attributes
    ----------
    names : list of str
        Texts that ``frames`` and ``threads`` number.
    frames : ndarray, shape (n_frames, 4)
        Number of the function's name, of the module's, of the file's (-1: empty), and the line.
    parents, node_frames : ndarray, shape (n_nodes,)
        Call tree: parent node (-1 at a root, above its children) and frame.
    threads : ndarray, shape (n_threads, 3)
        Process id, thread id, number of the name (-1: empty).
    events : list of str
        Names of the events.
    node, thread, time_ns, weight, event : ndarray, shape (n_samples,)
        Columns of ``schema.PROFILE_SAMPLES``; ``event`` numbers ``events``.
    units : dict of str to str
        Unit of each event where they differ.
    """

    names: Sequence[str]
    frames: NDArray[np.int64]
    parents: NDArray[np.int32]
    node_frames: NDArray[np.int32]
    threads: NDArray[np.int64]
    events: Sequence[str]
    node: NDArray[np.int32]
    thread: NDArray[np.int32]
    time_ns: NDArray[np.int64]
    weight: NDArray[np.int64]
    event: NDArray[np.int32]
    units: dict[str, str] = field(default_factory=dict)


def assemble(collected: Collected, description: Description, source: str) -> Profile:
    """Return the profile of what was collected.

    Parameters
    ----------
    collected : Collected
        The arrays. Frames that no node refers to are left out; frames that read alike stay apart
        only if their rows differ.
    description : Description
        Format, tool, unit, ledger and header.
    source : str
        Name of the file, for the error.

    Returns
    -------
    Profile
        Tables with the columns and dtypes of ``schema``.

    Raises
    ------
    FormatError
        If the weights of an event add up to more than a 64-bit integer holds.
    """
    if np.abs(collected.weight.astype(np.float64)).sum() > _LARGEST_WEIGHT:
        raise FormatError(
            f"the sample weights in {source} add up to more than 64 bits hold, so the file is "
            "damaged; write it again from the recording"
        )
    used, frame = _distinct(collected.node_frames, len(collected.frames))
    frames = collected.frames[used]
    return Profile(
        format=description.format,
        tool=description.tool,
        event=",".join(collected.events),
        unit=description.unit,
        frames=schema.FRAMES.conform(
            pd.DataFrame(
                {
                    "function": named(frames[:, 0], collected.names),
                    "module": named(frames[:, 1], collected.names),
                    "file": named(frames[:, 2], collected.names),
                    "line": frames[:, 3],
                }
            )
        ),
        nodes=schema.NODES.conform(
            pd.DataFrame(
                {
                    "parent": collected.parents,
                    "frame": frame,
                }
            )
        ),
        threads=schema.THREADS.conform(
            pd.DataFrame(
                {
                    "process": collected.threads[:, 0],
                    "thread": collected.threads[:, 1],
                    "name": named(collected.threads[:, 2], collected.names),
                }
            )
        ),
        samples=schema.PROFILE_SAMPLES.conform(
            pd.DataFrame(
                {
                    "node": collected.node,
                    "thread": collected.thread,
                    "time_ns": collected.time_ns,
                    "weight": collected.weight,
                    "event": pd.Categorical.from_codes(
                        collected.event, categories=pd.Index(list(collected.events), dtype="str")
                    ),
                }
            )
        ),
        loss=description.loss,
        header=description.header,
        units=collected.units,
    )


def named(numbers: NDArray[np.int64], names: Sequence[str]) -> pd.Categorical:
    """Return a column of names from their numbers; only names that are used become categories.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        Rows of ``names``; -1 stands for the empty text.
    names : sequence of str
        Two equal texts become one category.

    Returns
    -------
    Categorical
        Of text.
    """
    rows, places = _distinct(numbers, len(names))
    codes: dict[str, int] = {}
    merged = np.array(
        [codes.setdefault("" if row < 0 else names[row], len(codes)) for row in rows.tolist()],
        np.int64,
    )
    chosen = merged[places] if rows.size else np.empty(0, np.int64)
    return pd.Categorical.from_codes(chosen, categories=pd.Index(list(codes), dtype="str"))


def _distinct(
    numbers: NDArray[np.integer[Any]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the distinct row numbers in order, and the place of each number among them.

    Numbers are -1 to ``size`` - 1, and may be millions: a table by number needs no sorting.
    """
    present = np.zeros(size + 1, np.bool_)
    # -1 is the last place, which is nobody else's.
    present[numbers] = True
    rows = np.flatnonzero(present[:-1])
    if present[-1]:
        rows = np.concatenate([np.array([-1]), rows])
    places = np.empty(size + 1, np.int32)
    places[rows] = np.arange(rows.size, dtype=np.int32)
    return rows, places[numbers]
