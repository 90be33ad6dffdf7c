"""How fast the kernels are beside the libraries that researchers use for the same models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.peers.dense_cases import DENSE, MLP, dense_cases
from slonana_analysis.experiments.peers.forest_cases import forest_cases
from slonana_analysis.experiments.peers.reading import reading
from slonana_analysis.experiments.peers.table import peer_table
from slonana_analysis.experiments.peers.tree_cases import tree_cases
from slonana_analysis.experiments.peers.work import NAME
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.measure.subject import Case

__all__ = ["EXPERIMENT", "MODELS", "cases", "peer_table", "reading"]

FOREST, TREE = "forest", "tree"
MODELS = (FOREST, TREE, DENSE, MLP)

_LARGEST_BATCH: Mapping[str, int] = {FOREST: 16384, TREE: 8192, DENSE: 4096, MLP: 4096}


def _settings(forest_batches: Sequence[int], largest_slow_batch: int) -> dict[str, object]:
    return {
        "models": list(MODELS),
        "forest_batches": list(forest_batches),
        "largest_slow_batch": largest_slow_batch,
        "batches": [1, 1024],
    }


EXPERIMENT = Experiment(
    name=NAME,
    question="How fast are the kernels beside the libraries that run the same models?",
    claim="The guide compares the validator's kernels with no library.",
    entry="slonana_analysis.experiments.peers.peers:cases",
    presets={
        "smoke": Preset(2, 0.01, _settings([1, 1024], 64)),
        "quick": Preset(5, 0.03, _settings([1, 64, 1024, 16384], 1024)),
        "full": Preset(15, 0.4, _settings([1, 64, 1024, 16384], 16384)),
    },
)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases of each model at each batch size.

    Parameters
    ----------
    settings : mapping
        ``models`` (names among ``MODELS``), ``forest_batches`` and ``batches`` (powers of two: the
        rows of a repetition, for the forest and for the others), ``largest_slow_batch`` (beyond
        which the forest's slow peers are not timed).

    Yields
    ------
    Case
        Ours is the first variant; ``work`` among the parameters says how the peers' work compares.

    Raises
    ------
    UsageError
        If a model is unknown, or a batch is not a power of two or too large.
    """
    for model in settings["models"]:
        if model not in MODELS:
            raise UsageError(f"no model is called '{model}'; there are {', '.join(MODELS)}")
        for batch in settings["forest_batches" if model == FOREST else "batches"]:
            _check_batch(model, batch)
            yield from _cases_of(model, batch, settings)


def _check_batch(model: str, batch: int) -> None:
    largest = _LARGEST_BATCH[model]
    if not 1 <= batch <= largest or batch & (batch - 1):
        raise UsageError(
            f"a batch of {batch} rows does not suit '{model}'; choose a power of two up to"
            f" {largest}"
        )


def _cases_of(model: str, batch: int, settings: Mapping[str, Any]) -> Iterator[Case]:
    if model == FOREST:
        return forest_cases(batch, settings["largest_slow_batch"])
    if model == TREE:
        return tree_cases(batch)
    return dense_cases(model, batch)
