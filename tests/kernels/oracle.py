"""The validator's rules on whole batches, in numpy's int64: what kernels are held against.

Written from the rules and not from the kernels; `reference` says the same value by value in
Python's integers, and the two are held against each other.
"""

import numpy as np

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
SCALE = 10_000


def wrapped(values):
    return np.asarray(values, np.int64).astype(np.int32).astype(np.int64)


def saturated(values):
    return np.clip(values, INT32_MIN, INT32_MAX)


def truncated(numerators, denominators):
    """Quotients as C divides: towards zero."""
    magnitudes = np.abs(numerators) // np.abs(denominators)
    return np.where((numerators < 0) == (denominators < 0), magnitudes, -magnitudes)


def multiply(a, b, scale):
    return saturated(truncated(a.astype(np.int64) * b, np.int64(scale)))


def divide(a, b, scale):
    limits = np.where(a >= 0, INT32_MAX, INT32_MIN)
    quotients = truncated(a.astype(np.int64) * scale, np.where(b == 0, 1, b.astype(np.int64)))
    return np.where(b == 0, limits, saturated(quotients))


def relu(values):
    return np.maximum(values.astype(np.int64), 0)


def leaky_relu(values):
    return np.where(values > 0, values.astype(np.int64), values.astype(np.int64) // 128)


def sigmoid(values, scale=SCALE):
    x = values.astype(np.int64)
    line = scale // 2 + truncated(x, np.int64(6))
    return np.where(x < -3 * scale, 0, np.where(x > 3 * scale, scale, line))


def tanh(values, scale=SCALE):
    return 2 * sigmoid(wrapped(2 * values.astype(np.int64)), scale) - scale


def softmax(rows):
    """Rows of one length."""
    x = rows.astype(np.int64)
    if not 0 < rows.shape[1] <= 16:
        return x
    distances = wrapped(x - x.max(axis=1, keepdims=True))
    parabolas = SCALE + distances + truncated(distances * distances, np.int64(2 * SCALE))
    parts = np.where((distances < -5 * SCALE) | (parabolas <= 0), 1, wrapped(parabolas))
    totals = parts.sum(axis=1, keepdims=True)
    shares = truncated(parts * SCALE, np.where(totals > 0, totals, 1))
    return np.where(totals > 0, wrapped(shares), x)


def dense(rows, weights, bias):
    """Sums are below 2^53, so float64 would do; int64 needs no argument."""
    sums = rows[:, :64].astype(np.int64) @ weights[:64, :64].astype(np.int64).T
    return saturated((sums >> 15) + bias[:64])


def activated(values, kind):
    rules = {1: relu, 2: sigmoid, 3: tanh, 4: softmax, 5: leaky_relu}
    return rules[kind](values) if kind in rules else values


def network(rows, layers):
    """Layers are (weights, bias, activation) and fit each other."""
    values = rows
    for weights, bias, kind in layers:
        values = activated(dense(values, weights, bias), kind)
    return values[:, :16]


def tree(rows, nodes):
    """Leaves of trees in which every way ends in a leaf, by nodes or by negative children."""
    current = np.zeros(len(rows), np.int64)
    leaves = np.zeros(len(rows), np.int64)
    walking = np.ones(len(rows), bool)
    while walking.any():
        node = nodes[np.maximum(current, 0)]
        ended = walking & (node["feature"] < 0)
        leaves[ended] = node["leaf_value"][ended]
        walking &= ~ended
        feature = np.maximum(node["feature"], 0)
        goes_left = rows[np.arange(len(rows)), feature] <= node["threshold"]
        current = np.where(walking, np.where(goes_left, node["left"], node["right"]), current)
        named = walking & (current < 0)
        leaves[named] = nodes["leaf_value"][-current[named] - 1]
        walking &= ~named
    return leaves


def forest(rows, features, thresholds, leaves):
    """Sums of perfect trees' leaves, added in the order of the trees."""
    sums = np.zeros(len(rows), np.result_type(leaves.dtype, np.int64))
    inner = features.shape[1]
    for tree_features, tree_thresholds, tree_leaves in zip(
        features, thresholds, leaves, strict=True
    ):
        node = np.zeros(len(rows), np.int64)
        while node[0] < inner:
            right = rows[np.arange(len(rows)), tree_features[node]] > tree_thresholds[node]
            node = 2 * node + 1 + right
        sums += tree_leaves[node - inner]
    return sums


def from_float(values, scale=SCALE):
    """Outside int32 C++ says nothing; an x86 processor gives the smallest."""
    products = (values * np.float32(scale)).astype(np.float64)
    inside = (products >= INT32_MIN) & (products < 2.0**31)
    return np.where(inside, np.trunc(np.where(inside, products, 0)), INT32_MIN).astype(np.int64)


def to_float(values, scale=SCALE):
    return values.astype(np.float32) / np.float32(scale)


def sigmoid_lut(values, table, scale=SCALE):
    entries = table[(wrapped(values.astype(np.int64) + 32_768) >> 8) & 255]
    return truncated(wrapped(entries.astype(np.int64) * scale), np.int64(SCALE))


def argmax(rows):
    return rows[:, :16].argmax(axis=1) if rows.shape[1] else np.zeros(len(rows), np.int64)


def largest(rows):
    return rows[:, :16].max(axis=1) if rows.shape[1] else np.zeros(len(rows), np.int64)


def tree_codes(rows, nodes, max_depth):
    """Codes of any tree of 1 to 256 nodes, and values where the code is 0; else 0."""
    codes, values = np.full(len(rows), 6), np.zeros(len(rows), np.int64)
    walking, current = np.ones(len(rows), bool), np.zeros(len(rows), np.int64)

    def end(which, code, value=0):
        codes[which], values[which] = code, value
        walking[which] = False

    for _ in range(min(max_depth, 32)):
        end(walking & (current >= len(nodes)), 5)
        node = nodes[np.where(walking, current, 0)]
        leaf = walking & (node["feature"] < 0)
        end(leaf, 0, node["leaf_value"][leaf])
        end(walking & (node["feature"] >= rows.shape[1]), 5)
        feature = np.where(walking, node["feature"], 0)
        goes_left = rows[np.arange(len(rows)), feature] <= node["threshold"]
        current = np.where(goes_left, node["left"], node["right"]).astype(np.int64)
        end(walking & (current < -len(nodes)), 5)
        named = walking & (current < 0)
        end(named, 0, nodes["leaf_value"][-current[named] - 1])
    return codes, values


def dense_units(inputs, outputs, activation):
    return 10 + inputs * outputs + (20 + 5 * outputs if activation == 4 else outputs)
