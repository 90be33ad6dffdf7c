import ctypes
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.entries.forest import forest_int16_entry, forest_int32_entry
from slonana_analysis.kernels.forest import forest_sums
from slonana_analysis.kernels.forest_completion import fixed_forest, quantised, real_forest
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import extreme_inputs, moderate_inputs
from slonana_analysis.kernels.vector.forest import pack_forest, packed_sums
from slonana_analysis.kernels.vector.forest_packing import (
    can_clamp,
    has_int16_leaves,
    pack_int16,
    pack_int32,
    ranks_of,
)
from slonana_analysis.kernels.vector.forest_tiles import (
    clamp_rows,
    copy_rows,
    empty_int16_tiles,
    empty_int32_tiles,
    rank_rows,
)
from tests.kernels.test_forest import edges, models

INT16_MAX, INT32_MIN, INT32_MAX = 2**15 - 1, -(2**31), 2**31 - 1


@settings(max_examples=30)
@given(models())
def test_sums_of_models_are_those_of_the_plain_kernel(model):
    forest = real_forest(model)
    inputs = edges(model)
    found = packed_sums(pack_forest(forest), inputs)
    wanted = forest_sums(forest, inputs)
    assert found.dtype == wanted.dtype
    assert np.array_equal(found, wanted)


@settings(max_examples=30)
@given(models())
def test_fixed_point_and_quantised_forests(model):
    forest = fixed_forest(replace(model, average=False))
    inputs = extreme_inputs((33, 3), 5)
    small = quantised(forest).forest
    assert has_int16_leaves(small)
    for each in (forest, small):
        assert np.array_equal(packed_sums(pack_forest(each), inputs), forest_sums(each, inputs))


@pytest.mark.parametrize("depth", [1, 4, 7, 8])
@pytest.mark.parametrize("features", [3, 30])
def test_every_int32_feature(depth, features):
    forest = random_forest(9, depth, features, seed=depth)
    wide = replace(forest, thresholds=extreme_inputs(forest.thresholds.shape, depth))
    inputs = extreme_inputs((100, features), features)
    assert can_clamp(forest)
    assert not can_clamp(wide)
    for each in (forest, wide):
        assert np.array_equal(packed_sums(pack_forest(each), inputs), forest_sums(each, inputs))


def test_many_rows_are_taken_in_parts():
    forest = random_forest(3, 3, 5, seed=2)
    inputs = moderate_inputs((5001, 5), 2)
    assert np.array_equal(packed_sums(pack_forest(forest), inputs), forest_sums(forest, inputs))
    assert packed_sums(pack_forest(forest), inputs[:0]).shape == (0, 1)
    strided = np.asfortranarray(inputs)
    assert np.array_equal(packed_sums(pack_forest(forest), strided), forest_sums(forest, inputs))


def test_an_output_may_have_no_trees():
    forest = replace(
        random_forest(3, 2, 4, seed=1),
        base=np.array([5, 6, 7]),
        output=np.array([0, 2, 2], np.int32),
    )
    inputs = moderate_inputs((40, 4), 1)
    found = packed_sums(pack_forest(forest), inputs)
    assert set(found[:, 1].tolist()) == {6}
    assert np.array_equal(found, forest_sums(forest, inputs))


