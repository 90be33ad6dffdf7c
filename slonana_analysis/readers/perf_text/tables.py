"""The arrays that machine code and Python fill together while a text is read."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.interning import (
    Names,
    Nodes,
    Rows,
    new_names,
    new_nodes,
    new_rows,
    reserve_names,
    reserve_nodes,
    reserve_rows,
)

Integers = NDArray[np.int64]

# Columns of ``Memory.lines_facts``.
STACK_FRAME, OWN_FRAME, SUCCESSOR = range(3)
# Columns of ``Memory.event_codes``.
UNWEIGHTED, WEIGHTED = range(2)

# Places in the state: the open sample, then what the state machine knows of the file.
OPEN, THREAD, TIME, WEIGHT, EVENT, OWN, LINE, OFFSET, WHOLE, REJECTED, DEPTH = range(11)
NUMBER, BLANK, TIMED, ONE_LINE, HEADLESS, STRUCTURED = range(11, 17)
# Samples kept, whether a table was full, the line last taken for a stack frame, and the place of
# the block in the file.
SAMPLES, FULL, LAST, BLOCK = range(17, 21)
STATE_SIZE = 21

NONE = -1
# Bytes kept free behind names: the module of an inlined function is not in the line itself.
SPARE = 16


class Memory(NamedTuple):
    """Lines and parts of lines seen before, with what they meant; forgetting costs only time.

    Attributes
    ----------
    lines : Names
        Lines of stacks, and frames on a sample's own line, as they stand.
    line_facts : ndarray of int32, shape (capacity, 3)
        Row of the frame that a line of a stack is, the frame that it is on a sample's own line,
        and the line that last followed it; -1 where unknown.
    located : Rows
        Frame and ``srcline`` line below it.
    located_frames : ndarray of int32, shape (capacity,)
        Row of that frame at that place in the source.
    origins : Names
        Texts before a sample's time.
    origin_threads : ndarray of int32, shape (capacity,)
        Row of the thread that each names.
    events : Names
        Events as they stand, colon included; empty where none is printed.
    event_codes : ndarray of int32, shape (capacity, 2)
        Code of the event without and with a period before it; -1 where unknown.
    heads : Names
        First lines of samples in a file without times.
    head_facts : ndarray of int64, shape (capacity, 4)
        Their thread, weight, event and own frame.
    """

    lines: Names
    line_facts: NDArray[np.int32]
    located: Rows
    located_frames: NDArray[np.int32]
    origins: Names
    origin_threads: NDArray[np.int32]
    events: Names
    event_codes: NDArray[np.int32]
    heads: Names
    head_facts: Integers


class Found(NamedTuple):
    """What a text holds, as far as read.

    Attributes
    ----------
    names : Names
        Functions, modules, source files and thread names.
    frames : Rows
        Numbers of function, module and file (-1: empty), and the line.
    nodes : Nodes
        Call tree.
    node, thread, event : ndarray of int32, shape (capacity,)
        Columns of the samples.
    time_ns, weight : ndarray of int64, shape (capacity,)
        Columns of the samples.
    """

    names: Names
    frames: Rows
    nodes: Nodes
    node: NDArray[np.int32]
    thread: NDArray[np.int32]
    event: NDArray[np.int32]
    time_ns: Integers
    weight: Integers


class Reading(NamedTuple):
    """All that the reading of a text works on.

    Attributes
    ----------
    memory : Memory
        Lines seen before.
    found : Found
        What the text holds.
    stack : ndarray of int32
        Frames of the open sample, innermost first; ``state[DEPTH]`` of them.
    state : ndarray of int64, shape (STATE_SIZE,)
        What is open; ``state[FULL]`` says that a line was refused for want of room.
    """

    memory: Memory
    found: Found
    stack: NDArray[np.int32]
    state: Integers


def new_memory(capacity: int = 1024) -> Memory:
    """Return an empty memory."""
    return Memory(
        new_names(capacity, capacity << 7),
        _unknown((capacity, 3)),
        new_rows(capacity),
        _unknown(capacity),
        new_names(capacity),
        _unknown(capacity),
        new_names(capacity),
        _unknown((capacity, 2)),
        new_names(capacity),
        np.full((capacity, 4), NONE, np.int64),
    )


def new_found(capacity: int = 1024) -> Found:
    """Return empty tables."""
    return Found(
        new_names(capacity),
        new_rows(capacity),
        new_nodes(capacity),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int64),
    )


def roomier_memory(memory: Memory, length: int) -> Memory:
    """Return the memory with room for one more of everything, each of ``length`` bytes."""
    length += SPARE
    lines = reserve_names(memory.lines, length)
    located = reserve_rows(memory.located)
    origins = reserve_names(memory.origins, length)
    events = reserve_names(memory.events, length)
    heads = reserve_names(memory.heads, length)
    return Memory(
        lines,
        _stretched(memory.line_facts, lines.hashes.size),
        located,
        _stretched(memory.located_frames, located.keys.shape[0]),
        origins,
        _stretched(memory.origin_threads, origins.hashes.size),
        events,
        _stretched(memory.event_codes, events.hashes.size),
        heads,
        _stretched(memory.head_facts, heads.hashes.size),
    )


def roomier_found(found: Found, length: int, depth: int, samples: int) -> Found:
    """Return the tables with room for one more of everything.

    Parameters
    ----------
    found : Found
        The tables.
    length : int
        Bytes of the next name.
    depth : int
        Frames of the next stack.
    samples : int
        Samples so far.
    """
    names = reserve_names(found.names, length + SPARE)
    frames = reserve_rows(found.frames)
    nodes = reserve_nodes(found.nodes, depth)
    size = found.node.size if samples < found.node.size else 2 * found.node.size
    columns = (_stretched(column, size) for column in found[3:])
    return Found(names, frames, nodes, *columns)


def _unknown(shape: int | tuple[int, int]) -> NDArray[np.int32]:
    return np.full(shape, NONE, np.int32)


def _stretched(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Return the array with ``size`` rows; new ones hold -1."""
    if size <= array.shape[0]:
        return array
    larger = np.full((size, *array.shape[1:]), NONE, array.dtype)
    larger[: array.shape[0]] = array
    return larger
