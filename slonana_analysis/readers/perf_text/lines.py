"""Goes through lines in machine code until one comes that is not for it.

Mirrors ``perf_parser.PerfParser`` for the lines that a text consists of nearly entirely: first
lines of samples whose parts were seen before, stack lines, blank lines.
"""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.interning import Names, Nodes, intern_name, intern_node, intern_row
from slonana_analysis.readers.perf_text.fields import find_counted, find_time
from slonana_analysis.readers.perf_text.frames import frame_of, has_room
from slonana_analysis.readers.perf_text.tables import (
    BLANK,
    BLOCK,
    DEPTH,
    EVENT,
    FULL,
    HEADLESS,
    LAST,
    LINE,
    NONE,
    NUMBER,
    OFFSET,
    ONE_LINE,
    OPEN,
    OWN,
    OWN_FRAME,
    REJECTED,
    SAMPLES,
    STACK_FRAME,
    STRUCTURED,
    SUCCESSOR,
    THREAD,
    TIME,
    TIMED,
    UNWEIGHTED,
    WEIGHT,
    WEIGHTED,
    WHOLE,
    Reading,
)
from slonana_analysis.readers.scanning import (
    Bytes,
    Integer,
    borrowing,
    hash_bytes,
    inlined,
    line_end,
    same_bytes,
)

_LONGEST_LINE = 1 << 16


@borrowing
def take_lines(data: Bytes, begin: Integer, reading: Reading) -> Integer:
    """Take lines from ``begin`` on, and return where the first one begins that is not for here.

    Parameters
    ----------
    data : ndarray of uint8
        Whole lines, each with its line feed.
    begin : int
        Where a line begins.
    reading : Reading
        Read and filled.
    """
    state = reading.state
    position = begin
    while position < data.size:
        if state[OPEN]:
            behind = _take_expected(data, position, reading)
            if behind > 0:
                position = behind
                continue
        stop = line_end(data, position, data.size)
        if not _take(data, position, stop, reading):
            break
        state[NUMBER] += 1
        position = stop + 1
    return position


@inlined
def _take_expected(data: Bytes, begin: Integer, reading: Reading) -> Integer:
    """Take the line that followed last time; return what is behind it, 0 if it is another one.

    Stacks share their outer frames, so this spares nearly all searching.
    """
    memory, state, depth = reading.memory, reading.state, reading.state[DEPTH]
    last = state[LAST]
    line = np.int64(memory.line_facts[last, SUCCESSOR]) if last >= 0 else np.int64(NONE)
    if line < 0 or depth >= reading.stack.size:
        return 0
    known = memory.lines.begins[line]
    length = memory.lines.begins[line + 1] - known
    stop = begin + length
    if stop >= data.size or data[stop] != 10:
        return 0
    if not same_bytes(memory.lines.text, known, data, begin, length):
        return 0
    reading.stack[depth] = memory.line_facts[line, STACK_FRAME]
    state[DEPTH] = depth + 1
    state[LAST] = line
    state[NUMBER] += 1
    return stop + 1


@inlined
def _take(data: Bytes, begin: Integer, end: Integer, reading: Reading) -> bool:
    """Take the line ``data[begin:end]``; return False, nothing changed, if it is not for here."""
    text_end = end - 1 if end > begin and data[end - 1] == 13 else end
    is_open = reading.state[OPEN] != 0
    taken = False
    if text_end == begin:
        # Python knows what a blank line means that closes nothing.
        taken = is_open and _close(reading)
    elif end - begin <= _LONGEST_LINE:
        if is_open:
            taken = _take_below(data, begin, end, text_end, reading)
        elif data[begin] != 9:
            taken = _begin(data, begin, text_end, reading)
    return taken


@inlined
def _take_below(
    data: Bytes, begin: Integer, end: Integer, text_end: Integer, reading: Reading
) -> bool:
    """Take a line that follows the first line of a sample."""
    memory = reading.memory
    # Where samples follow each other without stacks, looking for a stack line is a waste.
    hasty = reading.state[ONE_LINE] and data[begin] != 9
    if hasty and _begin(data, begin, text_end, reading):
        return True
    line = find(memory.lines, data, begin, end)
    if line >= 0 and memory.line_facts[line, STACK_FRAME] >= 0:
        return _push(line, reading)
    if data[begin] == 9:
        return _push_new(data, begin, end, text_end, reading)
    if _begin(data, begin, text_end, reading):
        return True
    return line >= 0 and data[begin] == 32 and _locate(line, reading)


