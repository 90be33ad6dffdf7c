import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.dense import dense_forward
from slonana_analysis.kernels.inputs import dense_layer, moderate_inputs
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.vector import dense_packing
from slonana_analysis.kernels.vector.dense import dense_packed, dense_packed_rows, pack_layer
from slonana_analysis.kernels.vector.dense_double import dense_double, pack_double
from tests.kernels.conftest import Golden

EXTREME_WEIGHTS = np.array([-32768, -32767, -1, 0, 1, 32767], np.int16)
FAR = 2_000_000_000
KERNELS = [
    pytest.param(pack_layer, dense_packed, id="int16"),
    pytest.param(pack_double, dense_double, id="float64"),
]


def expected(values, weights, bias):
    """Sums in int64, which holds them all."""
    sums = weights.astype(np.int64) @ values.astype(np.int64)
    return np.clip((sums >> 15) + bias, INT32_MIN, INT32_MAX).astype(np.int32)


def outputs(pack, kernel, values, weights, bias):
    """What a kernel writes, where nothing around its inputs and outputs is its business."""
    rows, columns = weights.shape
    around = np.full(columns + 32, FAR, np.int32)
    around[16 : 16 + columns] = values
    out = np.full(rows + 32, -77, np.int32)
    kernel(out[16 : 16 + rows], around[16 : 16 + columns], pack(weights, bias))
    assert (out[:16] == -77).all()
    assert (out[16 + rows :] == -77).all()
    return out[16 : 16 + rows]


def random_weights(random, kind, shape):
    if kind == "extreme":
        return random.choice(EXTREME_WEIGHTS, shape)
    largest = {"any": 32767, "half": 16384, "small": 3}[kind]
    return random.integers(-largest - 1, largest + 1, shape).astype(np.int16)


def random_bias(random, kind, rows):
    near = random.integers(0, 2**22, rows)
    biases = {"zero": 0 * near, "top": INT32_MAX - near, "bottom": INT32_MIN + near}
    return biases[kind].astype(np.int32)


@pytest.mark.parametrize(("pack", "kernel"), KERNELS)
def test_agrees_with_the_validator(pack, kernel, golden: Golden) -> None:
    values, weights, bias, wanted = (golden[f"dense_{part}"] for part in ("in", "w", "b", "out"))
    for rows, columns in golden["dense_dims"]:
        if max(rows, columns) <= 64:
            matrix = weights[: rows * columns].reshape(rows, columns)
            out = outputs(pack, kernel, values[:columns], matrix, bias[:rows])
            assert np.array_equal(out, wanted[:rows])
        values, weights = values[columns:], weights[rows * columns :]
        bias, wanted = bias[rows:], wanted[rows:]


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 64),
    st.integers(1, 64),
    st.sampled_from(["any", "half", "small", "extreme"]),
    st.sampled_from(["zero", "top", "bottom"]),
    st.integers(0, 31),
    st.integers(0, 2**32 - 1),
)
def test_agrees_with_int64(rows, columns, weight_kind, bias_kind, bits, seed) -> None:  # noqa: PLR0917
    random = np.random.default_rng(seed)
    weights = random_weights(random, weight_kind, (rows, columns))
    bias = random_bias(random, bias_kind, rows)
    values = random.integers(-(2**bits), 2**bits, columns).astype(np.int32)
    wanted = expected(values, weights, bias)
    assert np.array_equal(outputs(pack_layer, dense_packed, values, weights, bias), wanted)
    assert np.array_equal(outputs(pack_double, dense_double, values, weights, bias), wanted)


@pytest.mark.parametrize("rows", range(1, 65))
def test_every_number_of_rows_and_columns(rows: int) -> None:
    random = np.random.default_rng(rows)
    for columns in range(1, 65):
        weights = random.integers(-20000, 20000, (rows, columns)).astype(np.int16)
        bias = random.integers(-1000, 1000, rows).astype(np.int32)
        values = random.integers(-10_000, 10_001, columns).astype(np.int32)
        out = outputs(pack_layer, dense_packed, values, weights, bias)
        assert np.array_equal(out, expected(values, weights, bias))


