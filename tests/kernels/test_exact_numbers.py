"""A million pairs, floats and table entries through every path of fixed-point numbers."""

import re
from functools import partial

import numpy as np
import pytest
from numba import njit

from slonana_analysis.kernels import activations, fixed_point, sigmoid_table
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector.fixed_point import (
    LARGEST_EXACT_SCALE,
    divide_rows,
    multiply_rows,
)
from slonana_analysis.simd.target import INSTRUCTION_SET
from tests.kernels import oracle, reference
from tests.kernels.test_exact import MILLION, assert_same, drawn

SCALES = (10_000, 1, 127, 1_000_000, LARGEST_EXACT_SCALE, LARGEST_EXACT_SCALE + 1, 2**31 - 1)
RANDOM = 21


def hard_pairs(scale, count):
    """Pairs whose product or quotient is a whole number, or misses one by the least there is."""
    random = np.random.default_rng(RANDOM)
    b = random.integers(1, 60_000, count) * random.choice([-1, 1], count)
    whole = random.integers(-(2**31), 2**31, count)
    a = np.where(np.arange(count) % 2, whole * scale // b, whole * b // scale)
    a += random.integers(-1, 2, count)
    return np.clip(a, -(2**31), 2**31 - 1).astype(np.int32), b.astype(np.int32)


def pairs(scale, count):
    a, b = drawn(count // 2, 5), drawn(count // 2, 6)
    b[::9] = 0
    a[::18] = 0
    hard = hard_pairs(scale, count - count // 2)
    return np.concatenate([a, hard[0]]), np.concatenate([b, hard[1]])


@njit
def portable_multiply(out, a, b, scale):
    for i in range(out.size):
        out[i] = fixed_point.multiply(a[i], b[i], scale)


@njit
def portable_divide(out, a, b, scale):
    for i in range(out.size):
        out[i] = fixed_point.divide(a[i], b[i], scale)


def check_arithmetic(name, kernel, count=MILLION, scales=SCALES):
    for scale in scales:
        a, b = pairs(scale, count)
        out = np.full(count + 1, -77, np.int32)
        kernel(out[:-1], a, b, scale)
        assert_same(out[:-1], getattr(oracle, name)(a, b, scale), a, b)
        assert out[-1] == -77


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        pytest.param("multiply", portable_multiply, id="multiply-portable"),
        pytest.param("multiply", multiply_rows, id="multiply-vector"),
        pytest.param("divide", portable_divide, id="divide-portable"),
        pytest.param("divide", divide_rows, id="divide-vector"),
    ],
)
def test_arithmetic(name, kernel):
    check_arithmetic(name, kernel)


@pytest.mark.parametrize(("name", "kernel"), [("multiply", multiply_rows), ("divide", divide_rows)])
def test_every_length_of_vectors_and_in_place(name, kernel):
    for length in range(71):
        a, b = (each.copy() for each in pairs(10_000, length))
        wanted = getattr(oracle, name)(a, b, 10_000)
        kernel(a, a, b)
        assert a.tolist() == wanted.tolist()


def test_extremes_in_every_combination():
    ends = [side * edge for edge in (2**31, 2**30, 10_000, 1, 0) for side in (-1, 1)]
    values = np.unique(np.clip([end + step for end in ends for step in (-1, 0, 1)], *INT32))
    a, b = (each.ravel().astype(np.int32) for each in np.meshgrid(values, values))
    for scale in SCALES:
        for name, kernel in (("multiply", multiply_rows), ("divide", divide_rows)):
            out = np.empty_like(a)
            kernel(out, a, b, scale)
            rule = getattr(reference, name)
            listed = zip(a.tolist(), b.tolist(), strict=True)
            assert out.tolist() == [rule(x, y, scale) for x, y in listed]


INT32 = -(2**31), 2**31 - 1


@pytest.mark.skipif(INSTRUCTION_SET == "portable", reason="the instructions are those of AVX2")
@pytest.mark.parametrize("kernel", [multiply_rows, divide_rows])
def test_compilers_make_vectors_of_the_loops(kernel):
    few = np.ones(4, np.int32)
    # Compiled anew: numba does not keep the assembly of what it has cached.
    compiled = njit(error_model="numpy")(kernel.py_func)
    compiled(few, few, few, 10_000)
    assembly = "\n".join(compiled.inspect_asm().values())
    for instruction in ("vcvtdq2pd", "vdivpd", "vcvttpd2dq"):
        assert re.search(rf"\t{instruction}\t", assembly), instruction


def floats(scale):
    """Anywhere, around what limits int32, and next to whole numbers of ``1 / scale``."""
    random = np.random.default_rng(RANDOM)
    anywhere = random.integers(0, 2**32, MILLION // 2, np.uint32).view(np.float32)
    near = drawn(MILLION // 2, 9).astype(np.float32) / np.float32(scale)
    sides = random.choice(np.array([-np.inf, np.inf], np.float32), near.size)
    return np.concatenate([anywhere, near, np.nextafter(near, sides)])


@njit
def fixed_numbers(out, values, scale):
    for i in range(out.size):
        out[i] = fixed_point.from_float(values[i], scale)


@njit
def float_numbers(out, values, scale):
    for i in range(out.size):
        out[i] = fixed_point.to_float(values[i], scale)


@pytest.mark.parametrize("scale", [10_000, 100, 127, 1_000_000])
def test_conversions(scale):
    values = floats(scale)
    fixed = np.empty(values.size, np.int32)
    fixed_numbers(fixed, values, scale)
    with np.errstate(over="ignore", invalid="ignore"):
        assert_same(fixed, oracle.from_float(values, scale), values)
    numbers = drawn(MILLION, 10)
    found = np.empty(MILLION, np.float32)
    float_numbers(found, numbers, scale)
    assert_same(found, oracle.to_float(numbers, scale), numbers)


def check_table(kernel, scales=(10_000, 1, 1_000_000, 2**31 - 1)):
    values = drawn(MILLION, 11)
    values[: 2**17] = np.arange(-(2**16), 2**16)
    for scale in scales:
        out = np.empty_like(values)
        kernel(out, values, scale)
        wanted = oracle.sigmoid_lut(values, sigmoid_table.TABLE, scale)
        assert_same(out, wanted, values)


def test_the_table():
    check_table(sigmoid_table.sigmoid_lut)


@pytest.mark.parametrize("module", [activations, vector], ids=["portable", "vector"])
def test_largest(module):
    for length in range(21):
        rows = drawn((5000, length), length)
        found = np.array([module.largest(row) for row in rows])
        assert_same(found, oracle.largest(rows), rows)


def flooring(name, out, a, b, scale):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oracle, "truncated", np.floor_divide)
        out[:] = getattr(oracle, name)(a, b, scale)


def wrapping_product(out, a, b, scale):
    out[:] = oracle.truncated(a.astype(np.int64) * b, np.int64(scale)).astype(np.int32)


def signless_division_by_zero(out, a, b, scale):
    out[:] = np.where(b == 0, 2**31 - 1, oracle.divide(a, b, scale))


def product_by_a_reciprocal(out, a, b, scale):
    quotients = a.astype(np.float64) * b * (1 / scale)
    out[:] = np.trunc(np.clip(quotients, *INT32)).astype(np.int32)


def clamped_table(out, values, scale):
    clamped = np.clip(values, -(2**15), 2**15 - 1)
    out[:] = oracle.sigmoid_lut(clamped, sigmoid_table.TABLE, scale)


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (partial(check_arithmetic, "multiply"), partial(flooring, "multiply")),
        (partial(check_arithmetic, "multiply"), wrapping_product),
        (partial(check_arithmetic, "multiply"), product_by_a_reciprocal),
        (partial(check_arithmetic, "divide"), partial(flooring, "divide")),
        (partial(check_arithmetic, "divide"), signless_division_by_zero),
        (check_table, clamped_table),
    ],
)
def test_a_wrong_kernel_is_found(check, wrong):
    with pytest.raises(pytest.fail.Exception, match="differ; at"):
        check(wrong)