@inlined
def find(names: Names, data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the number of the name ``data[begin:end]``; -1 if it is not in the table."""
    hashed = hash_bytes(data, begin, end, names.state[1])
    mask = np.uint64(names.slots.size - 1)
    slot = hashed & mask
    length = end - begin
    while True:
        number = np.int64(names.slots[slot])
        if number < 0:
            return number
        at = names.begins[number]
        same = names.hashes[number] == hashed and names.begins[number + 1] - at == length
        if same and same_bytes(names.text, at, data, begin, length):
            return number
        slot = (slot + np.uint64(1)) & mask


@inlined
def _push(line: Integer, reading: Reading) -> bool:
    facts, state, depth = reading.memory.line_facts, reading.state, reading.state[DEPTH]
    if depth >= reading.stack.size:
        return False
    if state[LAST] >= 0:
        facts[state[LAST], SUCCESSOR] = line
    reading.stack[depth] = facts[line, STACK_FRAME]
    state[DEPTH] = depth + 1
    state[LAST] = line
    return True


@borrowing
def _push_new(
    data: Bytes, begin: Integer, end: Integer, text_end: Integer, reading: Reading
) -> bool:
    line = _remembered(data, begin, end, reading)
    frame = frame_of(data, begin, text_end, reading) if line >= 0 else NONE
    if frame < 0:
        return False
    reading.memory.line_facts[line, STACK_FRAME] = frame
    return _push(line, reading)


@borrowing
def _remembered(data: Bytes, begin: Integer, end: Integer, reading: Reading) -> Integer:
    """Return the number of a line, new or not; -1 if there is no room for it."""
    if not has_room(reading.memory.lines, end - begin):
        reading.state[FULL] = 1
        return np.int64(NONE)
    return np.int64(intern_name(reading.memory.lines, data, begin, end))


@borrowing
def _locate(line: Integer, reading: Reading) -> bool:
    """Take a ``srcline`` line that stood below the same frame before."""
    depth = reading.state[DEPTH]
    if depth == 0:
        return False
    located = reading.memory.located
    if np.int64(located.state[0]) >= located.keys.shape[0]:
        reading.state[FULL] = 1
        return False
    # A new pair gets a row, too; Python then says which frame it is.
    row = intern_row(located, reading.stack[depth - 1], line, 0, 0)
    frame = reading.memory.located_frames[row]
    if frame >= 0:
        reading.stack[depth - 1] = frame
    return bool(frame >= 0)


@inlined
def _begin(data: Bytes, begin: Integer, end: Integer, reading: Reading) -> bool:
    """Open the sample whose first line this is, if all its parts are known."""
    state = reading.state
    if state[TIMED]:
        known, time, thread, weight, event, own = _timed(data, begin, end, reading)
    else:
        time = np.int64(NONE)
        known, thread, weight, event, own = _timeless(data, begin, end, reading)
    if not known:
        return False
    if state[OPEN]:
        one_line = state[ONE_LINE] or state[WHOLE] or state[DEPTH] == 0
        if not _close(reading):
            return False
        state[ONE_LINE] = one_line
    state[OPEN] = 1
    state[THREAD], state[TIME] = thread, time
    state[WEIGHT], state[EVENT], state[OWN] = weight, event, own
    state[LINE], state[OFFSET] = state[NUMBER] + 1, state[BLOCK] + begin
    state[WHOLE] = state[REJECTED] = state[DEPTH] = 0
    state[BLANK] = state[HEADLESS] = 0
    state[STRUCTURED] = 1
    state[LAST] = NONE
    return True


@inlined
def _timed(
    data: Bytes, begin: Integer, end: Integer, reading: Reading
) -> tuple[bool, Integer, Integer, Integer, Integer, Integer]:
    memory = reading.memory
    nothing = np.int64(NONE)
    origin_end, behind, time = find_time(data, begin, end)
    if origin_end < 0:
        return False, time, nothing, nothing, nothing, nothing
    origin = find(memory.origins, data, begin, origin_end)
    period, event_begin, event_end, own_begin, own_end = find_counted(data, behind, end)
    if origin < 0 or period < NONE:
        return False, time, nothing, nothing, nothing, nothing
    number = find(memory.events, data, event_begin, event_end)
    kind = UNWEIGHTED if period < 0 else WEIGHTED
    event = np.int64(memory.event_codes[number, kind]) if number >= 0 else nothing
    own = nothing
    if own_begin < own_end:
        own = _own_frame(data, own_begin, own_end, reading)
    known = bool(event >= 0 and (own >= 0 or own_begin == own_end))
    thread = np.int64(memory.origin_threads[origin])
    return known, time, thread, np.int64(1) if period < 0 else period, event, own


@borrowing
def _own_frame(data: Bytes, begin: Integer, end: Integer, reading: Reading) -> Integer:
    facts = reading.memory.line_facts
    line = find(reading.memory.lines, data, begin, end)
    if line >= 0 and facts[line, OWN_FRAME] >= 0:
        return np.int64(facts[line, OWN_FRAME])
    line = _remembered(data, begin, end, reading)
    frame = np.int64(frame_of(data, begin, end, reading)) if line >= 0 else np.int64(NONE)
    if frame >= 0:
        facts[line, OWN_FRAME] = frame
    return frame


@inlined
def _timeless(
    data: Bytes, begin: Integer, end: Integer, reading: Reading
) -> tuple[bool, Integer, Integer, Integer, Integer]:
    head = find(reading.memory.heads, data, begin, end)
    facts = reading.memory.head_facts[max(head, 0)]
    return head >= 0, facts[0], facts[1], facts[2], facts[3]


@inlined
def _close(reading: Reading) -> bool:
    """Keep the open sample; return False, nothing changed, if there is no room for it."""
    found, state = reading.found, reading.state
    sample, depth = state[SAMPLES], state[DEPTH]
    count = np.int64(found.nodes.state[0])
    if sample >= found.node.size or count + max(depth, 1) > found.nodes.parents.size:
        state[FULL] = 1
        return False
    if depth == 0 and state[OWN] >= 0:
        reading.stack[0] = state[OWN]
        depth = 1
    found.node[sample] = node_of(found.nodes, reading.stack, depth)
    found.thread[sample] = state[THREAD]
    found.event[sample] = state[EVENT]
    found.time_ns[sample] = state[TIME]
    found.weight[sample] = state[WEIGHT]
    state[SAMPLES] = sample + 1
    state[OPEN] = state[DEPTH] = state[HEADLESS] = 0
    return True


@inlined
def node_of(nodes: Nodes, stack: NDArray[np.int32], depth: Integer) -> Integer:
    """Return the node of a stack, innermost frame first; -1 if it is empty. Needs room reserved."""
    node = np.int64(NONE)
    for place in range(depth - 1, -1, -1):
        node = intern_node(nodes, node, stack[place])
    return node
