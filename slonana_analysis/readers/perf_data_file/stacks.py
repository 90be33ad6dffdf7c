"""Call chains as a call tree of addresses, each address in its address space."""

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
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.samples import Samples
from slonana_analysis.readers.scanning import Bytes, Integer, mix, same_bytes, word_at

KERNEL, ELSEWHERE = -2, -3
# A chain that holds an impossible address. perf throws all of it away, and so it is done here:
# whatever followed a broken frame pointer is not to be trusted either.
DISCARDED = -2


class Stacks(NamedTuple):
    """Stacks of addresses.

    Attributes
    ----------
    node : ndarray of int32, shape (n_samples,)
        Innermost node of each sample; -1 for an empty chain.
    discarded : int
        How many samples have no stack because their chain is corrupted.
    parents, places : ndarray of int32, shape (n_nodes,)
        The call tree: parent node and row of the next two.
    spaces : ndarray of int64, shape (n_places,)
        Epoch of the address space, -2 for the kernel, -3 for what is neither.
    addresses : ndarray of uint64, shape (n_places,)
        The address.
    """

    node: NDArray[np.int32]
    discarded: int
    parents: NDArray[np.int32]
    places: NDArray[np.int32]
    spaces: NDArray[np.int64]
    addresses: NDArray[np.uint64]


def intern_stacks(data: Bytes, samples: Samples, epochs: NDArray[np.int64]) -> Stacks:
    """Return the call chains of samples as one tree.

    Parameters
    ----------
    data : ndarray of uint8
        The records.
    samples : Samples
        Columns.
    epochs : ndarray of int64, shape (n_samples,)
        Epoch of each sample's process.
    """
    node = np.empty(samples.chain.size, np.int32)
    slots = np.full(1 << max(2 * node.size, 16).bit_length(), -1, np.int32)
    longest = int(samples.depth.max(initial=1)) + 1
    rows, nodes = _grow(
        data,
        (samples.chain, samples.depth, samples.address, samples.mode),
        epochs,
        (new_rows(1 << 16), new_nodes(1 << 16)),
        slots,
        np.empty(longest, np.int64),
        node,
    )
    count, places = int(nodes.state[0]), int(rows.state[0])
    keys = rows.keys[:places]
    discarded = node == DISCARDED
    return Stacks(
        np.where(discarded, np.int32(-1), node),
        int(discarded.sum()),
        nodes.parents[:count].copy(),
        nodes.frames[:count].copy(),
        keys[:, 0].copy(),
        keys[:, 1].copy().view(np.uint64),
    )


@njit(cache=True, nogil=True)
def _grow(
    data: Bytes,
    columns: tuple[NDArray[np.int64], ...],
    epochs: NDArray[np.int64],
    tables: tuple[Rows, Nodes],
    slots: NDArray[np.int32],
    stack: NDArray[np.int64],
    node: NDArray[np.int32],
) -> tuple[Rows, Nodes]:
    rows, nodes = tables
    chain, depth, address, mode = columns
    mask = np.uint64(slots.size - 1)
    for sample in range(node.size):
        if depth[sample] < 0:
            rows = reserve_rows(rows)
            stack[0] = intern_row(rows, _space(mode[sample], epochs[sample]), address[sample], 0, 0)
            nodes = reserve_nodes(nodes, 1)
            node[sample] = intern_node(nodes, -1, stack[0])
            continue
        # Most chains were there before, word for word.
        slot = _hash(data, chain[sample], depth[sample], epochs[sample], mode[sample]) & mask
        known = np.int64(slots[slot])
        while known >= 0 and not (
            depth[known] == depth[sample]
            and epochs[known] == epochs[sample]
            and mode[known] == mode[sample]
            and same_bytes(data, chain[known], data, chain[sample], 8 * depth[sample])
        ):
            slot = (slot + np.uint64(1)) & mask
            known = np.int64(slots[slot])
        if known >= 0:
            node[sample] = node[known]
            continue
        slots[slot] = sample
        rows, size = _addresses(data, columns, sample, epochs[sample], rows, stack)
        nodes = reserve_nodes(nodes, size)
        innermost = np.int64(DISCARDED if size < 0 else -1)
        for place in range(size - 1, -1, -1):
            innermost = intern_node(nodes, innermost, stack[place])
        node[sample] = innermost
    return rows, nodes


@njit(cache=True, nogil=True)
def _addresses(
    data: Bytes,
    columns: tuple[NDArray[np.int64], ...],
    sample: Integer,
    epoch: Integer,
    rows: Rows,
    stack: NDArray[np.int64],
) -> tuple[Rows, Integer]:
    """Number the addresses of a chain; their count is -1 for a chain that is corrupted."""
    chain, depth, _, mode = columns
    size = np.int64(0)
    space = _space(mode[sample], epoch)
    for place in range(depth[sample]):
        word = np.int64(word_at(data, chain[sample] + 8 * place))
        if f.CONTEXT_MAX <= word < 0:
            if word not in (f.CONTEXT_KERNEL, f.CONTEXT_USER, f.CONTEXT_HYPERVISOR):
                return rows, np.int64(-1)
            space = _context(word, epoch)
            continue
        rows = reserve_rows(rows)
        stack[size] = intern_row(rows, space, word, 0, 0)
        size += 1
    return rows, size


@njit(cache=True, nogil=True)
def _hash(data: Bytes, chain: Integer, depth: Integer, epoch: Integer, mode: Integer) -> Integer:
    state = mix(np.uint64(depth), np.uint64(epoch * 8 + mode))
    for place in range(depth):
        state = mix(state, word_at(data, chain + 8 * place))
    return state


@njit(cache=True, nogil=True)
def _space(mode: Integer, epoch: Integer) -> Integer:
    if mode == f.KERNEL_MODE:
        return np.int64(KERNEL)
    return epoch if mode == f.USER_MODE else np.int64(ELSEWHERE)


@njit(cache=True, nogil=True)
def _context(word: Integer, epoch: Integer) -> Integer:
    if word == f.CONTEXT_KERNEL:
        return np.int64(KERNEL)
    return epoch if word == f.CONTEXT_USER else np.int64(ELSEWHERE)


def merge_nodes(
    parents: NDArray[np.int32], frames: NDArray[np.int64], node: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Merge nodes that have the same frame under the same parent.

    Parameters
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Parent of each node, above it.
    frames : ndarray of int64, shape (n_nodes,)
        Its frame.
    node : ndarray of int32, shape (n_samples,)
        Nodes to translate; -1 stays -1.

    Returns
    -------
    parents, frames : ndarray of int32, shape (n_merged,)
        The merged tree.
    node : ndarray of int32, shape (n_samples,)
        In the merged tree.
    """
    merged = np.empty(parents.size + 1, np.int32)
    nodes = _merge(parents, frames, new_nodes(max(parents.size, 8)), merged)
    count = int(nodes.state[0])
    return nodes.parents[:count].copy(), nodes.frames[:count].copy(), merged[node]


@njit(cache=True, nogil=True)
def _merge(
    parents: NDArray[np.int32],
    frames: NDArray[np.int64],
    nodes: Nodes,
    merged: NDArray[np.int32],
) -> Nodes:
    # The last place is that of the parent -1.
    merged[-1] = -1
    for node in range(parents.size):
        nodes = reserve_nodes(nodes, 1)
        parent = np.int64(-1) if parents[node] < 0 else np.int64(merged[parents[node]])
        merged[node] = intern_node(nodes, parent, frames[node])
    return nodes
