"""Perceptrons to test with: random ones, and those that the validator ran."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from slonana_analysis.kernels.models.mlp_file import read_mlp
from slonana_analysis.kernels.models.model import InvalidModelError, Layer, Mlp

MODELS = Path(__file__).parents[1] / "data" / "models"


def perceptron(sizes: Sequence[int], activations: Sequence[int], seed: int) -> Mlp:
    random = np.random.default_rng(seed)
    layers = [
        Layer(
            random.integers(-16_384, 16_385, (outputs, inputs)).astype(np.int16),
            random.integers(-5_000, 5_000, outputs).astype(np.int32),
            kind,
        )
        for inputs, outputs, kind in zip(sizes, sizes[1:], activations, strict=False)
    ]
    return Mlp(tuple(layers), sizes[0], sizes[-1])


def loadable() -> Iterator[tuple[Mlp, np.ndarray, int, np.ndarray, int]]:
    """Model, inputs, code, outputs and length of the runs whose model can be read."""
    with np.load(MODELS / "golden-models.npz", allow_pickle=False) as arrays:
        golden = dict(arrays)
    columns = ("model", "input", "input_len", "rc", "output", "output_len")
    for model, values, size, code, out, length in zip(
        *(golden[f"fwd_{column}"] for column in columns), strict=True
    ):
        try:
            loaded = read_mlp((MODELS / f"mlp_{golden['mlp_names'][model]}.bin").read_bytes())
        except InvalidModelError:
            continue
        if size <= 64:
            yield loaded, values[:size].copy(), int(code), out, int(length)
