"""Entries for the process that counts."""

import os
import signal

import numba
import numpy as np

from slonana_analysis.measure.clock import clock_ns
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.python_loop import python_batch
from slonana_analysis.measure.subject import Case, Variant


@numba.njit
def total(x):
    result = 0
    for i in range(x.size):
        result += x[i]
    return result


@numba.njit(cache=True)
def reads_the_clock_once(inner):
    return clock_ns() + inner


def sums(settings):
    for size in settings["sizes"]:
        x = np.arange(size)
        yield Case(
            "sums",
            {"size": size},
            (
                Variant("loop", bind(timed_loop(total, ("shared",)), x), lambda: np.zeros(1)),
                Variant("numpy", python_batch(x.sum), lambda: np.zeros(1)),
                Variant("another clock", reads_the_clock_once, lambda: np.zeros(1)),
            ),
        )


def crashes(settings):
    yield from sums(settings)
    if os.environ.get("LD_PRELOAD"):
        os.kill(os.getpid(), signal.SIGILL)
    yield from sums({"sizes": [3]})


def fails(_settings):
    raise ValueError("no such machine")
    yield


def hangs(settings):
    yield from sums(settings)
    if os.environ.get("LD_PRELOAD"):
        signal.pause()
    yield from sums({"sizes": [3]})
