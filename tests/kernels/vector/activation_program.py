"""A program: run the vector activations as this process's environment has them compiled.

It prints how many values differ from the rules. Arrays end where readable memory ends, so that a
load or a store past the last value ends the program.
"""

import ctypes
import json
import mmap

import numpy as np

from slonana_analysis.kernels.vector import activations, softmax
from slonana_analysis.simd.target import INSTRUCTION_SET
from tests.kernels import activation_rules as rules

PAGE = mmap.PAGESIZE
PROT_NONE = 0


def at_the_end_of_memory():
    """Words that fill a page after which nothing may be touched, and what keeps them alive."""
    memory = mmap.mmap(-1, 2 * PAGE)
    words = np.frombuffer(memory, np.int32)
    end = ctypes.c_void_p(words.ctypes.data + PAGE)
    if ctypes.CDLL(None, use_errno=True).mprotect(end, ctypes.c_size_t(PAGE), PROT_NONE):
        raise OSError(ctypes.get_errno(), "mprotect")
    return memory, words[: PAGE // 4]


def wrong_in(kernel, rows, wanted, values, out):
    """How many results differ, each row being the last words of a page."""
    length = rows.shape[1]
    wrong = 0
    for row, result in zip(rows, wanted, strict=True):
        values[values.size - length :] = row
        kernel(out[out.size - length :], values[values.size - length :])
        wrong += int((out[out.size - length :] != result).sum())
    return wrong


def mismatches():
    kept_values, values = at_the_end_of_memory()
    kept_out, out = at_the_end_of_memory()
    counts = {}
    pool = rules.a_million_values()
    for name in rules.RULES:
        kernel, wanted = getattr(activations, name), rules.expected(name)
        result = np.empty_like(pool)
        kernel(result, pool)
        counts[name] = int((result != wanted).sum())
        for length in range(71):
            shape = (20, length)
            start = 613 * length
            part = slice(start, start + 20 * length)
            rows, results = pool[part].reshape(shape), wanted[part].reshape(shape)
            counts[name] += wrong_in(kernel, rows, results, values, out)
    counts["softmax"] = 0
    for length in range(71):
        rows = rules.rows_for_softmax(1_000 if length <= 16 else 5, length, 5)
        counts["softmax"] += wrong_in(
            softmax.softmax, rows, rules.softmax_of_rows(rows), values, out
        )
    del kept_values, kept_out
    return counts


if __name__ == "__main__":
    print(json.dumps({"instruction_set": INSTRUCTION_SET, "mismatches": mismatches()}))
