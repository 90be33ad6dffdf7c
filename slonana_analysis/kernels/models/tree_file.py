"""The validator's file of a decision tree: little-endian and packed.

A header of 28 bytes (magic, version, number of nodes, depth, features, classes, time stamp), then
16 bytes for each node. Source: slonana.cpp, ``src/svm/ml_inference.cpp``, commit 89d3d58.
"""

import struct

import numpy as np

from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_TREE_DEPTH, MAX_TREE_NODES
from slonana_analysis.kernels.models.model import InvalidModelError, Tree
from slonana_analysis.kernels.tree import NODE

MAGIC = 0x44543031

_HEADER = struct.Struct("<IIHHIIQ")


def read_tree(data: bytes) -> Tree:
    """Read a tree as the validator loads it, with every check it makes and no other.

    Not checked: the version, the classes, what follows the last node, and the nodes themselves:
    they may form a circle, name features that are not there, or be none at all.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Tree
        Its nodes are a copy, aligned and writable.

    Raises
    ------
    InvalidModelError
        If the validator refuses the file; the sentence names the byte.
    """
    if len(data) < _HEADER.size:
        raise _refusal(len(data), f"the file ends before byte {_HEADER.size}")
    header = _HEADER.unpack_from(data)
    magic, version, node_count, max_depth, features, classes, timestamp = header
    if magic != MAGIC:
        raise _refusal(0, f"the magic number is {magic:#010x}, not {MAGIC:#010x}")
    if node_count > MAX_TREE_NODES:
        raise _refusal(8, f"there are {node_count} nodes, at most {MAX_TREE_NODES} are allowed")
    if max_depth > MAX_TREE_DEPTH:
        raise _refusal(10, f"the depth is {max_depth}, at most {MAX_TREE_DEPTH} is allowed")
    if features > MAX_FEATURES:
        raise _refusal(12, f"there are {features} features, at most {MAX_FEATURES} are allowed")
    end = _HEADER.size + NODE.itemsize * node_count
    if end > len(data):
        raise _refusal(
            _HEADER.size, f"{node_count} nodes need the file to reach byte {end}, not {len(data)}"
        )
    nodes = np.frombuffer(data, NODE, node_count, _HEADER.size).copy()
    return Tree(nodes, max_depth, features, classes, version, timestamp)


def write_tree(model: Tree) -> bytes:
    """Return a tree's file, byte for byte as the validator writes it.

    Parameters
    ----------
    model : Tree
        Also one that the validator would not load.

    Returns
    -------
    bytes
        The header and the nodes, their unused bytes as in ``model``.
    """
    header = _HEADER.pack(
        MAGIC,
        model.version,
        model.nodes.size,
        model.max_depth,
        model.num_features,
        model.num_classes,
        model.timestamp,
    )
    return header + model.nodes.tobytes()


def _refusal(offset: int, reason: str) -> InvalidModelError:
    return InvalidModelError(f"the validator does not load this tree: at byte {offset}, {reason}")
