"""The forest that all peers run: grown by LightGBM on generated market data, with exact sums.

A trained forest is rounded before anybody runs it: thresholds to halves between the integers that
features are, leaves to fixed point with 14 binary places. Then no sum of leaves is ever rounded,
in float64, float32 or integers, in whatever order it is taken, so that every implementation must
give the same bits and equal work can be checked instead of claimed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.peers.availability import LIGHTGBM, load, require_peer
from slonana_analysis.experiments.peers.kept_files import kept_file, text_of, versions

FEATURES = 16
TREES = 100
DEPTH = 6
SCALE = 2**14
"""Units of a leaf per 1.0."""

_TRAINING_ROWS = 8192
_SPREAD = 3000.0
_INT16_MAX = 2**15 - 1


@dataclass(frozen=True)
class GrownForest:
    """A forest in LightGBM's text format.

    Attributes
    ----------
    path : Path
        The model's text, for libraries that read files.
    """

    path: Path

    @property
    def text(self) -> str:
        """The model's text."""
        return self.path.read_text("ascii")


def market_rows(count: int, seed: int) -> NDArray[np.int32]:
    """Return generated features of a market: returns, spreads and imbalances as fixed point.

    Parameters
    ----------
    count : int
        Rows.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    ndarray of int32, shape (count, 16)
        Normal with a standard deviation of 3000, within int16.
    """
    drawn = np.random.default_rng(seed).normal(0.0, _SPREAD, (count, FEATURES)).round()
    return drawn.clip(-_INT16_MAX, _INT16_MAX).astype(np.int32)


def market_target(rows: NDArray[np.int32], seed: int) -> NDArray[np.float64]:
    """Return what the models are to predict: a noisy, nonlinear function of the features.

    Parameters
    ----------
    rows : ndarray of int32, shape (n_rows, 16)
        From ``market_rows``.
    seed : int
        Of the weights and the noise.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Mostly between -2 and 2.
    """
    random = np.random.default_rng(seed)
    scaled = rows / _SPREAD
    trend = np.tanh(scaled @ random.normal(size=FEATURES) / 2)
    regime = np.where(scaled[:, 1] > 0, np.sin(1.5 * scaled[:, 0]), scaled[:, 2] * scaled[:, 3] / 2)
    target: NDArray[np.float64] = trend + 0.5 * regime + 0.2 * random.normal(size=len(rows))
    return target


def grown_forest() -> GrownForest:
    """Return the forest, grown at the first call on this machine.

    Returns
    -------
    GrownForest
        100 trees of depth 6 on 16 features.

    Raises
    ------
    UnavailableError
        If LightGBM is missing.
    """
    require_peer(LIGHTGBM)
    recipe = (*versions("lightgbm", "numpy"), text_of(__file__))
    return GrownForest(kept_file("forest.txt", recipe, _write_forest))


def _write_forest(path: Path) -> None:
    path.write_text(rounded_model(trained_model()), "ascii")


def trained_model() -> str:
    """Train the forest, in a fraction of a second, and return it in LightGBM's text format.

    Returns
    -------
    str
        The same on every call with the same version of LightGBM.

    Raises
    ------
    UnavailableError
        If LightGBM is missing.
    """
    lightgbm = load("lightgbm")
    rows = market_rows(_TRAINING_ROWS, seed=1)
    data = lightgbm.Dataset(rows.astype(np.float64), market_target(rows, seed=2))
    settings: dict[str, Any] = {
        "objective": "regression",
        "num_leaves": 2**DEPTH,
        "max_depth": DEPTH,
        # Nearly complete trees: a peer whose trees end early has less to do than their depth says.
        "min_data_in_leaf": 2,
        "learning_rate": 0.1,
        "seed": 3,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    text: str = lightgbm.train(settings, data, TREES).model_to_string()
    return text


def rounded_model(text: str) -> str:
    """Return a model with exact thresholds and leaves.

    Parameters
    ----------
    text : str
        In LightGBM's text format; features are integers.

    Returns
    -------
    str
        Thresholds are an integer and a half, which decides as the threshold did; leaves are
        multiples of 1/16384 that fit int16 as such.

    Raises
    ------
    FormatError
        If the text does not look as LightGBM writes it, or a leaf is too large.
    """
    head, *trees = text.split("\nTree=")
    last, end, tail = trees[-1].partition("end of trees") if trees else ("", "", "")
    if not end:
        raise FormatError("the model is not in LightGBM's text format: it has no trees")
    blocks = [f"Tree={_rounded_tree(tree)}\n" for tree in trees[:-1]]
    blocks.append(f"Tree={_rounded_tree(last)}")
    sizes = "tree_sizes=" + " ".join(str(len(block)) for block in blocks)
    lines = [sizes if line.startswith("tree_sizes=") else line for line in head.splitlines()]
    return "\n".join(lines) + "\n\n" + "".join(blocks) + end + tail


def _rounded_tree(text: str) -> str:
    return "\n".join(map(_rounded_line, text.split("\n")))


def _rounded_line(line: str) -> str:
    name, separator, numbers = line.partition("=")
    rounding = _ROUNDING.get(name)
    if rounding is None or not separator:
        return line
    values = np.array(numbers.split(), np.float64)
    return f"{name}=" + " ".join(map(repr, rounding(values).tolist()))


def _half_above(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.floor(thresholds) + 0.5


def _fixed_point(leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    units = np.round(leaves * SCALE)
    if np.abs(units).max(initial=0.0) > _INT16_MAX:
        raise FormatError(f"a leaf of {np.abs(leaves).max():g} does not fit int16 at {SCALE}")
    rounded: NDArray[np.float64] = units / SCALE
    return rounded


_ROUNDING: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "leaf_value": _fixed_point,
    "threshold": _half_above,
}
