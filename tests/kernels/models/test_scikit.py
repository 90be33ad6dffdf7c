"""Estimators of scikit-learn against what they predict themselves."""

import itertools
from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.kernels.models import libraries
from slonana_analysis.kernels.models.fixed_thresholds import for_fixed_point
from slonana_analysis.kernels.models.market import market_data
from slonana_analysis.kernels.models.mlp_file import read_mlp, write_mlp
from slonana_analysis.kernels.models.mlp_walk import mlp_outputs
from slonana_analysis.kernels.models.scikit_forest import forest_from_scikit
from slonana_analysis.kernels.models.scikit_mlp import QuantisedMlp, fidelity, mlp_from_scikit
from slonana_analysis.kernels.models.scikit_tree import tree_from_scikit
from slonana_analysis.kernels.models.tree_file import read_tree, write_tree
from slonana_analysis.kernels.models.walk import forest_sums, transformed
from slonana_analysis.kernels.tree import decision_tree
from tests.kernels.models import plain

MARKET = market_data(1500, 5)
FIXED = MARKET.features
INPUTS = FIXED / 10_000
TARGET = MARKET.labels + INPUTS[:, 6]


@pytest.fixture(scope="module")
def trees() -> Any:
    return pytest.importorskip("sklearn.tree")


@pytest.fixture(scope="module")
def ensemble() -> Any:
    return pytest.importorskip("sklearn.ensemble")


@pytest.fixture(scope="module")
def networks() -> Any:
    return pytest.importorskip("sklearn.neural_network")


def near_thresholds(model: Any, columns: int) -> Any:
    """Fixed-point rows at and beside a tree's thresholds."""
    own = model.nodes["threshold"][model.nodes["feature"] >= 0].astype(np.int64)
    near = (own[:, np.newaxis] + np.arange(-1, 2)).ravel()
    return np.random.default_rng(2).choice(near, (500, columns)).astype(np.int32)


def values_of(model: Any, rows: Any) -> list[int]:
    found = [decision_tree(row, model.nodes, model.max_depth) for row in rows]
    assert {code for code, _ in found} == {0}
    return [int(value) for _, value in found]


@pytest.mark.parametrize("depth", [1, 4, 7])
def test_a_classifier_decides_the_same_everywhere(trees: Any, depth: int) -> None:
    grown = trees.DecisionTreeClassifier(max_depth=depth, random_state=1)
    grown.fit(INPUTS, np.array(["sell", "hold", "buy"])[MARKET.labels])
    model = read_tree(write_tree(tree_from_scikit(grown)))
    assert model.is_valid
    assert (model.num_features, model.num_classes, model.max_depth) == (8, 3, depth + 1)
    for rows in (FIXED, near_thresholds(model, 8)):
        predicted = grown.predict(rows / 10_000)
        assert grown.classes_[values_of(model, rows)].tolist() == predicted.tolist()


def test_decisions_are_kept_where_float32_has_no_room_for_fixed_point(trees: Any) -> None:
    # Past 2 ** 24 neighbours share one float32, and floor(threshold * scale) would decide wrongly.
    random = np.random.default_rng(3)
    fixed = random.integers(-(2**31), 2**31, (2000, 2)).astype(np.int32)
    grown = trees.DecisionTreeRegressor(max_leaf_nodes=100, random_state=1)
    grown.fit(fixed / 10_000, random.normal(size=2000))
    model = tree_from_scikit(grown)
    rows = near_thresholds(model, 2)
    expected = np.rint(grown.predict(rows / 10_000) * 10_000)
    assert values_of(model, rows) == expected.tolist()


def test_a_regressor_is_within_half_a_step(trees: Any) -> None:
    grown = trees.DecisionTreeRegressor(max_leaf_nodes=60, random_state=1).fit(INPUTS, TARGET)
    model = tree_from_scikit(grown)
    found = np.array(values_of(model, FIXED)) / 10_000
    assert np.abs(found - grown.predict(INPUTS)).max() <= 0.5 / 10_000 + 1e-12


def test_limits_of_the_validator_are_named(trees: Any) -> None:
    def grown(rows: Any = INPUTS, target: Any = TARGET, **settings: Any) -> Any:
        return trees.DecisionTreeRegressor(random_state=1, **settings).fit(rows, target)

    steps = np.arange(40.0)
    wide = np.random.default_rng(1).normal(size=(50, 65))
    cases = [
        (grown(), "nodes, the validator takes at most 256: train with max_leaf_nodes=128"),
        (grown(steps[:, np.newaxis], 4.0**steps), "levels, the validator takes at most 32"),
        (grown(wide, wide[:, 0], max_depth=2), "65 features"),
        (grown(INPUTS, TARGET * 1e6, max_depth=2), "a leaf is no fixed-point number"),
        (grown(INPUTS - 1e6, max_depth=2), "below every fixed-point number"),
        (grown(INPUTS, np.column_stack([TARGET, TARGET]), max_depth=2), "2 outputs"),
        (trees.DecisionTreeRegressor(), "not fitted"),
        (object(), "a object is no decision tree"),
    ]
    for estimator, words in cases:
        with pytest.raises(UsageError, match=words):
            tree_from_scikit(estimator)


