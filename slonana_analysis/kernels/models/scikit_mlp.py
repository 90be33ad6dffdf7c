"""A perceptron of scikit-learn as one of the validator, and how far it agrees.

What is preserved. Weights become Q15 (a step of 1/32768) and biases fixed point at 10000. Q15 ends
at 32767/32768, so a layer with larger weights is divided by a factor, weights and biases alike.
ReLU and the identity pass a positive factor through: up to rounding all outputs are those of the
original divided by `QuantisedMlp.factor`, and their order, so the largest of them, stays. Biases
of later layers are divided by the factors so far. Hidden tanh and logistic pass no factor through
and are refused when their weights exceed Q15; within it they become the validator's straight
lines, 0.07 (logistic) and 0.14 (tanh) away from the curves at worst: measure the agreement.

A classifier ends in scores without softmax or logistic: the validator's softmax is not monotone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MAX, MAX_FEATURES, MAX_NEURONS, MAX_OUTPUTS
from slonana_analysis.kernels.models.libraries import optional_library
from slonana_analysis.kernels.models.mlp_walk import mlp_outputs
from slonana_analysis.kernels.models.model import MAX_LAYERS, Layer, Mlp

_Q15 = 2**15
_LARGEST_WEIGHT = (_Q15 - 1) / _Q15
_ACTIVATIONS = {"identity": 0, "relu": 1, "logistic": 2, "tanh": 3}
_SCALABLE = ("identity", "relu")


@dataclass(frozen=True)
class QuantisedMlp:
    """A perceptron in the validator's terms.

    Attributes
    ----------
    model : Mlp
        A classifier of two classes has two outputs, the first always 0.
    factor : float
        What the outputs were divided by: 1 unless weights exceed Q15.
    """

    model: Mlp
    factor: float


@dataclass(frozen=True)
class Fidelity:
    """How a quantised perceptron compares with its original on given rows.

    Attributes
    ----------
    rows : int
        How many rows were compared.
    agreement : float
        Share of the rows where both have their largest output at the same place; 1.0 for a single
        output.
    largest_difference : float
        Between any two outputs, the quantised one multiplied by its factor; in the original's
        units (scores, not probabilities).
    """

    rows: int
    agreement: float
    largest_difference: float


def mlp_from_scikit(estimator: object) -> QuantisedMlp:
    """Return a fitted perceptron in the validator's format.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.

    Returns
    -------
    QuantisedMlp
        See the module for what is preserved.

    Raises
    ------
    UnavailableError
        If scikit-learn is not installed.
    UsageError
        If the estimator is none of these, is not fitted, exceeds a limit of the validator, or has
        large weights that cannot be divided.
    """
    _require_perceptron(estimator)
    weights, biases = _parameters(estimator)
    hidden = estimator.activation  # type: ignore[attr-defined]  # one of scikit-learn's estimators
    layers, factor = [], 1.0
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        last = index == len(weights) - 1
        largest = float(np.abs(weight).max())
        if largest > _LARGEST_WEIGHT:
            if not last and hidden not in _SCALABLE:
                raise UsageError(
                    f"layer {index} has a weight of {largest:.3g}, Q15 ends below 1, and {hidden} "
                    "cannot be rescaled: train with a larger alpha, or with activation='relu'"
                )
            weight = weight * (_LARGEST_WEIGHT / largest)  # noqa: PLW2901  (the layer's own, now)
            factor *= largest / _LARGEST_WEIGHT
        layers.append(_layer(weight, bias / factor, 0 if last else _ACTIVATIONS[hidden]))
    return QuantisedMlp(Mlp(tuple(layers), weights[0].shape[1], weights[-1].shape[0]), factor)


def fidelity(
    quantised: QuantisedMlp, estimator: object, features: NDArray[np.floating]
) -> Fidelity:
    """Measure how a quantised perceptron agrees with its original.

    Parameters
    ----------
    quantised : QuantisedMlp
        From `mlp_from_scikit`.
    estimator : MLPClassifier or MLPRegressor
        The original.
    features : ndarray of float, shape (n_rows, n_features)
        Rounded to fixed point first, and then given to both.

    Returns
    -------
    Fidelity
        Of these rows only.

    Raises
    ------
    UsageError
        If the estimator is no perceptron, or a feature exceeds fixed point.
    """
    _require_perceptron(estimator)
    fixed = np.rint(features * SCALE)
    if not len(fixed) or not (np.abs(fixed) <= INT32_MAX).all():
        raise UsageError(f"features must be numbers within fixed point at scale {SCALE}")
    outputs = mlp_outputs(quantised.model, fixed.astype(np.int32)) * quantised.factor / SCALE
    scores = _scores(estimator, fixed / SCALE)
    agreement = float((outputs.argmax(axis=1) == scores.argmax(axis=1)).mean())
    return Fidelity(len(fixed), agreement, float(np.abs(outputs - scores).max()))


def _require_perceptron(estimator: object) -> None:
    library = optional_library("sklearn.neural_network", "scikit-learn")
    if not isinstance(estimator, (library.MLPClassifier, library.MLPRegressor)):
        raise UsageError(f"a {type(estimator).__name__} is no perceptron of scikit-learn")
    if not hasattr(estimator, "coefs_"):
        raise UsageError("the perceptron is not fitted: call fit() first")
    if estimator.out_activation_ == "logistic" and estimator.n_outputs_ > 1:
        raise UsageError("the perceptron gives several labels a row: fit one for each label")


def _parameters(
    estimator: Any,  # noqa: ANN401  (scikit-learn carries no types)
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return weights of shape (outputs, inputs) and biases, two outputs for two classes."""
    weights = [np.array(weight.T, np.float64) for weight in estimator.coefs_]
    biases = [np.array(bias, np.float64) for bias in estimator.intercepts_]
    if hasattr(estimator, "classes_") and len(weights[-1]) == 1:
        # The one score is above 0 for the second class: so is the larger of (0, score).
        weights[-1] = np.vstack([np.zeros_like(weights[-1]), weights[-1]])
        biases[-1] = np.concatenate([[0.0], biases[-1]])
    widths = [weights[0].shape[1], *(len(weight) for weight in weights)]
    if (
        len(weights) > MAX_LAYERS
        or widths[0] > MAX_FEATURES
        or max(widths) > MAX_NEURONS
        or widths[-1] > MAX_OUTPUTS
    ):
        raise UsageError(
            f"the perceptron has the widths {widths}; the validator takes {MAX_LAYERS} layers of "
            f"{MAX_NEURONS} and {MAX_OUTPUTS} outputs: train a smaller one"
        )
    return weights, biases


def _layer(weights: NDArray[np.float64], bias: NDArray[np.float64], activation: int) -> Layer:
    fixed = np.rint(bias * SCALE)
    if not (np.abs(fixed) <= INT32_MAX).all():
        raise UsageError(f"a bias of {np.abs(bias).max():.3g} exceeds fixed point at scale {SCALE}")
    rows = np.rint(weights * _Q15).astype(np.int16, order="C")
    return Layer(rows, fixed.astype(np.int32), activation)


def _scores(estimator: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the original's outputs before the last activation, from its public parameters."""
    values = features
    weights, biases = _parameters(estimator)
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        values = values @ weight.T + bias
        if index < len(weights) - 1:
            values = _curve(values, estimator.activation)
    return values


def _curve(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if name == "relu":
        return np.maximum(values, 0)
    if name == "tanh":
        return np.tanh(values)
    return 0.5 + 0.5 * np.tanh(0.5 * values) if name == "logistic" else values
