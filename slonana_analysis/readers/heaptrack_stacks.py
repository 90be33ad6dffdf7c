"""Turns heaptrack's stacks into a call tree, inlined frames as frames of their own."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.heaptrack_records import (
    FRAMES,
    INFOS,
    POINTERS,
    STRINGS,
    TRACES,
    Records,
)
from slonana_analysis.readers.interning import (
    Nodes,
    Rows,
    intern_node,
    intern_row,
    new_nodes,
    new_rows,
    reserve_nodes,
    reserve_rows,
)
from slonana_analysis.readers.scanning import Bytes

# Line of a frame that has only an address, which then stands for its function.
_NAMELESS = -1
UNKNOWN = "[unknown]"


@dataclass(frozen=True)
class Stacks:
    """The call tree of a recording.

    Attributes
    ----------
    names : list of str
        Texts that ``frames`` number.
    frames : ndarray of int64, shape (n_frames, 4)
        Function, module, file (-1: none) and line.
    parents, node_frames : ndarray of int32, shape (n_nodes,)
        Call tree.
    places : ndarray of int32, shape (n_places,)
        Nodes in which anything is allocated, ascending.
    place_of_info : ndarray of int32, shape (n_infos,)
        Row of ``places`` of each allocation.
    """

    names: list[str]
    frames: NDArray[np.int64]
    parents: NDArray[np.int32]
    node_frames: NDArray[np.int32]
    places: NDArray[np.int32]
    place_of_info: NDArray[np.int32]


def build_stacks(data: Bytes, records: Records) -> Stacks:
    """Return the call tree of the stacks of a recording.

    Parameters
    ----------
    data : ndarray of uint8
        The file, in which the strings stand.
    records : Records
        Its records.

    Returns
    -------
    Stacks
        Frames that differ only in their address are one; a function without a name is called
        by its address, a stack that is not known is ``[unknown]``.
    """
    state = records.state
    rows, of_pointer = _intern_frames(
        records.pointers[: state[POINTERS]], records.frames[: state[FRAMES]], new_rows()
    )
    traces = records.traces[: state[TRACES]]
    stacks = records.stacks[: state[INFOS]]
    nodes, of_trace = _intern_traces(
        traces,
        _needed(traces, stacks),
        records.pointers[: state[POINTERS], 2],
        of_pointer,
        new_nodes(),
    )
    count = int(nodes.state[0])
    parents, node_frames = nodes.parents[:count], nodes.frames[:count]
    names, frames = _frame_rows(rows.keys[: rows.state[0]], strings(data, records))
    node_of_info = of_trace[stacks]
    if (node_of_info < 0).any():
        parents = np.append(parents, np.int32(-1))
        node_frames = np.append(node_frames, np.int32(len(frames)))
        frames = np.append(frames, [[len(names), -1, -1, 0]], axis=0)
        names.append(UNKNOWN)
        node_of_info[node_of_info < 0] = count
    places, place_of_info = np.unique(node_of_info, return_inverse=True)
    return Stacks(names, frames, parents, node_frames, places, place_of_info.astype(np.int32))


def strings(data: Bytes, records: Records) -> list[str]:
    r"""Return all strings of a recording; what is not UTF-8 stays visible as ``\xNN``."""
    spans = records.strings[: records.state[STRINGS]].tolist()
    return [data[begin:end].tobytes().decode("utf-8", "backslashreplace") for begin, end in spans]


@njit(cache=True, nogil=True)
def _intern_frames(
    pointers: NDArray[np.int64], frames: NDArray[np.int32], rows: Rows
) -> tuple[Rows, NDArray[np.int32]]:
    """Return the distinct frames, and the number of each frame of every pointer."""
    numbers = np.empty(frames.shape[0], np.int32)
    for pointer in range(pointers.shape[0]):
        address, module = pointers[pointer, 0], pointers[pointer, 1]
        more = pointer + 1 < pointers.shape[0]
        end = pointers[pointer + 1, 2] if more else frames.shape[0]
        for place in range(pointers[pointer, 2], end):
            function = np.int64(frames[place, 0])
            line = np.int64(frames[place, 2])
            if function == 0:
                function, line = address, np.int64(_NAMELESS)
            rows = reserve_rows(rows)
            numbers[place] = intern_row(rows, function, module, np.int64(frames[place, 1]), line)
    return rows, numbers


@njit(cache=True, nogil=True)
def _needed(traces: NDArray[np.int32], stacks: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which traces, from 1, stand on the stack of an allocation."""
    needed = np.zeros(traces.shape[0] + 1, np.bool_)
    for stack in stacks:
        needed[stack] = True
    for trace in range(traces.shape[0], 0, -1):
        if needed[trace]:
            needed[traces[trace - 1, 1]] = True
    return needed


@njit(cache=True, nogil=True)
def _intern_traces(
    traces: NDArray[np.int32],
    needed: NDArray[np.bool_],
    first_frames: NDArray[np.int64],
    frames: NDArray[np.int32],
    nodes: Nodes,
) -> tuple[Nodes, NDArray[np.int32]]:
    """Return the call tree and the node of every trace; -1 for trace 0 and those above nothing."""
    of_trace = np.empty(traces.shape[0] + 1, np.int32)
    of_trace[0] = -1
    for trace in range(traces.shape[0]):
        pointer, node = np.int64(traces[trace, 0]), np.int64(of_trace[traces[trace, 1]])
        if pointer > 0 and needed[trace + 1]:
            begin = first_frames[pointer - 1]
            end = first_frames[pointer] if pointer < first_frames.size else frames.size
            nodes = reserve_nodes(nodes, end - begin)
            for place in range(end - 1, begin - 1, -1):
                node = np.int64(intern_node(nodes, node, frames[place]))
        of_trace[trace + 1] = node
    return nodes, of_trace


def _frame_rows(keys: NDArray[np.int64], texts: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts that frames number, addresses added, and the frames themselves."""
    names = list(texts)
    frames = np.empty_like(keys)
    frames[:, 0] = keys[:, 0] - 1
    frames[:, 1] = np.maximum(keys[:, 1] - 1, -1)
    frames[:, 2] = keys[:, 2] - 1
    frames[:, 3] = np.maximum(keys[:, 3], 0)
    for row in np.flatnonzero(keys[:, 3] == _NAMELESS).tolist():
        frames[row, 0] = len(names)
        names.append(f"0x{int(keys[row, 0]) & (1 << 64) - 1:x}")
    return names, frames
