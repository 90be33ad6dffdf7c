"""The samples of a pprof file in one sweep: stacks as call-tree nodes, weights, threads."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
from slonana_analysis.readers.pprof_tables import NO_TEXT, Places, place_of
from slonana_analysis.readers.protobuf import BYTES, VARINT, field_at, varint_at
from slonana_analysis.readers.scanning import Bytes, Integer

KEPT, DAMAGED, UNEVEN, UNPLACED = 0, 1, 2, 3
# Field numbers of the messages Sample and Label.
_LOCATION, _VALUE, _LABEL = 1, 2, 3
_KEY, _TEXT, _NUMBER = 1, 2, 3
_NOT_READ = -1


class Samples(NamedTuple):
    """Samples in the order of the file.

    Attributes
    ----------
    outcome : ndarray of uint8, shape (n_samples,)
        ``KEPT``, or why the sample cannot be: ``DAMAGED``, ``UNEVEN`` (has not one value per
        sample type), ``UNPLACED`` (names a location that is not defined).
    node, thread : ndarray of int32, shape (n_samples,)
        Innermost call-tree node (-1: no stack) and row of ``threads``.
    weights : ndarray of int64, shape (n_samples, n_events)
        Values.
    parents, frames : ndarray of int32, shape (n_nodes,)
        The call tree, parents above their children.
    threads : ndarray of int64, shape (n_threads, 2)
        Thread id and number of the name, -1 where no label states them.
    """

    outcome: NDArray[np.uint8]
    node: NDArray[np.int32]
    thread: NDArray[np.int32]
    weights: NDArray[np.int64]
    parents: NDArray[np.int32]
    frames: NDArray[np.int32]
    threads: NDArray[np.int64]


class _Labels(NamedTuple):
    """Numbers of the texts by which labels state a thread's name and its id."""

    names: NDArray[np.int64]
    ids: NDArray[np.int64]


class _Columns(NamedTuple):
    outcome: NDArray[np.uint8]
    node: NDArray[np.int32]
    thread: NDArray[np.int32]
    weights: NDArray[np.int64]


def read_samples(
    data: Bytes,
    spans: NDArray[np.int64],
    events: int,
    places: Places,
    *,
    labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    frames: int,
) -> Samples | None:
    """Take all samples apart.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    spans : ndarray of int64, shape (n_samples, 2)
        Where each sample's message begins and ends.
    events : int
        How many values a sample has.
    places : Places
        Frames of every location.
    labels : tuple of ndarray of int64
        Numbers of the texts that label a thread's name, and of those that label its id.
    frames : int
        The most frames that all stacks together may have.

    Returns
    -------
    Samples or None
        None if there are more frames than that.
    """
    count = len(spans)
    columns = _Columns(
        np.zeros(count, np.uint8),
        np.full(count, -1, np.int32),
        np.zeros(count, np.int32),
        np.zeros((count, events), np.int64),
    )
    nodes, rows, left = _sweep(
        data, spans, places, _Labels(*labels), columns, new_nodes(), new_rows(16), frames
    )
    if left < 0:
        return None
    size, threads = int(nodes.state[0]), int(rows.state[0])
    return Samples(
        *columns,
        nodes.parents[:size].copy(),
        nodes.frames[:size].copy(),
        rows.keys[:threads, :2].copy(),
    )


@njit(cache=True, nogil=True)
def _sweep(  # noqa: PLR0917  # numba takes no keyword-only arguments
    data: Bytes,
    spans: NDArray[np.int64],
    places: Places,
    labels: _Labels,
    columns: _Columns,
    nodes: Nodes,
    rows: Rows,
    left: Integer,
) -> tuple[Nodes, Rows, Integer]:
    """Fill the columns; return the tree, the threads and how many more frames there might be."""
    events = columns.weights.shape[1]
    stack, values = np.empty(256, np.int64), np.empty(max(events, 16), np.int64)
    facts = np.empty(2, np.int64)
    for sample in range(len(spans)):
        facts[:] = NO_TEXT
        stack, depth, values, valued = _fields(
            data, spans[sample, 0], spans[sample, 1], stack, values, labels, facts
        )
        if depth == _NOT_READ:
            columns.outcome[sample] = DAMAGED
        elif valued != events:
            columns.outcome[sample] = UNEVEN
        else:
            frames = _frames(places, stack, depth)
            if frames < 0:
                columns.outcome[sample] = UNPLACED
                continue
            left -= frames
            if left < 0:
                return nodes, rows, left
            nodes = reserve_nodes(nodes, frames)
            columns.node[sample] = _node(places, stack, depth, nodes)
            rows = reserve_rows(rows)
            columns.thread[sample] = intern_row(rows, facts[0], facts[1], 0, 0)
            columns.weights[sample] = values[:events]
    return nodes, rows, left


