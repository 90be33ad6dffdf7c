"""A program: compile functions of vectors for numba's target without running them; print counts.

Run in a process of its own, whose environment says which processor numba compiles for. That may be
one with instructions that this machine does not have.
"""

import json
import re
import sys
from collections import Counter

from numba import njit, types

from slonana_analysis.simd import lanes, memory, multiply, operations


def two(operation, first, second, scalar):
    load_a, load_b = getattr(memory, f"load_{first}"), getattr(memory, f"load_{second}")

    @njit
    def run(out, a, b):
        memory.store(out, 0, operation(load_a(a, 0), load_b(b, 0)))

    return run, scalar


@njit
def chosen(a, b):
    return operations.select(operations.greater(a, b), a, b)


@njit
def accumulated(a, b):
    sums = operations.add_saturating(multiply.multiply_add_pairs(a, b), lanes.reinterpret_int32(a))
    return multiply.multiply_add_pairs_into(sums, a, b)


@njit
def fused(a, b):
    return operations.fused_multiply_add(a, b, b)


def functions(bits):
    """One function per instruction that kernels count on, in registers of ``bits``."""
    words, halves, doubles = f"int32x{bits // 32}", f"int16x{bits // 16}", f"float64x{bits // 64}"
    return {
        "pairs": two(multiply.multiply_add_pairs, halves, halves, types.int32),
        "accumulated": two(accumulated, halves, halves, types.int32),
        "multiply_high": two(multiply.multiply_high, halves, halves, types.int16),
        "multiply_wide": two(multiply.multiply_wide, words, words, types.int64),
        "narrow_saturating": two(lanes.narrow_saturating, words, words, types.int16),
        "permute": two(lanes.permute, words, words, types.int32),
        "unpack_low": two(lanes.unpack_low, halves, halves, types.int16),
        "add_saturating": two(operations.add_saturating, halves, halves, types.int16),
        "select": two(chosen, words, words, types.int32),
        "fused": two(fused, doubles, doubles, types.float64),
    }


def mnemonics(dispatcher, scalar):
    """Count the instructions of the compiled function, without its wrappers for Python."""
    arrays = [types.Array(each, 1, "C") for each in (scalar, types.int8, types.int8)]
    dispatcher.compile(tuple(arrays))
    text = dispatcher.inspect_asm(dispatcher.signatures[0])
    body = text.partition("\n_ZN7cpython")[0]
    return Counter(re.findall(r"^\t([a-z]\w+)", body, re.MULTILINE))


def main():
    counts = {name: mnemonics(*function) for name, function in functions(int(sys.argv[1])).items()}
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
