"""The four calls' rules in Python's unbounded integers, a model's bytes included.

Signatures are those of `slonana_analysis.kernels.syscalls`, so that a test takes either.
"""

import struct

from tests.kernels import activation_rules, reference

RULES = {
    1: activation_rules.relu,
    2: activation_rules.sigmoid,
    3: activation_rules.tanh,
    5: activation_rules.leaky_relu,
}


def activated(values, kind):
    if kind == 4:
        return activation_rules.softmax(values)
    return [RULES[kind](value) for value in values] if kind in RULES else list(values)


def matmul(values, weights, bias, rows, columns, out, out_length):  # noqa: PLR0917  # the call's
    checks = (
        (any(each is None for each in (values, weights, bias, out, out_length)), 7),
        (values is not None and not 1 <= len(values) <= 64, 1),
        (not 1 <= rows <= 64, 3),
        (not 1 <= columns <= 64, 3),
        (values is not None and len(values) != columns, 3),
        (weights is not None and len(weights) != rows * columns, 2),
        (bias is not None and len(bias) != rows, 3),
    )
    code = next((code for failed, code in checks if failed), 0)
    if code == 0:
        matrix = weights.reshape(rows, columns).tolist()
        out[:rows] = reference.dense(values.tolist(), matrix, bias.tolist())
        out_length[0] = rows
    return code


def activation(values, kind):
    if values is None:
        return 7
    if not 1 <= len(values) <= 64:
        return 1
    if kind > 5:
        return 8
    values[:] = activated(values.tolist(), kind)
    return 0


def decision_tree(features, nodes, max_depth, result):
    if features is None or nodes is None or result is None:
        return 7
    listed = [reference.Node(*node) for node in nodes.tolist()]
    code, value = reference.tree(features.tolist(), listed, max_depth)
    if code == 0:
        result[0] = value
    return code


def layers_of(model):
    """Input size and (inputs, outputs, activation, weights, bias) of a file; None for a bad one."""
    if len(model) < 32:
        return None
    magic, _, inputs, outputs, count = struct.unpack_from("<IIIIB", model)
    if magic != 0x4D4C5031 or count > 8 or inputs > 64 or outputs > 16:
        return None
    layers, at = [], 28
    for _ in range(count):
        if len(model) < at + 8:
            return None
        columns, rows, kind = struct.unpack_from("<HHB", model, at)
        at += 8
        if columns > 64 or rows > 64 or len(model) < at + 2 * rows * columns + 4 * rows:
            return None
        flat = struct.unpack_from(f"<{rows * columns}h", model, at)
        at += 2 * rows * columns
        bias = struct.unpack_from(f"<{rows}i", model, at)
        at += 4 * rows
        weights = [flat[row * columns :][:columns] for row in range(rows)]
        layers.append((columns, rows, kind, weights, bias))
    return inputs, layers


def forward(values, model, out, out_length):
    if any(each is None for each in (values, model, out, out_length)):
        return 7
    if not 1 <= len(values) <= 64:
        return 1
    loaded = layers_of(model)
    if loaded is None or not loaded[1]:
        return 5
    if len(values) != loaded[0]:
        return 3
    current = values.tolist()
    for columns, _, kind, weights, bias in loaded[1]:
        if len(current) != columns:
            return 3
        current = activated(reference.dense(current, weights, bias), kind)
    out[: min(len(current), 16)] = current[:16]
    out_length[0] = len(current)
    return 0
