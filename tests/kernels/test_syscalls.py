"""The validator's own answers: codes, outputs, and what is left untouched."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels import syscalls
from slonana_analysis.kernels.compute_units import dense_units, tree_units
from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.tree import NODE
from tests.kernels import call_rules, oracle
from tests.kernels.conftest import Golden

UNTOUCHED = -77
MODELS = Path(__file__).parents[1] / "data" / "models"


IMPLEMENTATIONS = {"ours": syscalls, "rules": call_rules}


@pytest.fixture(params=IMPLEMENTATIONS)
def calls(request: pytest.FixtureRequest) -> Any:
    return IMPLEMENTATIONS[request.param]


def unless(bit: bool, array: NDArray[Any]) -> NDArray[Any] | None:
    return None if bit else array


def test_matmul(golden: Golden, calls: Any) -> None:
    for number, arguments in enumerate(golden["matmul_args"].tolist()):
        inputs, weights, biases, rows, columns, null = arguments
        out, length = np.full(80, UNTOUCHED, np.int32), np.full(1, 999, np.uint64)
        code = calls.matmul(
            unless(bool(null & 1), golden["matmul_in"][:inputs]),
            unless(bool(null & 2), golden["matmul_w"][:weights]),
            unless(bool(null & 4), golden["matmul_b"][:biases]),
            rows,
            columns,
            unless(bool(null & 8), out),
            unless(bool(null & 16), length),
        )
        assert code == golden["matmul_rc"][number], arguments
        assert out.tolist() == golden["matmul_out"][number].tolist(), arguments
        assert length[0] == golden["matmul_outlen"][number], arguments


def test_activation(golden: Golden, calls: Any) -> None:
    for number, (length, kind, null) in enumerate(golden["act_args"].tolist()):
        buffer = golden["act_buf"].copy()
        code = calls.activation(unless(bool(null), buffer[:length]), kind)
        assert code == golden["act_rc"][number], (length, kind, null)
        assert np.array_equal(buffer, golden["act_out"][number]), (length, kind, null)


def test_softmax_of_more_than_sixteen_succeeds_and_changes_nothing() -> None:
    values = np.arange(17, dtype=np.int32)
    assert syscalls.activation(values, 4) == ErrorCode.SUCCESS
    assert values.tolist() == list(range(17))


def test_decision_tree(golden: Golden, calls: Any) -> None:
    nodes, start = golden["tree_nodes"].reshape(-1).view(NODE), 0
    for number, (stored, count, depth, features) in enumerate(golden["tree_meta"].tolist()):
        result = np.full(1, UNTOUCHED, np.int32)
        # Some calls claim more features than there is room for; they end before one is read.
        row = np.resize(golden["tree_features"][number], max(features, 64))[:features]
        code = calls.decision_tree(row, nodes[start:][:count], depth, result)
        assert (code, result[0]) == (golden["tree_rc"][number], golden["tree_result"][number])
        start += stored


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_null_pointer_is_noticed_first(golden: Golden, missing: int) -> None:
    arguments: list[Any] = [np.zeros(0, np.int32), np.zeros(0, NODE), np.zeros(1, np.int32)]
    arguments[missing] = None
    features, nodes, result = arguments
    code = syscalls.decision_tree(features, nodes, 5, result)
    assert code == golden[f"tree_null_{1 << missing}_rc"] == ErrorCode.NULL_POINTER


def test_a_leaf_past_the_last_node_is_an_invalid_model() -> None:
    node = np.array([(0, -9, -9, 0, 0, 0)], NODE)
    result = np.full(1, UNTOUCHED, np.int32)
    code = syscalls.decision_tree(np.zeros(1, np.int32), node, 5, result)
    assert (code, result[0]) == (ErrorCode.INVALID_MODEL, UNTOUCHED)


def test_forward(calls: Any) -> None:
    with np.load(MODELS / "golden-models.npz", allow_pickle=False) as arrays:
        recorded = dict(arrays)
    files = [(MODELS / f"mlp_{name}.bin").read_bytes() for name in recorded["mlp_names"].tolist()]
    for number, model in enumerate(recorded["fwd_model"].tolist()):
        out, length = np.full(20, UNTOUCHED, np.int32), np.full(1, 999, np.uint64)
        length_given = int(recorded["fwd_input_len"][number])
        values = np.resize(recorded["fwd_input"][number], max(length_given, 64))[:length_given]
        code = calls.forward(values, files[model], out, length)
        assert code == recorded["fwd_rc"][number], number
        assert out.tolist() == recorded["fwd_output"][number].tolist(), number
        assert length[0] == recorded["fwd_output_len"][number], number


@pytest.mark.parametrize("missing", range(4))
def test_forward_without_one_of_its_pointers(missing: int) -> None:
    out, length = np.full(16, UNTOUCHED, np.int32), np.full(1, 999, np.uint64)
    arguments: list[Any] = [np.zeros(0, np.int32), b"", out, length]
    arguments[missing] = None
    values, model, outputs, outputs_length = arguments
    code = syscalls.forward(values, model, outputs, outputs_length)
    assert code == ErrorCode.NULL_POINTER
    assert (out == UNTOUCHED).all()
    assert length[0] == 999


def test_compute_units(golden: Golden) -> None:
    charged = [dense_units(*arguments) for arguments in golden["cost_dense_args"].tolist()]
    assert charged == golden["cost_dense"].tolist()
    assert charged == [oracle.dense_units(*each) for each in golden["cost_dense_args"].tolist()]
    assert tree_units(5) == 10


def test_an_array_too_short_for_the_outputs_is_refused() -> None:
    memory, length = np.full(40, UNTOUCHED, np.int32), np.full(1, 999, np.uint64)
    values, weights = np.ones(2, np.int32), np.full(80, 1000, np.int16)
    with pytest.raises(UsageError, match="room for 39 outputs and the call writes 40"):
        syscalls.matmul(values, weights, np.zeros(40, np.int32), 40, 2, memory[:39], length)
    model = (MODELS / "mlp_valid_12_32_16_3.bin").read_bytes()
    with pytest.raises(UsageError, match="room for 2 outputs and the call writes 3"):
        syscalls.forward(np.ones(12, np.int32), model, memory[:2], length)
    assert set(memory.tolist()) == {UNTOUCHED}
    assert length[0] == 999


def test_an_error_is_reported_before_a_short_array() -> None:
    out, length = np.zeros(0, np.int32), np.zeros(1, np.uint64)
    values, weights, bias = np.ones(2, np.int32), np.ones(3, np.int16), np.ones(2, np.int32)
    assert syscalls.matmul(values, weights, bias, 2, 2, out, length) == ErrorCode.INVALID_WEIGHTS
    assert syscalls.forward(values, b"", out, length) == ErrorCode.INVALID_MODEL
