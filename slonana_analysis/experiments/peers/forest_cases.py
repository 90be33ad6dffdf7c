"""The forest in every library that runs one: equal work, checked to the bit, and another model."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.availability import (
    SCIKIT_LEARN,
    TREELITE,
    load,
    require_peer,
    those_available,
)
from slonana_analysis.experiments.peers.compiled_forests import (
    DEFAULT,
    TUNED,
    lleaves_address,
    tl2cgen_address,
)
from slonana_analysis.experiments.peers.foreign_calls import lleaves_rows, tl2cgen_rows
from slonana_analysis.experiments.peers.grown_forest import (
    DEPTH,
    FEATURES,
    SCALE,
    TREES,
    GrownForest,
    grown_forest,
    market_rows,
    market_target,
)
from slonana_analysis.experiments.peers.lightgbm_library import Booster
from slonana_analysis.experiments.peers.onnx_models import INPUT, OUTPUT, forest_model, session
from slonana_analysis.experiments.peers.our_forest import OurForest, our_variants
from slonana_analysis.experiments.peers.work import (
    CHECKED,
    EQUAL,
    OTHER_MODEL,
    checked_output,
    from_python,
    peer_case,
)
from slonana_analysis.kernels.models.forests import ForestModel
from slonana_analysis.kernels.models.lightgbm_text import read_lightgbm
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

KERNEL = f"forest of {TREES} trees, depth {DEPTH}"

LIGHTGBM_NAME = "LightGBM, C interface"
LLEAVES_NAME = "lleaves, machine code called directly"
LLEAVES_TUNED_NAME = "lleaves tuned (small code model, blocks of 10 trees), called directly"
TL2CGEN_NAME = "tl2cgen, machine code called directly"
TREELITE_NAME = "treelite GTIL"
ONNX_NAME = "ONNX Runtime tree ensemble (float32)"
SKLEARN_NAME = "scikit-learn random forest"

# All variants walk through the same rows: enough that no branch predictor learns them by heart.
_ROWS = 4096


def forest_cases(batch: int, largest_slow_batch: int) -> Iterator[Case]:
    """Yield the cases of the forest at one batch size; none where LightGBM is missing.

    Parameters
    ----------
    batch : int
        Rows of a repetition; a power of two.
    largest_slow_batch : int
        Beyond it only the fastest peer is timed: what the others take for a row has settled by
        then, and a call would take them a tenth of a second.

    Yields
    ------
    Case
        Equal work, then another model. Ours is the baseline of each.
    """
    try:
        forest = grown_forest()
    except UnavailableError:
        return
    rows = market_rows(max(_ROWS, batch), seed=5)
    batches = aligned_copy(rows.astype(np.float64).reshape(-1, batch, FEATURES))
    fastest, slow = (_lleaves, _lleaves_tuned), (_tl2cgen, _lightgbm, _treelite, _onnx)
    with_slow = batch <= largest_slow_batch
    makers = (*fastest, *slow) if with_slow else fastest
    peers = those_available(partial(make, forest, batches) for make in makers)
    ours = our_variants(_our_forest(forest), batches)
    if peers:
        yield peer_case(KERNEL, batch, EQUAL, (*ours, *peers))
    if with_slow and (others := those_available([partial(_sklearn, batches)])):
        yield peer_case(KERNEL, batch, OTHER_MODEL, (*ours, *others))


def _lleaves(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    return _machine_code(LLEAVES_NAME, lleaves_rows, lleaves_address(forest, DEFAULT), batches)


def _lleaves_tuned(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    return _machine_code(LLEAVES_TUNED_NAME, lleaves_rows, lleaves_address(forest, TUNED), batches)


def _tl2cgen(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    return _machine_code(TL2CGEN_NAME, tl2cgen_rows, tl2cgen_address(forest), batches)


def _machine_code(
    name: str,
    kernel: Any,  # noqa: ANN401  # numba's dispatchers carry no types
    address: int,
    batches: NDArray[np.float64],
) -> Variant:
    out = aligned_empty(batches.shape[1], np.float64)

    def predict(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        kernel(out, rows, address)
        return out * SCALE

    loop = timed_loop(kernel, ("out", "rotate", "scalar"))
    return Variant(
        name, bind(loop, out, batches, address), lambda: checked_output(predict, batches)
    )


def _lightgbm(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    booster = _booster(forest)
    out = np.zeros(batches.shape[1])
    calls = [booster.predictor(rows, out) for rows in batches]

    def output() -> NDArray[np.float64]:
        given = []
        for call in calls[:CHECKED]:
            call()
            given.append(out * SCALE)
        return np.concatenate(given)

    turn = from_python(LIGHTGBM_NAME, lambda call: call(), calls)
    return Variant(turn.name, turn.batch, output)


def _treelite(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    model = _treelite_model(forest)
    predict = load("treelite").gtil.predict

    def scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = predict(model, rows, nthread=1)
        return sums.ravel() * SCALE

    timed = from_python(TREELITE_NAME, lambda rows: predict(model, rows, nthread=1), batches)
    return Variant(timed.name, timed.batch, lambda: checked_output(scaled, batches))


def _onnx(forest: GrownForest, batches: NDArray[np.float64]) -> Variant:
    run = _onnx_session(forest).run
    single = batches.astype(np.float32)

    def scaled(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = run([OUTPUT], {INPUT: rows})[0].astype(np.float64)
        return sums.ravel() * SCALE

    timed = from_python(ONNX_NAME, lambda rows: run([OUTPUT], {INPUT: rows})[0], single)
    return Variant(timed.name, timed.batch, lambda: checked_output(scaled, single))


def _sklearn(batches: NDArray[np.float64]) -> Variant:
    """Return a forest that scikit-learn grew for the same target: as many trees, as deep."""
    grown = _random_forest()
    single = batches.astype(np.float32)
    timed = from_python(SKLEARN_NAME, grown.predict, single)
    return Variant(timed.name, timed.batch, lambda: checked_output(grown.predict, single) * SCALE)


# A launch has a case for each batch size: what does not depend on that is made once.


@cache
def _model(forest: GrownForest) -> ForestModel:
    return read_lightgbm(forest.text)


@cache
def _our_forest(forest: GrownForest) -> OurForest:
    return OurForest.of(_model(forest))


@cache
def _booster(forest: GrownForest) -> Booster:
    return Booster(forest.text)


@cache
def _treelite_model(forest: GrownForest) -> Any:  # noqa: ANN401  # treelite carries no types
    require_peer(TREELITE)
    return load("treelite").frontend.load_lightgbm_model(forest.path)


@cache
def _onnx_session(forest: GrownForest) -> Any:  # noqa: ANN401  # onnxruntime carries no types
    return session(forest_model(_model(forest)))


@cache
def _random_forest() -> Any:  # noqa: ANN401  # scikit-learn carries no types
    require_peer(SCIKIT_LEARN)
    rows = market_rows(_ROWS, seed=1)
    grower = load("sklearn.ensemble").RandomForestRegressor(
        n_estimators=TREES, max_depth=DEPTH, max_samples=1024, n_jobs=1, random_state=0
    )
    return grower.fit(rows.astype(np.float32), market_target(rows, seed=2))
