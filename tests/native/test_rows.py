import numpy as np
import pytest

from slonana_analysis.kernels.inputs import benchmark_tree, dense_layer, moderate_inputs
from slonana_analysis.native import rows


@pytest.mark.requires_cc
def test_arrays_that_would_be_read_or_written_past_their_end() -> None:
    inputs = moderate_inputs((4, 8), 1)
    weights, bias = dense_layer(3, 8, 2)
    out = np.zeros(8, np.int32)
    with pytest.raises(ValueError, match="do not fit 8 inputs and a bias of 2"):
        rows.dense_rows(inputs, weights, bias[:2])
    with pytest.raises(ValueError, match="3 x 8 do not fit 7 inputs"):
        rows.dense_rows(inputs[:, :7], weights, bias)
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
def test_arrays_of_another_type_are_refused() -> None:
    with pytest.raises(Exception, match="array must have data type int32"):
        rows.relu_rows(moderate_inputs((4, 8), 1).astype(np.int64))