def test_128_leaves_fit(trees: Any) -> None:
    grown = trees.DecisionTreeRegressor(max_leaf_nodes=128, random_state=1).fit(INPUTS, TARGET)
    assert tree_from_scikit(grown).nodes.size == 255


FORESTS = [
    ("RandomForestRegressor", TARGET, "predict"),
    ("ExtraTreesRegressor", TARGET, "predict"),
    ("GradientBoostingRegressor", TARGET, "predict"),
    ("RandomForestClassifier", MARKET.labels > 0, "predict_proba"),
    ("RandomForestClassifier", MARKET.labels, "predict_proba"),
    ("ExtraTreesClassifier", MARKET.labels, "predict_proba"),
    ("GradientBoostingClassifier", MARKET.labels > 0, "decision_function"),
    ("GradientBoostingClassifier", MARKET.labels, "decision_function"),
]


@pytest.mark.parametrize(("name", "target", "method"), FORESTS)
def test_forests_sum_to_the_last_bit(ensemble: Any, name: str, target: Any, method: str) -> None:
    grown = getattr(ensemble, name)(n_estimators=7, max_depth=4, random_state=1)
    grown.fit(INPUTS, target)
    model = forest_from_scikit(grown)
    expected = getattr(grown, method)(INPUTS).reshape(len(INPUTS), -1)[:, -model.output_count :]
    found = forest_sums(model, INPUTS)
    assert found.tolist() == expected.tolist()
    assert found[:50].tolist() == [plain.sums(model, row) for row in INPUTS[:50].tolist()]
    on_fixed = forest_sums(for_fixed_point(model), FIXED.astype(np.float64))
    assert on_fixed.tolist() == expected.tolist()
    if method == "decision_function":
        shares = grown.predict_proba(INPUTS)[:, -model.output_count :]
        assert transformed(model, found) == pytest.approx(shares, rel=1e-12)


def test_a_boosted_forest_may_start_from_zero(ensemble: Any) -> None:
    grown = ensemble.GradientBoostingRegressor(n_estimators=3, init="zero").fit(INPUTS, TARGET)
    model = forest_from_scikit(grown)
    assert model.base.tolist() == [0.0]
    assert forest_sums(model, INPUTS)[:, 0].tolist() == grown.predict(INPUTS).tolist()


def test_other_forests_are_refused(ensemble: Any, trees: Any) -> None:
    two, size = MARKET.labels > 0, {"n_estimators": 2, "max_depth": 2}
    inner = trees.DecisionTreeRegressor(max_depth=1)
    boosted, classifier = ensemble.GradientBoostingRegressor, ensemble.GradientBoostingClassifier
    cases = [
        (boosted(init=inner, **size).fit(INPUTS, TARGET), "starts from another estimator"),
        (classifier(loss="exponential", **size).fit(INPUTS, two), "exponential loss"),
        (
            ensemble.RandomForestRegressor(**size).fit(INPUTS, INPUTS[:, :2]),
            "several targets",
        ),
        (boosted(), "not fitted"),
        (inner, "no forest that can be imported"),
    ]
    for estimator, words in cases:
        with pytest.raises(UsageError, match=words):
            forest_from_scikit(estimator)


def perceptron(
    kind: Any, weights: list[Any], biases: list[Any], activation: str, last: str, **extra: Any
) -> Any:
    """An estimator with the given parameters, as fitting would leave it."""
    made = kind(activation=activation)
    made.coefs_ = [np.array(weight, float) for weight in weights]
    made.intercepts_ = [np.array(bias, float) for bias in biases]
    made.out_activation_, made.n_outputs_ = last, len(made.intercepts_[-1])
    for name, value in extra.items():
        setattr(made, name, value)
    return made


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(("classes", "outputs"), [(2, 2), (3, 3)])
def test_a_trained_classifier_agrees_with_its_original(
    networks: Any, classes: int, outputs: int
) -> None:
    labels = np.minimum(MARKET.labels, classes - 1)
    trained = networks.MLPClassifier((24, 12), max_iter=40, random_state=1).fit(INPUTS, labels)
    quantised = mlp_from_scikit(trained)
    model = read_mlp(write_mlp(quantised.model) + bytes(4))
    assert model.is_valid
    assert model.output_size == outputs
    assert [layer.activation for layer in model.layers] == [1, 1, 0]
    report = fidelity(quantised, trained, INPUTS)
    assert report.rows == 1500
    assert report.agreement > 0.995
    assert report.largest_difference < 0.02
    # Counted here again, from what scikit-learn itself says.
    choices = mlp_outputs(model, FIXED).argmax(axis=1)
    assert (choices == trained.predict(INPUTS)).mean() == report.agreement


