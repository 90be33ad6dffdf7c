"""A program: run the vector trees and forests as this process's environment has them compiled.

It prints how many values differ from those of plain walks. Inputs and outputs end where memory may
be touched, so that a load or a store past the last value ends the program.
"""

import ctypes
import json
import mmap
import re
from collections import Counter
from dataclasses import replace

import numpy as np

from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import complete_tree, moderate_inputs
from slonana_analysis.kernels.tree import NODE
from slonana_analysis.kernels.vector import forest_traversal
from slonana_analysis.kernels.vector.forest import pack_forest, packed_sums
from slonana_analysis.kernels.vector.forest_packing import pack_int32
from slonana_analysis.kernels.vector.forest_tiles import copy_rows, empty_int32_tiles
from slonana_analysis.kernels.vector.forest_traversal import forest_int32
from slonana_analysis.kernels.vector.tree import pack_tree, tree_packed
from slonana_analysis.kernels.vector.tree_rows import tree_packed_columns, tree_packed_rows
from slonana_analysis.simd.target import INSTRUCTION_SET
from tests.kernels import reference

PROT_NONE = 0
KEPT = []


def fenced(values):
    """A copy of the values whose end is the end of the memory that may be touched."""
    size = -(-max(values.nbytes, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, size + mmap.PAGESIZE)
    KEPT.append(memory)
    base = np.frombuffer(memory, np.uint8)
    end = ctypes.c_void_p(base.ctypes.data + size)
    if ctypes.CDLL(None, use_errno=True).mprotect(end, ctypes.c_size_t(mmap.PAGESIZE), PROT_NONE):
        raise OSError(ctypes.get_errno(), "mprotect")
    copy = base[size - values.nbytes : size].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy


def chain(levels, features, seed):
    """As unbalanced as can be; leaves are nodes and negative children in turn."""
    random = np.random.default_rng(seed)
    nodes = np.zeros(2 * levels + 1, NODE)
    nodes["feature"] = -1
    nodes["leaf_value"] = random.integers(-(2**31), 2**31, len(nodes))
    for k in range(levels):
        leaf = 2 * k + 1 if k % 2 else -(2 * k + 1) - 1
        children = (leaf, 2 * k + 2) if random.random() < 0.5 else (2 * k + 2, leaf)
        threshold = random.integers(-10_000, 10_001)
        nodes[2 * k] = (random.integers(0, features), *children, 0, threshold, nodes[2 * k][5])
    return nodes


def near(features, thresholds, shape):
    """Rows of numbers that their own feature is compared with, or next to one."""
    random = np.random.default_rng(shape[0])
    values = np.zeros(shape, thresholds.dtype)
    for feature in range(shape[1]):
        own = thresholds[features == feature]
        if own.size:
            values[:, feature] = random.choice(own, shape[0])
    if values.dtype == np.int32:
        return values + random.integers(-1, 2, shape, np.int32)
    sides = random.choice(np.array([-np.inf, np.inf], values.dtype), shape)
    return np.where(random.random(shape) < 0.5, values, np.nextafter(values, sides))


def wrong_in_tree(nodes, max_depth, features, rows):
    inputs = near(nodes["feature"], nodes["threshold"], (rows, features))
    inputs = fenced(
        np.where(np.arange(rows)[:, np.newaxis] % 3, inputs, moderate_inputs(inputs.shape, 7))
    )
    plain = [reference.Node(*node.item()) for node in nodes]
    wanted = [reference.tree(row, plain, max_depth) for row in inputs.tolist()]
    blob = fenced(pack_tree(nodes, max_depth, features))
    wrong = sum(
        tree_packed(fenced(row), blob) != each
        for row, each in zip(inputs[:20], wanted, strict=False)
    )
    for kernel, given in (
        (tree_packed_rows, inputs),
        (tree_packed_columns, fenced(np.ascontiguousarray(inputs.T))),
    ):
        values = fenced(np.zeros(rows, np.int32))
        kernel(values, given, blob)
        wrong += sum(int(v) != value for v, (_, value) in zip(values, wanted, strict=True))
    KEPT.clear()
    return wrong


def wrong_in_trees():
    wrong = 0
    for features in (1, 2, 5, 7, 8, 9, 12, 16, 17, 33, 63, 64):
        for levels in (1, 2, 4, 5, 6, 7, 8):
            nodes = complete_tree(levels, features, seed=levels + features)
            wrong += wrong_in_tree(nodes, levels, features, 37 + features)
        for levels in (1, 3, 4, 6, 9, 31):
            wrong += wrong_in_tree(chain(levels, features, levels), 32, features, 70)
    for rows in range(70):
        wrong += wrong_in_tree(complete_tree(5, 8, seed=rows), 5, 8, rows)
    return wrong


def walked(forest, inputs):
    """The sums, node by node."""
    sums = np.repeat(forest.base[np.newaxis], len(inputs), axis=0)
    inner = forest.features.shape[1]
    for i, row in enumerate(inputs):
        for tree, output in enumerate(forest.output):
            node = 0
            while node < inner:
                goes_left = row[forest.features[tree, node]] <= forest.thresholds[tree, node]
                node = 2 * node + (1 if goes_left else 2)
            sums[i, output] += forest.leaves[tree, node - inner]
    return sums


def variants(forest):
    """The same forest of all types that features and leaves can have."""
    large = replace(forest, leaves=forest.leaves * 1_000_000)
    wide = replace(forest, thresholds=forest.thresholds * 200_000)
    yield from (forest, large, wide)
    for dtype in (np.float32, np.float64):
        scale = dtype(1 / 3)
        thresholds, leaves = forest.thresholds * scale, forest.leaves * scale
        base = forest.base.astype(dtype)
        real = replace(forest, thresholds=thresholds.astype(dtype))
        yield real
        yield replace(real, leaves=leaves.astype(dtype), base=base)


def rows_for(forest, rows):
    random = np.random.default_rng(rows)
    inputs = near(forest.features, forest.thresholds, (rows, forest.feature_count))
    extremes = (
        [-(2**31), 2**31 - 1, -32769, -32768, 32767, 32768]
        if inputs.dtype == np.int32
        else [-np.inf, np.inf, np.nan, -0.0]
    )
    unusual = random.choice(extremes, inputs.shape)
    return np.where(random.random(inputs.shape) < 0.1, unusual, inputs).astype(inputs.dtype)


def wrong_in_forest(forest, rows):
    inputs = rows_for(forest, rows)
    wanted = walked(forest, inputs)
    wrong = int((packed_sums(pack_forest(forest), fenced(inputs)) != wanted).sum())
    if forest.thresholds.dtype == forest.leaves.dtype == np.int32:
        blob = pack_int32(forest)
        tiles = empty_int32_tiles(rows, forest.feature_count)
        copy_rows(tiles, fenced(inputs))
        out = np.zeros(len(tiles) * 16, np.int32)
        forest_int32(out, tiles, blob)
        wrong += int((out[:rows] != wanted[:, 0]).sum())
    KEPT.clear()
    return wrong


def wrong_in_forests():
    wrong = 0
    for depth in (1, 2, 5):
        for features in (1, 7, 8, 11, 64):
            for forest in variants(random_forest(3, depth, features, seed=depth)):
                wrong += wrong_in_forest(forest, 33 + features)
    for rows in (0, 1, 15, 16, 17, 31, 32, 64, 65, 96, 97):
        wrong += wrong_in_forest(random_forest(5, 6, 9, seed=rows), rows)
    return wrong


def instructions(depth):
    """Counts of mnemonics in the forest kernels for a depth, which this process compiled."""
    counts = {}
    for name, kernels in (("int16", forest_traversal._INT16), ("int32", forest_traversal._INT32)):
        kernel = kernels[depth]
        text = kernel.inspect_asm(kernel.signatures[0]).partition("\n_ZN7cpython")[0]
        counts[name] = Counter(re.findall(r"^\t([a-z]\w+)", text, re.MULTILINE))
    return counts


if __name__ == "__main__":
    mismatches = {"trees": wrong_in_trees(), "forests": wrong_in_forests()}
    result = {"instruction_set": INSTRUCTION_SET, "mismatches": mismatches}
    print(json.dumps(result | {"instructions": instructions(5)}))
