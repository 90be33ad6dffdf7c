"""Benchmarks that are wrong on purpose, each in one way, and sound ones that look like them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np

from slonana_analysis.measure.clock import clock_ns
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.sinks import keep, opaque, sink_pointer
from slonana_analysis.measure.subject import Case, Variant

ROWS, WIDTH = 16, 64


@dataclass(frozen=True)
class Planted:
    """A benchmark, the hazard that it has (none if it is sound), and how that can be seen."""

    build: Callable[[], Variant]
    kind: str = ""
    layer: str = ""


PLANTED: dict[str, Planted] = {}


def plant(kind="", layer=""):
    def register(build):
        PLANTED[build.__name__] = Planted(build, kind, layer)
        return build

    return register


def case_of(name):
    return Case("planted", {"name": name}, (PLANTED[name].build(),))


def cases(settings):
    """Entry for the process that counts."""
    for name in settings["names"]:
        yield case_of(name)


def rows(dtype=np.int64):
    return np.random.default_rng(5).integers(-50, 50, (ROWS, WIDTH)).astype(dtype)


def numbers():
    return rows(np.float64)[0]


def variant(batch, **more):
    return Variant("planted", batch, lambda: np.arange(3), **more)


# Kernels in the project's own loops, which nothing can be hoisted out of.


@numba.njit
def nothing(x):
    pass


@numba.njit
def drops_its_result(out, x):
    total = 0
    for i in range(x.size):
        total += x[i] * x[i]


@numba.njit
def half(out, x):
    for i in range(x.size // 2):
        out[i] = x[i] + 1


@numba.njit
def every_third(out, x):
    for i in range(0, x.size, 3):
        out[i] = x[i] + 1


@numba.njit
def adds_up(out, x):
    for i in range(x.size):
        out[i] += x[i]


@numba.njit
def largest_so_far(out, x):
    for i in range(x.size):
        out[i] = max(out[i], x[i])


@numba.njit
def insertion_sort(x):
    for i in range(1, x.size):
        value, j = x[i], i - 1
        while j >= 0 and x[j] > value:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = value


@numba.njit
def remembers(out, x, known):
    if known[0] == 0:
        for i in range(x.size):
            out[0] += x[i] * x[i] % 7
        known[0] = 1


@numba.njit
def constant(out, x):
    for i in range(x.size):
        out[i] = 7


@numba.njit
def sum_of_squares_below(n):
    total = 0
    for i in range(n):
        total += i * i
    return total


@numba.njit
def length_only(x):
    return x.size * 3


@numba.njit
def doubles(out, x):
    for i in range(x.size):
        out[i] = 2 * x[i]


@numba.njit
def collatz_steps(x):
    steps = 0
    for i in range(x.size):
        n = abs(x[i]) + 1
        while n > 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
    return steps


@numba.njit
def total(x):
    result = 0
    for i in range(x.size):
        result += x[i]
    return result


@plant("removed", "counts")
def empty_kernel():
    return variant(bind(timed_loop(nothing, ("shared",)), numbers()))


@plant("output not written", "results")
def result_dropped_in_the_kernel():
    loop = timed_loop(drops_its_result, ("out", "rotate"))
    return variant(bind(loop, np.zeros(WIDTH, np.int64), rows()))


@plant("output partly written", "results")
def half_of_the_output():
    return variant(bind(timed_loop(half, ("out", "rotate")), np.zeros(WIDTH, np.int64), rows()))


@plant("output partly written", "results")
def output_with_gaps():
    loop = timed_loop(every_third, ("out", "rotate"))
    return variant(bind(loop, np.zeros(WIDTH, np.float32), rows(np.float32)))


@plant("state carried over", "results")
def accumulating_output():
    return variant(bind(timed_loop(adds_up, ("out", "rotate")), np.zeros(WIDTH, np.int64), rows()))


@plant("state carried over", "results")
def maximum_with_what_was_there():
    loop = timed_loop(largest_so_far, ("out", "rotate"))
    return variant(bind(loop, np.zeros(WIDTH), rows(np.float64)))


@plant("state carried over", "results")
def sorting_what_is_sorted():
    return variant(bind(timed_loop(insertion_sort, ("out",)), rows()[0].copy()))


@plant("input overwritten", "results")
def sorting_its_input():
    return variant(bind(timed_loop(insertion_sort, ("rotate",)), rows()))


@plant("state carried over", "results")
def output_is_the_input():
    same = rows()[0].copy()
    return variant(bind(timed_loop(doubles, ("out", "shared")), same, same))


@plant("done once", "counts")
def sorted_by_the_first_repetition():
    return variant(bind(timed_loop(insertion_sort, ("out",)), np.arange(WIDTH)[::-1].copy()))


@plant("done once", "counts")
def cached_result():
    loop = timed_loop(remembers, ("out", "shared", "shared"))
    return variant(bind(loop, np.zeros(1, np.int64), rows()[0], np.zeros(1, np.int64)))


@plant("input ignored", "results")
def constant_folded_output():
    return variant(bind(timed_loop(constant, ("out", "rotate")), np.zeros(WIDTH, np.int64), rows()))


@plant("input ignored", "results")
def only_the_length_matters():
    return variant(bind(timed_loop(length_only, ("shared",)), numbers()))


@plant("same input", "results")
def rows_all_alike():
    alike = np.tile(rows()[:1], (ROWS, 1))
    return variant(bind(timed_loop(doubles, ("out", "rotate")), np.zeros(WIDTH, np.int64), alike))


@plant("same input", "counts")
def branches_learnt_by_heart():
    return variant(bind(timed_loop(collatz_steps, ("shared",)), rows()[0]))


@plant("too little work", "counts")
def closed_form():
    loop = timed_loop(sum_of_squares_below, ("scalar",))
    return variant(bind(loop, 10_000), operations=20_000)


@plant("unstable result", "results")
def clock_in_the_output():
    calls = iter(range(10))
    return Variant(
        "planted",
        bind(timed_loop(total, ("rotate",)), rows()),
        lambda: np.array([next(calls)]),
    )


# Loops written by hand, without sinks or with too few of them.


@numba.njit
def dot(x, w):
    result = 0.0
    for i in range(x.size):
        result += x[i] * w[i]
    return result


@numba.njit(cache=True)
def drops(inner, x, w):
    start = clock_ns()
    for _ in range(inner):
        dot(x, w)
    return clock_ns() - start


@numba.njit
def wave(x):
    result = x[0]
    for _ in range(16):
        result = math.sin(result)
    return result


@numba.njit(cache=True)
def keeps_the_last(inner, x):
    start = clock_ns()
    result = 0.0
    for _ in range(inner):
        result = wave(x)
    end = clock_ns()
    keep(result)
    return end - start


@numba.njit(cache=True)
def adds_the_same(inner, x):
    start = clock_ns()
    result = 0.0
    for _ in range(inner):
        result += wave(x)
    keep(result)
    return clock_ns() - start


@numba.njit(cache=True)
def known_constants(inner):
    start = clock_ns()
    result = 0
    for _ in range(inner):
        result = sum_of_squares_below(1000)
    keep(result)
    return clock_ns() - start


@numba.njit(cache=True)
def longer_and_longer(inner, x):
    start = clock_ns()
    for k in range(inner):
        sink_pointer(x)
        keep(total(x[: k % x.size]))
    return clock_ns() - start


@numba.njit(cache=True)
def every_other_batch(inner, x, state):
    state[0] ^= 1
    start = clock_ns()
    for _ in range(inner):
        sink_pointer(x)
        if state[0]:
            keep(total(x))
    return clock_ns() - start


@numba.njit(cache=True)
def done_properly(inner, x, w):
    start = clock_ns()
    for _ in range(inner):
        sink_pointer(x)
        keep(dot(x, w) + opaque(1.0))
    return clock_ns() - start


@plant("removed", "counts")
def result_dropped_by_the_loop():
    x, w = numbers(), numbers()
    return variant(lambda inner: drops(inner, x, w))


@plant("hoisted", "counts")
def last_result_kept():
    x = numbers()
    return variant(lambda inner: keeps_the_last(inner, x))


@plant("too little work", "counts")
def hoisted_and_added():
    x = numbers()
    return variant(lambda inner: adds_the_same(inner, x), operations=16 * 20)


@plant("removed", "counts")
def constant_folded():
    return variant(known_constants)


@plant("uneven work", "counts")
def depends_on_the_batch():
    x, state = rows()[0], np.zeros(1, np.int64)
    return variant(lambda inner: every_other_batch(inner, x, state))


@plant("uneven work", "counts")
def depends_on_the_repetition():
    long = np.ones(1 << 20, np.int64)
    return variant(lambda inner: longer_and_longer(inner, long))


# Sound: none of these may be found guilty.


@plant()
def sound_loop_by_hand():
    x, w = numbers(), numbers()
    return variant(lambda inner: done_properly(inner, x, w), operations=2 * WIDTH)


@plant()
def sound_with_output():
    loop = timed_loop(doubles, ("out", "rotate"))
    return variant(bind(loop, np.zeros(WIDTH, np.int64), rows()), operations=WIDTH)


@plant()
def sound_with_branches_on_rows():
    return variant(bind(timed_loop(collatz_steps, ("rotate",)), rows()))


@plant()
def sound_with_one_row_on_purpose():
    return variant(bind(timed_loop(collatz_steps, ("rotate",)), rows()[:1]))


@plant()
def sound_without_branches():
    return variant(bind(timed_loop(total, ("shared",)), rows()[0]), operations=WIDTH)