def test_weights_within_q15_keep_their_outputs(networks: Any) -> None:
    made = perceptron(
        networks.MLPRegressor,
        [[[0.5, -0.25], [0.125, 0.75]], [[0.5], [-0.5]]],
        [[0.1, -0.2], [0.3]],
        *("relu", "identity"),
    )
    quantised = mlp_from_scikit(made)
    assert quantised.factor == 1.0
    first, last = quantised.model.layers
    assert first.weights.tolist() == [[16384, 4096], [-8192, 24576]]
    assert (first.bias.tolist(), last.bias.tolist()) == ([1000, -2000], [3000])
    assert (first.activation, last.activation) == (1, 0)
    # relu((0.5 + 0.25, -0.25 + 1.5) + bias) is (0.85, 1.05).
    found = mlp_outputs(quantised.model, np.array([[10_000, 20_000]], np.int32))
    assert found.tolist() == [[2000]]


def test_larger_weights_divide_all_outputs_by_one_factor(networks: Any) -> None:
    made = perceptron(
        networks.MLPRegressor,
        [[[2.0, -1.0]], [[4.0, 1.0], [1.0, -2.0]]],
        [[0.5, 0.25], [1.0, -1.0]],
        *("relu", "identity"),
    )
    quantised = mlp_from_scikit(made)
    assert quantised.factor == pytest.approx(8.0, rel=1e-4)
    assert max(int(np.abs(layer.weights).max()) for layer in quantised.model.layers) == 32767
    report = fidelity(quantised, made, np.linspace(-3, 3, 301)[:, np.newaxis])
    assert report.agreement == 1.0
    assert report.largest_difference < 0.01


def test_fidelity_counts_what_differs(networks: Any) -> None:
    made = perceptron(networks.MLPRegressor, [[[0.5, -0.5]]], [[0.0, 0.0]], *("relu", "identity"))
    swapped = perceptron(
        networks.MLPRegressor, [[[-0.5, 0.5]]], [[0.0, 0.0]], *("relu", "identity")
    )
    report = fidelity(mlp_from_scikit(swapped), made, np.array([[1.0], [2.0], [0.0], [-4.0]]))
    assert (report.rows, report.agreement, report.largest_difference) == (4, 0.25, 4.0)


def test_curves_become_straight_lines(networks: Any) -> None:
    for activation, code, distance in (("logistic", 2, 0.0692), ("tanh", 3, 0.1384)):
        made = perceptron(
            networks.MLPRegressor, [[[0.99]], [[0.99]]], [[0.0], [0.0]], activation, "identity"
        )
        quantised = mlp_from_scikit(made)
        assert [layer.activation for layer in quantised.model.layers] == [code, 0]
        report = fidelity(quantised, made, np.linspace(-6, 6, 2001)[:, np.newaxis])
        assert report.largest_difference == pytest.approx(0.99 * distance, rel=0.01)


def test_perceptrons_that_do_not_fit_are_refused(networks: Any) -> None:
    regressor = networks.MLPRegressor

    def zeros(*widths: int, activation: str = "relu", last: str = "identity") -> Any:
        weights = [np.zeros(pair) for pair in itertools.pairwise(widths)]
        return perceptron(regressor, weights, [np.zeros(n) for n in widths[1:]], activation, last)

    steep = perceptron(regressor, [[[1.5]], [[1.0]]], [[0.0], [0.0]], "tanh", "identity")
    large = perceptron(regressor, [[[0.5]]], [[3e5]], "relu", "identity")
    cases = [
        (steep, "layer 0 has a weight of 1.5, .* tanh cannot be rescaled"),
        (large, "a bias of 3e.05 exceeds fixed point"),
        (zeros(8, 65, 2), "widths"),
        (zeros(65, 2), "widths"),
        (zeros(8, 17), "widths"),
        (zeros(*[4] * 10), "widths"),
        (zeros(4, 3, last="logistic"), "several labels"),
        (regressor(), "not fitted"),
        (object(), "no perceptron"),
    ]
    for estimator, words in cases:
        with pytest.raises(UsageError, match=words):
            mlp_from_scikit(estimator)
    assert isinstance(mlp_from_scikit(zeros(*[4] * 9)), QuantisedMlp)
    with pytest.raises(UsageError, match="features must be numbers"):
        fidelity(mlp_from_scikit(zeros(1, 1)), zeros(1, 1), np.array([[np.nan]]))


def test_without_scikit_learn_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(libraries.importlib, "import_module", missing)
    for importer in (tree_from_scikit, forest_from_scikit, mlp_from_scikit):
        with pytest.raises(UnavailableError, match="pip install scikit-learn"):
            importer(object())
