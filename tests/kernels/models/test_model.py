import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.inputs import benchmark_tree
from slonana_analysis.kernels.models.forest_file import open_forest
from slonana_analysis.kernels.models.model import Layer, Mlp, Tree
from slonana_analysis.kernels.models.model_file import open_model


def layer(outputs: int = 2, inputs: int = 3) -> Layer:
    return Layer(np.zeros((outputs, inputs), np.int16), np.zeros(outputs, np.int32))


@pytest.mark.parametrize(
    ("weights", "bias", "activation"),
    [
        (np.zeros((2, 3), np.int32), np.zeros(2, np.int32), 0),
        (np.zeros(6, np.int16), np.zeros(2, np.int32), 0),
        (np.zeros((3, 2), np.int16).T, np.zeros(2, np.int32), 0),
        (np.zeros((2, 3), np.int16), np.zeros(3, np.int32), 0),
        (np.zeros((2, 3), np.int16), np.zeros(2, np.int64), 0),
        (np.zeros((2, 3), np.int16), np.zeros(2, np.int32), 256),
        (np.zeros((2, 3), np.int16), np.zeros(2, np.int32), -1),
        (np.zeros((2, 65), np.int16), np.zeros(2, np.int32), 0),
        (np.zeros((65, 2), np.int16), np.zeros(65, np.int32), 0),
    ],
)
def test_a_layer_is_checked(weights: Any, bias: Any, activation: int) -> None:
    with pytest.raises(ValueError, match=r"must|wider|biases"):
        Layer(weights, bias, activation)


def test_sizes_of_a_layer() -> None:
    assert (layer(2, 3).input_size, layer(2, 3).output_size) == (3, 2)
    assert (layer(0, 3).input_size, layer(0, 3).output_size) == (3, 0)


@pytest.mark.parametrize(
    ("layers", "inputs", "outputs", "valid"),
    [
        (1, 3, 2, True),
        (8, 64, 16, True),
        (0, 3, 2, False),
        (9, 3, 2, False),
        (1, 65, 2, False),
        (1, 3, 17, False),
        (1, 0, 0, True),
    ],
)
def test_what_the_validator_calls_a_valid_perceptron(
    layers: int, inputs: int, outputs: int, valid: bool
) -> None:
    assert Mlp((layer(),) * layers, inputs, outputs).is_valid == valid


@pytest.mark.parametrize(
    ("count", "depth", "features", "valid"),
    [
        (1, 1, 1, True),
        (256, 32, 64, True),
        (0, 1, 1, False),
        (257, 1, 1, False),
        (1, 33, 1, False),
        (1, 1, 65, False),
        (1, 0, 0, True),
    ],
)
def test_what_the_validator_calls_a_valid_tree(
    count: int, depth: int, features: int, valid: bool
) -> None:
    nodes = np.resize(benchmark_tree(), count)
    assert Tree(nodes, depth, features, 2).is_valid == valid


@pytest.mark.parametrize(
    "field", ["input_size", "output_size", "version", "quant_bits", "timestamp", "padding"]
)
@pytest.mark.parametrize("value", [-1, 2**64])
def test_fields_must_fit_the_file(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=field):
        Mlp(**{"layers": (), "input_size": 1, "output_size": 1, field: value})


def test_nodes_must_be_nodes() -> None:
    with pytest.raises(ValueError, match="nodes must be an array of"):
        Tree(np.zeros(4, np.int32), 1, 1, 1)
    with pytest.raises(ValueError, match="nodes must be contiguous"):
        Tree(benchmark_tree()[::2], 1, 1, 1)


@pytest.mark.parametrize("open_file", [open_model, open_forest])
def test_what_is_no_file_is_not_opened(tmp_path: Path, open_file: Any) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "missing", tmp_path, pipe, pipe / "below"):
        with pytest.raises(UnavailableError, match="is no file"):
            open_file(path)