@pytest.mark.parametrize("dtype", [np.int32, np.float32, np.float64])
@pytest.mark.parametrize("trees", [1, 5, 40])
def test_ranks_count_the_thresholds_below(dtype, trees):
    forest = random_forest(trees, 5, 3, seed=trees)
    forest = replace(forest, thresholds=(forest.thresholds // 7).astype(dtype))
    ranks = ranks_of(forest)
    random = np.random.default_rng(1)
    inputs = random.choice(forest.thresholds.ravel(), (70, 3)) + random.integers(-1, 2, (70, 3))
    inputs = inputs.astype(dtype)
    tiles = empty_int16_tiles(70, 3)
    rank_rows(tiles, inputs, ranks)
    for feature in range(3):
        own = np.unique(forest.thresholds[forest.features == feature])
        wanted = np.searchsorted(own, inputs[:, feature], side="left")
        assert np.array_equal(tiles[:, feature].ravel()[:70], wanted)


@pytest.mark.parametrize("features", [1, 7, 8, 9, 30])
@pytest.mark.parametrize("rows", [1, 16, 32, 50])
def test_tiles_hold_the_features_of_their_rows(features, rows):
    inputs = extreme_inputs((rows, features), 3)
    narrow, wide = empty_int16_tiles(rows, features), empty_int32_tiles(rows, features)
    clamp_rows(narrow, inputs)
    copy_rows(wide, inputs)
    clamped = inputs.clip(-(2**15), INT16_MAX)
    assert np.array_equal(narrow.swapaxes(1, 2).reshape(-1, features)[:rows], clamped)
    assert np.array_equal(wide.swapaxes(1, 2).reshape(-1, features)[:rows], inputs)


def test_what_does_not_fit_is_refused_with_a_reason():
    forest = random_forest(4, 2, 3, seed=1)
    large = replace(forest, leaves=np.full_like(forest.leaves, 2**30))
    deep = replace(forest, leaves=np.full_like(forest.leaves, -(2**15)), base=np.array([INT32_MIN]))
    wide = replace(forest, thresholds=np.full_like(forest.thresholds, INT16_MAX))
    last = replace(forest, thresholds=np.full_like(forest.thresholds, INT32_MAX))
    real = replace(forest, thresholds=forest.thresholds.astype(np.float64))
    for pack, given_forest, reason in (
        (pack_int32, large, "could leave int32"),
        (pack_int16, deep, "could leave int32"),
        (pack_int16, large, "no int16"),
        (pack_int16, wide, "pass ranks_of"),
        (pack_int16, real, "pass ranks_of"),
        (pack_int32, last, "largest one"),
        (pack_int32, real, "int32 features and leaves"),
    ):
        with pytest.raises(UnavailableError, match=reason):
            pack(given_forest)
    many = random_forest(300, 8, 1, seed=1)
    spread = np.arange(many.thresholds.size, dtype=np.int32).reshape(many.thresholds.shape)
    with pytest.raises(UnavailableError, match="too many to count"):
        pack_forest(replace(many, thresholds=spread))


def test_thresholds_at_the_limits_of_clamping():
    forest = random_forest(4, 1, 1, seed=1)
    limits = np.array([[-(2**15)], [-(2**15) + 1], [INT16_MAX - 2], [INT16_MAX - 1]], np.int32)
    forest = replace(
        forest, thresholds=limits, leaves=np.array([[0, 1 << k] for k in range(4)], np.int32)
    )
    around = np.array([INT32_MIN, -(2**15) - 1, INT16_MAX + 1, INT32_MAX], np.int32)
    inputs = np.concatenate([around, *(limits.ravel() + step for step in (-1, 0, 1))])[
        :, np.newaxis
    ]
    inputs = inputs.astype(np.int32)
    assert pack_forest(forest).ranks is None
    assert np.array_equal(packed_sums(pack_forest(forest), inputs), forest_sums(forest, inputs))


def test_entries_do_what_the_kernels_do():
    pointer = ctypes.POINTER(ctypes.c_int32)
    shape = ctypes.CFUNCTYPE(ctypes.c_uint64, pointer, pointer, pointer)
    forest, inputs = random_forest(5, 6, 9, seed=4), moderate_inputs((96, 9), 4)
    wanted = forest_sums(forest, inputs)[:, 0]
    narrow, wide = empty_int16_tiles(96, 9), empty_int32_tiles(96, 9)
    clamp_rows(narrow, inputs)
    copy_rows(wide, inputs)
    for address, tiles, blob in (
        (forest_int16_entry(), narrow, pack_int16(forest, rows=96)),
        (forest_int32_entry(), wide, pack_int32(forest, rows=96)),
    ):
        out = np.zeros(97, np.int32)
        words = [array.ctypes.data_as(pointer) for array in (out, tiles, blob)]
        assert shape(address)(*words) == 0
        assert out.tolist() == [*wanted.tolist(), 0]