@njit(cache=True, nogil=True)
def _fields(  # noqa: PLR0917  # as above
    data: Bytes,
    begin: Integer,
    end: Integer,
    stack: NDArray[np.int64],
    values: NDArray[np.int64],
    labels: _Labels,
    facts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], Integer, NDArray[np.int64], Integer]:
    """Return a sample's location ids and values, each with their number, -1 if it is damaged.

    ``facts`` gets thread id and name, where they are labelled.
    """
    at, depth, valued = begin, 0, 0
    while at < end:
        number, wire, _, first, last, at = field_at(data, at, end)
        if at < 0:
            return stack, _NOT_READ, values, valued
        numeric = wire in (VARINT, BYTES)
        if number == _LOCATION and numeric:
            stack, depth = _append(data, first, last, stack, depth)
        elif number == _VALUE and numeric:
            values, valued = _append(data, first, last, values, valued)
        elif number == _LABEL and wire == BYTES:
            _note_label(data, first, last, labels, facts)
        if min(depth, valued) == _NOT_READ:
            return stack, _NOT_READ, values, valued
    return stack, depth, values, valued


@njit(cache=True, nogil=True)
def _append(
    data: Bytes, begin: Integer, end: Integer, numbers: NDArray[np.int64], count: Integer
) -> tuple[NDArray[np.int64], Integer]:
    """Return numbers with the varints of a stretch behind them, and how many; -1 if damaged."""
    at = begin
    while at < end:
        value, at = varint_at(data, at, end)
        if at < 0:
            return numbers, _NOT_READ
        if count == numbers.size:
            larger = np.empty(2 * count, np.int64)
            larger[:count] = numbers
            numbers = larger
        numbers[count] = value
        count += 1
    return numbers, count


@njit(cache=True, nogil=True)
def _note_label(
    data: Bytes, begin: Integer, end: Integer, labels: _Labels, facts: NDArray[np.int64]
) -> None:
    """Keep the thread's name or id if the label states it; a damaged label states nothing."""
    at = begin
    key, text, number = np.int64(0), np.int64(0), np.int64(NO_TEXT)
    while at < end:
        field, wire, value, _, _, at = field_at(data, at, end)
        if at < 0:
            return
        if wire == VARINT:
            key = value if field == _KEY else key
            text = value if field == _TEXT else text
            number = value if field == _NUMBER else number
    if _holds(labels.ids, key) and number >= 0:
        facts[0] = number
    elif _holds(labels.names, key) and text > 0:
        facts[1] = text


@njit(cache=True, nogil=True)
def _holds(numbers: NDArray[np.int64], wanted: Integer) -> bool:
    return bool((numbers == wanted).any())


@njit(cache=True, nogil=True)
def _frames(places: Places, stack: NDArray[np.int64], depth: Integer) -> Integer:
    """Put locations in place of their ids; return how many frames they are, -1 if one is not."""
    frames: Integer = 0
    for level in range(depth):
        place = place_of(places, stack[level])
        if place < 0:
            return np.int64(-1)
        stack[level] = place
        frames += places.ends[place] - places.begins[place]
    return np.int64(frames)


@njit(cache=True, nogil=True)
def _node(places: Places, stack: NDArray[np.int64], depth: Integer, nodes: Nodes) -> Integer:
    """Return the node of a stack, which begins with the innermost location."""
    node: Integer = np.int64(-1)
    for level in range(depth - 1, -1, -1):
        place = stack[level]
        begin, end = places.begins[place], places.ends[place]
        for level_of_place in range(end - begin):
            node = intern_node(nodes, node, end - 1 - level_of_place)
    return node
