"""A made-up market to train small models on: what a trading program would see, and should do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE

FEATURES = (
    "momentum of 1 step",
    "momentum of 5 steps",
    "momentum of 20 steps",
    "volatility of 20 steps",
    "volume over its mean of 20 steps",
    "spread",
    "imbalance of the order book",
    "distance from the mean of 20 steps",
)
ACTIONS = ("sell", "hold", "buy")

_WINDOW = 20
# Returns are drawn in per cent, so that features are near 1 and their fixed point is fine enough.
_DRIFT_PER_IMBALANCE = 0.35
_REVERSION = 0.08
_NOISE = 0.30
_HOLD_BELOW = 0.20


@dataclass(frozen=True, eq=False)
class MarketData:
    """Rows of features and the action that would have paid.

    Attributes
    ----------
    features : ndarray of int32, shape (n_rows, 8), fixed point at scale 10000
        In the order of `FEATURES`; prices, momentum, volatility, spread and distance in per cent.
    labels : ndarray of int64, shape (n_rows,)
        Indices into `ACTIONS`.
    """

    features: NDArray[np.int32]
    labels: NDArray[np.int64]


def market_data(rows: int, seed: int) -> MarketData:
    """Return a made-up history, the same for the same seed.

    The next return leans on the imbalance of the order book and back to the mean of 20 steps, and
    the rest of it is noise: a model can learn some of it, and not all. Buying or selling pays when
    the next return exceeds 0.2 per cent either way.

    Parameters
    ----------
    rows : int
        How many steps, at least 1.
    seed : int
        Of the generator.

    Returns
    -------
    MarketData
        Features known at each step, and the action that the following step rewards.

    Raises
    ------
    ValueError
        If ``rows`` is less than 1.
    """
    if rows < 1:
        raise ValueError(f"a market needs a row: {rows}")
    random = np.random.default_rng(seed)
    steps = rows + _WINDOW + 1
    imbalance = random.uniform(-1, 1, steps)
    volume = random.lognormal(0.0, 0.4, steps) * (1 + np.abs(imbalance))
    noise = random.normal(0, _NOISE, steps)
    spread = 0.02 + 0.05 * np.abs(noise) + random.exponential(0.01, steps)
    price = _prices(imbalance, noise)
    features = np.column_stack(
        [
            _change(price, 1),
            _change(price, 5),
            _change(price, _WINDOW),
            _windows(np.diff(price, prepend=0.0)).std(axis=1),
            volume[_WINDOW:-1] / _windows(volume).mean(axis=1),
            spread[_WINDOW:-1],
            imbalance[_WINDOW:-1],
            price[_WINDOW:-1] - _windows(price).mean(axis=1),
        ]
    )
    return MarketData(np.rint(features * SCALE).astype(np.int32), _labels(price))


def _prices(imbalance: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return logarithms of the price, in per cent, each from what the step before knew."""
    price = np.zeros(imbalance.size)
    for step in range(1, price.size):
        mean = price[max(step - _WINDOW, 0) : step].mean()
        drift = _DRIFT_PER_IMBALANCE * imbalance[step - 1] - _REVERSION * (price[step - 1] - mean)
        price[step] = price[step - 1] + drift + noise[step]
    return price


def _windows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each row the last 20 values that it knows."""
    return np.lib.stride_tricks.sliding_window_view(values, _WINDOW)[1:-1]


def _change(price: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    known = np.arange(_WINDOW, price.size - 1)
    return price[known] - price[known - steps]


def _labels(price: NDArray[np.float64]) -> NDArray[np.int64]:
    following = np.diff(price)[_WINDOW:]
    return 1 + (following > _HOLD_BELOW).astype(np.int64) - (following < -_HOLD_BELOW)
