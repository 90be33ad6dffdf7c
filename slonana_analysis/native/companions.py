"""The kernels in C: plainly written, and by hand in AVX2.

Every model is one array of int32 that begins at a cache line. Its first sixteen words say how large
things are and where they begin; the sources in ``src`` say which word is what.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.calls import companion_library, loaded

Style: TypeAlias = Literal["scalar", "avx2", "plain"]
Words: TypeAlias = NDArray[np.int32]

_LINE = 16


@dataclass(frozen=True)
class Companion:
    """A kernel in C.

    Attributes
    ----------
    name : str
        Of the function, for example ``"avx2_dense"``.
    address : int
        Where it begins; valid as long as this process lives.
    """

    name: str
    address: int


def companion(style: Style, kernel: str) -> Companion:
    """Return a kernel in C.

    Parameters
    ----------
    style : {"scalar", "avx2", "plain"}
        Plain loops, which the compiler vectorises as it can for this processor, or intrinsics; or
        plain loops compiled for any processor of the architecture.
    kernel : str
        For example ``"dense"``; see ``src/scalar_companions.c`` and ``src/avx2_*.c``.

    Returns
    -------
    Companion

    Raises
    ------
    UnavailableError
        If C cannot be compiled, or the compiler does not compile AVX2 for this processor.
    """
    name = f"{'scalar' if style == 'plain' else style}_{kernel}"
    library = loaded("plain_companions") if style == "plain" else companion_library()
    try:
        function: Any = getattr(library, name)
    except AttributeError as error:
        raise UnavailableError(
            f"'{name}' is not part of the C kernels compiled here: AVX2 and FMA are needed; "
            "measure on a processor that has them"
        ) from error
    return Companion(name, ctypes.cast(function, ctypes.c_void_p).value or 0)


def blob(header: Sequence[int], *parts: NDArray[Any]) -> tuple[Words, list[int]]:
    """Return a model: a line of header, then every part at the next cache line.

    Parameters
    ----------
    header : sequence of int
        At most 16 words.
    *parts : ndarray
        Any dtype; copied as they are.

    Returns
    -------
    words : ndarray of int32, shape (n_words,)
        Begins at a cache line.
    starts : list of int
        Word at which each part begins.
    """
    starts, end = [], _LINE
    for part in parts:
        starts.append(end)
        end += -(-part.nbytes // (4 * _LINE)) * _LINE
    memory = np.zeros(4 * (end + _LINE), np.uint8)
    first = -memory.ctypes.data % (4 * _LINE)
    words = memory[first : first + 4 * end].view(np.int32)
    words[: len(header)] = header
    for start, part in zip(starts, parts, strict=True):
        raw = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
        words[start:].view(np.uint8)[: raw.size] = raw
    return words, starts


def length_model(count: int) -> Words:
    """Return the model of an activation or of argmax: how many values."""
    return blob([count])[0]


def check_weights(weights: NDArray[np.int16], bias: Words) -> None:
    """Raise ValueError unless these are a layer's int16 weights and int32 biases."""
    if weights.dtype != np.int16 or bias.dtype != np.int32:
        raise ValueError(
            f"weights are int16 and biases int32, not {weights.dtype} and {bias.dtype}: C would "
            "read other numbers"
        )
    if weights.ndim != 2 or bias.shape != weights.shape[:1]:
        raise ValueError(f"biases of {bias.shape} do not fit weights of {weights.shape}")


def dense_model(weights: NDArray[np.int16], bias: Words) -> Words:
    """Return the model of ``scalar_dense``.

    Parameters
    ----------
    weights : ndarray of int16, shape (rows, columns), Q15
        One row for each output.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.

    Raises
    ------
    ValueError
        As `check_weights`.
    """
    check_weights(weights, bias)
    words, starts = blob(weights.shape, bias, weights)
    words[2:4] = starts
    return words


def mlp_model(layers: Sequence[tuple[NDArray[np.int16], Words, int]]) -> Words:
    """Return the model of ``scalar_mlp``.

    Parameters
    ----------
    layers : sequence of (weights, bias, activation)
        Weights and bias as for `dense_model`; sizes must follow from each other.

    Raises
    ------
    ValueError
        As `check_weights`.
    """
    for weights, bias, _ in layers:
        check_weights(weights, bias)
    fields = np.zeros((len(layers), 8), np.int32)
    data = [array for weights, bias, _ in layers for array in (bias, weights)]
    words, starts = blob([len(layers)], fields, *data)
    for index, (weights, _, activation) in enumerate(layers):
        fields[index, :5] = (*weights.shape, activation, *starts[1 + 2 * index : 3 + 2 * index])
    words[_LINE : _LINE + fields.size] = fields.ravel()
    return words


def tree_model(nodes: NDArray[Any], features: int, depth: int, rows: int = 1) -> Words:
    """Return the model of ``scalar_tree`` and ``scalar_tree_rows``.

    Parameters
    ----------
    nodes : ndarray of 16-byte nodes, shape (n_nodes,)
        In the validator's layout.
    features, depth : int
        Features of a row; how many nodes may be visited.
    rows : int
        How many rows one call of ``scalar_tree_rows`` takes.
    """
    return blob([features, len(nodes), depth, rows], nodes)[0]


def forest_model(
    features: Words, thresholds: NDArray[Any], leaves: NDArray[Any], width: int, rows: int
) -> Words:
    """Return the model of a forest of perfect trees, for every style.

    Parameters
    ----------
    features : ndarray of int32, shape (trees, 2 ** depth - 1)
        Which feature each node compares; for AVX2, where its column begins within a tile.
    thresholds : ndarray of int32 or int16, the same shape
        A larger feature goes right. int16 is for ``avx2_forest_int16``.
    leaves : ndarray of int32 or int16, shape (trees, 2 ** depth)
        From left to right.
    width, rows : int
        Features of a row, and rows of a call. Kernels in AVX2 take trees of depth 6 and whole
        tiles of rows, and return the code of an invalid model for trees of another depth.
    """
    trees, inner = features.shape
    depth = (inner + 1).bit_length() - 1
    numbers = (_in_words(array) for array in (thresholds, leaves))
    words, starts = blob([width, trees, depth, rows], features, *numbers)
    words[4:7] = starts
    return words


def forest_nodes_model(trees: Sequence[NDArray[Any]], width: int, rows: int) -> Words:
    """Return the model of ``scalar_forest_nodes``.

    Parameters
    ----------
    trees : sequence of ndarray of 16-byte nodes
        In the validator's layout, each from its root on; every child is a node of its tree.
    width, rows : int
        Features of a row, and rows of a call.
    """
    starts = np.cumsum([0, *(len(nodes) for nodes in trees)], dtype=np.int32)[:-1]
    words, places = blob([width, len(trees), rows], starts, np.concatenate(trees))
    words[3] = places[1]
    return words


def _in_words(numbers: NDArray[Any]) -> Words:
    """Return int32 as they are, and int16 twice in a word each: AVX2 loads that into all lanes."""
    if numbers.dtype == np.int32:
        return numbers
    return np.repeat(numbers.astype(np.int16), 2, axis=-1).view(np.int32)
