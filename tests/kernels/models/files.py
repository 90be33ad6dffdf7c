"""The recorded model files, and damaged copies of any file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MODELS = Path(__file__).parents[2] / "data" / "models"
EXPECTED: dict[str, Any] = json.loads((MODELS / "expected.json").read_text())
PERCEPTRONS = sorted(name for name in EXPECTED if name.startswith("mlp_"))
TREES = sorted(name for name in EXPECTED if name.startswith("tree_"))


def content(name: str) -> bytes:
    return (MODELS / name).read_bytes()


def damaged(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield copies with a few bytes changed, cut off, repeated, or put in front."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(random.integers(1, 4)):
            copy[random.integers(len(copy))] = random.integers(256)
        start, end = sorted(random.integers(0, len(copy) + 1, 2))
        match random.integers(4):
            case 0:
                copy = copy[:end]
            case 1:
                del copy[start:end]
            case 2:
                copy[start:start] = copy[start:end]
        yield bytes(copy)
