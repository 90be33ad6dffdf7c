"""Reads collapsed stacks: one line per stack, frames joined by semicolons, a space, a number.

References
----------
FlameGraph's ``stackcollapse-*.pl`` and ``flamegraph.pl`` (Brendan Gregg), whose annotations
``_[k]`` (kernel), ``_[i]`` (inlined) and ``_[j]`` (compiled at run time) end a frame's name.
"""

import re
from typing import BinaryIO

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import line_blocks
from slonana_analysis.readers.interning import (
    Names,
    Nodes,
    intern_name,
    intern_node,
    name_list,
    new_names,
    new_nodes,
    reserve_names,
    reserve_nodes,
)
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.scanning import Bytes, Integer, decimal, line_end

_LINE = re.compile(rb"\S[^\n]*[^\s] \d{1,18}")
_SNIFFED_LINES = 200
_SPACE, _SEMICOLON, _HASH, _RETURN = 32, 59, 35, 13
# What stands in a node's place for lines without a stack; -1 is a stack of no frames.
_NO_STACK, _BAD, _CUT = -2, -3, -4
_KERNEL = "[kernel.kallsyms]"
_ANNOTATION = re.compile(r"_\[[kij]\]$")


class CollapsedReader:
    """Reads collapsed ("folded") stacks of any producer."""

    name = "collapsed"
    description = "collapsed stacks: frames joined by semicolons, then a number"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` holds collapsed stacks."""
        lines = head.split(b"\n")[:_SNIFFED_LINES]
        whole = [line.rstrip(b"\r") for line in (lines[:-1] if len(lines) > 1 else lines)]
        stacks = [line for line in whole if line and not line.startswith(b"#")]
        return (
            bool(stacks)
            and all(_LINE.fullmatch(line) for line in stacks)
            and 2 * sum(b";" in line for line in stacks) >= len(stacks)
        )

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a text.

        Parameters
        ----------
        stream : binary file
            At the beginning of the text.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            One sample per line; weights in ``samples``, as the format names no unit. The first
            frame of a line may be the thread, by its producer's habit: it stays a frame.

        Raises
        ------
        FormatError
            If the weights add up to more than 64 bits hold.
        """
        names, nodes = new_names(), new_nodes()
        losses = LossCounter()
        kept: list[NDArray[np.int64]] = []
        total, lines = 0, 0
        for block in line_blocks(stream, source):
            total += block.size
            names, nodes, table = _parse(block, names, nodes, _line_count(block))
            _note_losses(table, lines, losses)
            lines += len(table)
            kept.append(table[table[:, 0] > _NO_STACK, :2])
        node, weight = np.concatenate(kept).T
        description = Description(self.name, "", "samples", losses.ledger(total, node.size))
        return assemble(_collect(names, nodes, node, weight), description, source)


@njit(cache=True, nogil=True)
def _line_count(block: Bytes) -> Integer:
    count, at = 0, 0
    while at < block.size:
        at = line_end(block, at, block.size) + 1
        count += 1
    return count


@njit(cache=True, nogil=True)
def _parse(
    block: Bytes, names: Names, nodes: Nodes, lines: Integer
) -> tuple[Names, Nodes, NDArray[np.int64]]:
    """Return the grown tables and for each line its node, its weight and its length in bytes.

    The node is one of ``_CUT``, ``_BAD`` and ``_NO_STACK`` where the line holds no stack.
    """
    table = np.zeros((lines, 3), np.int64)
    at = 0
    for line in range(lines):
        feed = line_end(block, at, block.size)
        end = feed - 1 if feed > at and block[feed - 1] == _RETURN else feed
        table[line, 2] = feed + 1 - at
        split = end - 1
        while split >= at and 48 <= block[split] <= 57:
            split -= 1
        weight, behind = decimal(block, split + 1, end)
        if feed == block.size:
            table[line, 0] = _CUT
        elif end == at or _is_comment(block, at, end):
            table[line, 0] = _NO_STACK
        elif behind == split + 1 or split < at or block[split] != _SPACE:
            table[line, 0] = _BAD
        else:
            names, nodes, node = _stack(block, at, split, names, nodes)
            table[line, 0] = node
            table[line, 1] = weight
        at = feed + 1
    return names, nodes, table


@njit(cache=True, nogil=True)
def _is_comment(block: Bytes, begin: Integer, end: Integer) -> bool:
    # A number sign alone may begin the name of a thread.
    return bool(block[begin] == _HASH and (begin + 1 == end or block[begin + 1] == _SPACE))


@njit(cache=True, nogil=True)
def _stack(
    block: Bytes, begin: Integer, end: Integer, names: Names, nodes: Nodes
) -> tuple[Names, Nodes, Integer]:
    """Return the grown tables and the node of the frames between two positions."""
    node = np.int64(-1)
    at = begin
    while at < end:
        stop = at
        while stop < end and block[stop] != _SEMICOLON:
            stop += 1
        # heaptrack writes a semicolon behind the last frame, too.
        if stop > at:
            names = reserve_names(names, stop - at)
            nodes = reserve_nodes(nodes, 1)
            node = intern_node(nodes, node, intern_name(names, block, at, stop))
        at = stop + 1
    return names, nodes, node


def _note_losses(table: NDArray[np.int64], lines: int, losses: LossCounter) -> None:
    bad = np.flatnonzero(table[:, 0] == _BAD)
    for row in bad.tolist():
        losses.count("lines have no number behind a stack", lines + row + 1)
    losses.dropped += bad.size
    losses.bytes_lost += int(table[bad, 2].sum())
    if len(table) and table[-1, 0] == _CUT:
        losses.truncated = True
        losses.dropped += 1
        losses.bytes_lost += int(table[-1, 2]) - 1
        losses.say(
            f"the file ends inside line {lines + len(table)}, whose number may lack digits, so the "
            "stack there was dropped"
        )


def _collect(
    names: Names, nodes: Nodes, node: NDArray[np.int64], weight: NDArray[np.int64]
) -> Collected:
    texts = name_list(names)
    functions = [_ANNOTATION.sub("", text) for text in texts]
    kernel = len(functions)
    in_kernel = np.array([text.endswith("_[k]") for text in texts], np.bool_)
    frames = np.full((len(texts), 4), -1, np.int64)
    frames[:, 0] = np.arange(len(texts))
    frames[in_kernel, 1] = kernel
    frames[:, 3] = 0
    count = int(nodes.state[0])
    return Collected(
        names=[*functions, _KERNEL],
        frames=frames,
        parents=nodes.parents[:count],
        node_frames=nodes.frames[:count],
        threads=np.array([[-1, -1, -1]], np.int64),
        events=["samples"],
        node=node.astype(np.int32),
        thread=np.zeros(node.size, np.int32),
        time_ns=np.full(node.size, -1, np.int64),
        weight=weight,
        event=np.zeros(node.size, np.int32),
    )


READER = CollapsedReader()