WORDS_WITH_BOUNDS = (
    dense_packing.BOUND_OF_HALF,
    dense_packing.BOUND_OF_QUARTER,
    dense_packing.BOUND_OF_EIGHTH,
)


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (33, 17), (8, 48), (1, 1), (40, 63)])
@pytest.mark.parametrize("weight", [-32768, 32767, -16384, 700])
@pytest.mark.parametrize("word", WORDS_WITH_BOUNDS)
def test_inputs_at_each_bound_and_one_beyond(shape, weight, word) -> None:
    weights = np.full(shape, weight, np.int16)
    weights[::2, ::3] = -weights[::2, ::3]  # -32768 stays itself
    bias = np.arange(shape[0], dtype=np.int32)
    bound = int(pack_layer(weights, bias)[word])
    assert bound > 0
    for largest in (bound - 1, bound, bound + 1):
        for sign in (-1, 1):
            aligned = sign * largest * np.sign(weights[-1].astype(np.int32))
            for values in (aligned, np.full(shape[1], sign * largest, np.int32)):
                out = outputs(pack_layer, dense_packed, values.astype(np.int32), weights, bias)
                assert np.array_equal(out, expected(values, weights, bias))


@pytest.mark.parametrize(("pack", "kernel"), KERNELS)
@pytest.mark.parametrize("value", [INT32_MIN, INT32_MIN + 1, -32768, -1, 0, 1, 32767, INT32_MAX])
@pytest.mark.parametrize("weight", [-32768, 32767])
def test_extreme_values_in_every_place(pack, kernel, value: int, weight: int) -> None:
    weights = np.full((64, 64), weight, np.int16)
    bias = np.linspace(INT32_MIN, INT32_MAX, 64).astype(np.int32)
    values = np.full(64, value, np.int32)
    out = outputs(pack, kernel, values, weights, bias)
    assert np.array_equal(out, expected(values, weights, bias))


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("end", [INT32_MIN, INT32_MAX])
def test_biases_where_a_sum_may_begin_to_saturate(end: int, offset: int) -> None:
    weights = np.full((32, 64), -32768, np.int16)
    margin = 64 << 15
    bias = np.full(32, end - np.sign(end) * (margin + offset), np.int64).astype(np.int32)
    for value in (-32768, 32767, 8191):
        values = np.full(64, value, np.int32)
        out = outputs(pack_layer, dense_packed, values, weights, bias)
        assert np.array_equal(out, expected(values, weights, bias))


def test_a_rectified_layer_has_no_negative_output() -> None:
    random = np.random.default_rng(5)
    weights, bias = dense_layer(40, 32, 6)
    blob = pack_layer(weights, bias, rectified=True)
    for largest in (100, 20_000, 2**20, INT32_MAX):
        values = random.integers(-largest, largest, 32).astype(np.int32)
        out = np.zeros(40, np.int32)
        dense_packed(out, values, blob)
        assert np.array_equal(out, np.maximum(expected(values, weights, bias), 0))


def test_rows_are_independent_layers() -> None:
    weights, bias = dense_layer(24, 20, 1)
    inputs = moderate_inputs((7, 20), 2)
    inputs[3] *= 1000
    out = np.zeros((7, 24), np.int32)
    dense_packed_rows(out, inputs, pack_layer(weights, bias))
    wanted = np.zeros(24, np.int32)
    for row, values in zip(out, inputs, strict=True):
        dense_forward(wanted, values, weights, bias)
        assert np.array_equal(row, wanted)


@pytest.mark.parametrize("pack", [pack_layer, pack_double])
@pytest.mark.parametrize(("rows", "columns", "biases"), [(65, 1, 65), (1, 65, 1), (3, 3, 2)])
def test_layers_that_the_validator_does_not_run_are_refused(pack, rows, columns, biases) -> None:
    with pytest.raises(FormatError, match="cannot be packed"):
        pack(np.zeros((rows, columns), np.int16), np.zeros(biases, np.int32))


@pytest.mark.parametrize(("pack", "kernel"), KERNELS)
def test_a_layer_without_inputs_is_its_bias(pack, kernel) -> None:
    bias = np.array([5, INT32_MIN, INT32_MAX], np.int32)
    out = outputs(pack, kernel, np.zeros(0, np.int32), np.zeros((3, 0), np.int16), bias)
    assert np.array_equal(out, bias)


@pytest.mark.parametrize(("pack", "kernel"), KERNELS)
def test_a_layer_without_outputs_writes_nothing(pack, kernel) -> None:
    weights, bias = np.zeros((0, 5), np.int16), np.zeros(0, np.int32)
    assert outputs(pack, kernel, np.full(5, INT32_MAX, np.int32), weights, bias).size == 0


def test_packed_weights_begin_at_a_cache_line() -> None:
    blob = pack_layer(*dense_layer(40, 32, 3))
    assert blob.ctypes.data % 64 == 0
    assert blob[dense_packing.WEIGHTS] * 4 % 64 == 0
