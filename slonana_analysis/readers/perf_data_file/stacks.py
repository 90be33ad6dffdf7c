"""Call chains as a call tree of addresses, each address in its address space."""

import secrets
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
from slonana_analysis.readers.scanning import (
    Bytes,
    Integer,
    hash_bytes,
    mix,
    same_bytes,
    word_at,
)

KERNEL, ELSEWHERE = -2, -3
_ROOM = 1 << 12
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


class _Chains(NamedTuple):
    """The columns that decide a stack: ``epoch`` of the process, and as in ``Samples``."""

    chain: NDArray[np.int64]
    depth: NDArray[np.int32]
    mode: NDArray[np.uint8]
    epoch: NDArray[np.int64]


class _Tables(NamedTuple):
    """What is known so far; ``slots`` finds a sample with the same chain by its hash."""

    rows: Rows
    nodes: Nodes
    slots: NDArray[np.int32]
    stack: NDArray[np.int64]
    seed: np.uint64


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
    tables = _Tables(
        new_rows(_ROOM),
        new_nodes(_ROOM),
        np.full(1 << max(2 * node.size, 16).bit_length(), -1, np.int32),
        np.empty(int(samples.depth.max(initial=1)) + 1, np.int64),
        # As in the tables: a hostile file must not be able to make chains collide.
        np.uint64(secrets.randbits(64)),
    )
    chains = _Chains(samples.chain, samples.depth, samples.mode, epochs)
    rows, nodes = _grow(data, chains, tables, node)
    count, places = int(nodes.state[0]), int(rows.state[0])
    discarded = node == DISCARDED
    node[discarded] = -1
    return Stacks(
        node,
        int(discarded.sum()),
        nodes.parents[:count],
        nodes.frames[:count],
        rows.keys[:places, 0],
        rows.keys[:places, 1].view(np.uint64),
    )


@njit(cache=True, nogil=True)
def _grow(
    data: Bytes, chains: _Chains, tables: _Tables, node: NDArray[np.int32]
) -> tuple[Rows, Nodes]:
    rows, nodes, slots, stack, seed = tables
    mask = np.uint64(slots.size - 1)
    for sample in range(node.size):
        if chains.depth[sample] < 0:
            node[sample] = -1
            if chains.chain[sample] >= 0:
                rows = reserve_rows(rows)
                space = _space(chains.mode[sample], chains.epoch[sample])
                address = np.int64(word_at(data, chains.chain[sample]))
                nodes = reserve_nodes(nodes, 1)
                node[sample] = intern_node(nodes, -1, intern_row(rows, space, address, 0, 0))
            continue
        # Most chains were there before, word for word.
        slot = _hash(data, chains, sample, seed) & mask
        known = np.int64(slots[slot])
        while known >= 0 and not _same_chain(data, chains, known, sample):
            slot = (slot + np.uint64(1)) & mask
            known = np.int64(slots[slot])
        if known >= 0:
            node[sample] = node[known]
            continue
        slots[slot] = sample
        rows, size = _addresses(data, chains, sample, rows, stack)
        nodes = reserve_nodes(nodes, size)
        innermost = np.int64(DISCARDED if size < 0 else -1)
        for place in range(size - 1, -1, -1):
            innermost = intern_node(nodes, innermost, stack[place])
        node[sample] = innermost
    return rows, nodes


@njit(cache=True, nogil=True)
def _addresses(
    data: Bytes, chains: _Chains, sample: Integer, rows: Rows, stack: NDArray[np.int64]
) -> tuple[Rows, Integer]:
    """Give each address of a chain its row; return how many, -1 if the chain is corrupted."""
    epoch = chains.epoch[sample]
    space = _space(chains.mode[sample], epoch)
    size = np.int64(0)
    for place in range(chains.depth[sample]):
        word = np.int64(word_at(data, chains.chain[sample] + 8 * place))
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
def _same_chain(data: Bytes, chains: _Chains, known: Integer, sample: Integer) -> bool:
    chain, depth, mode, epoch = chains
    if (
        depth[known] != depth[sample]
        or epoch[known] != epoch[sample]
        or mode[known] != mode[sample]
    ):
        return False
    return same_bytes(data, chain[known], data, chain[sample], 8 * np.int64(depth[sample]))


@njit(cache=True, nogil=True)
def _hash(data: Bytes, chains: _Chains, sample: Integer, seed: Integer) -> Integer:
    begin = chains.chain[sample]
    state = mix(seed, np.uint64(chains.epoch[sample] * 8 + np.int64(chains.mode[sample])))
    return hash_bytes(data, begin, begin + 8 * np.int64(chains.depth[sample]), state)


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
    return nodes.parents[:count], nodes.frames[:count], merged[node]


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
