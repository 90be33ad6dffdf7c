"""Kernels whose work a plain timing loop would lose, each in its own way."""

import numba
import numpy as np

from slonana_analysis.measure.clock import clock_ns


@numba.njit
def result_dropped(x, w):
    total = 0.0
    for i in range(x.size):
        total += x[i] * w[i]
    return total


@numba.njit
def same_input_every_time(x):
    total = 0.0
    for i in range(x.size):
        total += x[i] - 1.0
    return total


@numba.njit
def same_output_every_time(y, x):
    for i in range(x.size):
        y[i] = x[i] / np.float32(3)


@numba.njit
def closed_form(n):
    total = 0
    for i in range(n):
        total ^= i * i
    return total


@numba.njit
def known_scalar(a, b):
    return (a * b) >> 32


@numba.njit
def pure_polynomial(x):
    return ((x * 0.5 + 1.25) * x - 2.0) * x


@numba.njit
def overwritten_store(y):
    for i in range(y.size):
        y[i] = i & 3


@numba.njit
def idempotent_maximum(y, x):
    for i in range(x.size):
        y[i] = max(y[i], x[i])


@numba.njit
def own_inverse(y):
    for i in range(y.size):
        y[i] ^= 0x5A


@numba.njit
def one_of_two_results(x):
    shifted = 0
    for i in range(x.size):
        shifted += x[i] >> 3
    return x.size, shifted


@numba.njit
def fresh_array(x):
    return x * 7.0


@numba.njit
def comparison(x, limit):
    return x[0] < limit


@numba.njit
def naive_dot(inner, x, w):
    start = clock_ns()
    for _ in range(inner):
        result_dropped(x, w)
    return clock_ns() - start


@numba.njit
def naive_scalar(inner, a, b):
    start = clock_ns()
    for _ in range(inner):
        known_scalar(a, b)
    return clock_ns() - start


@numba.njit
def count_visits(visits, row):
    visits[int(row[0])] += 1


@numba.njit
def add_element(total, element):
    total[0] += element


def plain(y):
    y[0] = 1


renamed = numba.njit(plain)
