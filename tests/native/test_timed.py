from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.inputs import benchmark_tree, dense_layer, moderate_inputs
from slonana_analysis.native import library, rows, timed


@pytest.mark.requires_cc
def test_timed_loops_run_the_kernels_on_the_inputs_in_turn() -> None:
    inputs = moderate_inputs((4, 8), 1)
    weights, bias = dense_layer(3, 8, 2)
    tree = benchmark_tree()
    for repetitions, first in ((1, 0), (4, 0), (6, 3), (7, 2**40)):
        last = (first + repetitions - 1) % 4
        out = np.full(9, -77, np.int32)
        assert timed.time_relu(out, inputs, repetitions, first=first) >= 0
        assert out.tolist() == [*np.maximum(inputs[last], 0).tolist(), -77]
        out = np.full(4, -77, np.int32)
        assert timed.time_dense(out, inputs, weights, bias, repetitions, first=first) >= 0
        assert out.tolist() == [*rows.dense_rows(inputs, weights, bias)[last].tolist(), -77]
        value = np.full(2, -77, np.int32)
        assert timed.time_tree(value, inputs, tree, 5, repetitions, first=first) >= 0
        assert value.tolist() == [rows.tree_rows(inputs, tree, 5)[1][last], -77]
        assert timed.time_empty(out, inputs, repetitions, first=first) >= 0


def test_rotation_goes_on_from_batch_to_batch() -> None:
    calls = []

    def record(name: str, inner: int, *, first: int) -> int:
        calls.append((name, inner, first))
        return 5

    kernel = timed.TimedKernel(record, "argument")
    assert [kernel(3), kernel(4), kernel(1)] == [5, 5, 5]
    assert calls == [("argument", 3, 0), ("argument", 4, 3), ("argument", 1, 7)]


@pytest.mark.requires_cc
def test_arrays_that_would_be_read_or_written_past_their_end() -> None:
    inputs = moderate_inputs((4, 8), 1)
    weights, bias = dense_layer(3, 8, 2)
    out = np.zeros(8, np.int32)
    with pytest.raises(ValueError, match="power of two, not 3"):
        timed.time_relu(out, inputs[:3], 1)
    with pytest.raises(ValueError, match="power of two, not 0"):
        timed.time_empty(out, inputs[:0], 1)
    with pytest.raises(ValueError, match="8 outputs do not fit an array of 7"):
        timed.time_relu(out[:7], inputs, 1)
    with pytest.raises(ValueError, match="3 outputs do not fit an array of 2"):
        timed.time_dense(out[:2], inputs, weights, bias, 1)
    with pytest.raises(ValueError, match="do not fit 8 inputs and a bias of 2"):
        timed.time_dense(out, inputs, weights, bias[:2], 1)
    with pytest.raises(ValueError, match="3 x 8 do not fit 7 inputs"):
        rows.dense_rows(inputs[:, :7], weights, bias)
    with pytest.raises(ValueError, match="1 outputs do not fit an array of 0"):
        timed.time_tree(out[:0], inputs, benchmark_tree(), 5, 1)
    with pytest.raises(ValueError, match="16-byte nodes"):
        rows.tree_rows(inputs, np.zeros(31), 5)
    with pytest.raises(ValueError, match="16-byte nodes"):
        rows.tree_rows(inputs, benchmark_tree()[::2], 5)
    with pytest.raises(ValueError, match="a depth is"):
        rows.tree_rows(inputs, benchmark_tree(), -1)
    with pytest.raises(ValueError, match="do not fit each other"):
        rows.multiply_rows(out, out[:3], 10_000)
    with pytest.raises(ValueError, match="a scale is"):
        rows.divide_rows(out, out, 0)


@pytest.mark.requires_cc
def test_arrays_of_another_type_or_layout_are_refused() -> None:
    inputs = moderate_inputs((4, 8), 1)
    with pytest.raises(Exception, match="array must have data type int32"):
        rows.relu_rows(inputs.astype(np.int64))
    with pytest.raises(Exception, match="C_CONTIGUOUS"):
        timed.time_relu(np.zeros(4, np.int32), inputs[:, ::2], 1)


def test_a_library_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "timed_kernels.so"
    broken.write_text("half a file")
    monkeypatch.setattr(library, "shared_library", lambda _name: broken)
    library.kernel_library.cache_clear()
    with pytest.raises(UnavailableError, match=r"remove that file.*SLONANA_CACHE") as raised:
        library.kernel_library()
    assert str(broken) in str(raised.value)
