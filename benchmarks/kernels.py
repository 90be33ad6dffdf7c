"""The inference kernels against C, plain and by hand, and against other people's libraries."""

import json
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

from slonana_analysis.experiments.inference.opponents import NUMBA_NAME
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.experiments.peers.table import is_ours, is_ours_in_full
from slonana_analysis.experiments.peers.work import EQUAL, FROM_PYTHON
from slonana_analysis.experiments.running import measure_experiment
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.stats.paired import trimmed_mean_interval


def compare_kernels(machine: Machine, preset: str) -> Iterator[dict[str, object]]:
    """Yield an entry for every kernel, kind of calls and opponent."""
    print("inference kernels …", file=sys.stderr, flush=True)
    samples = measure_experiment("ml_inference", machine, preset).samples
    for parameters, case in samples.groupby("parameters", sort=False):
        named = json.loads(str(parameters))
        name = f"{named['kernel']}, {named['calls']} calls"
        others = [other for other in case["variant"].unique() if other != REFERENCE]
        yield from ratios(case, name, NUMBA_NAME, dict.fromkeys(others, True))


def ratios(
    case: pd.DataFrame, name: str, ours: str, others: dict[str, bool]
) -> Iterator[dict[str, object]]:
    """Yield an entry for each of ``others``, which maps variants to whether they do equal work.

    ``case`` holds the samples of one case. Each launch gives one ratio, of medians.
    """
    medians = case.pivot_table(index="launch", columns="variant", values="value", aggfunc="median")
    for other, equal_work in others.items():
        if other == ours or other not in medians or ours not in medians:
            continue
        logs = np.log((medians[other] / medians[ours]).dropna().to_numpy(np.float64))
        if not logs.size:
            continue
        interval = trimmed_mean_interval(logs)
        yield {
            "name": name,
            "other": other,
            "ratio": float(np.exp(interval.estimate)),
            "low": float(np.exp(interval.low)),
            "high": float(np.exp(interval.high)),
            "ours": float(medians[ours].median()),
            "theirs": float(medians[other].median()),
            "unit": str(case["unit"].iloc[0]),
            "equal_work": equal_work,
        }


def compare_peers(machine: Machine, preset: str) -> Iterator[dict[str, object]]:
    """Yield an entry for every kernel of ours and every library called from the same side."""
    print("other people's libraries …", file=sys.stderr, flush=True)
    samples = measure_experiment("peers", machine, preset).samples
    for parameters, case in samples.groupby("parameters", sort=False):
        named = json.loads(str(parameters))
        variants = [name for name in case["variant"].unique() if name != REFERENCE]
        for ours in filter(is_ours, variants):
            # What takes rows that are int32 already is spared the conversion that peers make.
            equal = named["work"] == EQUAL and is_ours_in_full(ours)
            others = [name for name in variants if not is_ours(name) and _side(name) == _side(ours)]
            name = f"{named['kernel']}, batches of {named['batch']}: {ours} ({named['work']})"
            yield from ratios(case, name, ours, dict.fromkeys(others, equal))


def _side(variant: str) -> bool:
    return variant.endswith(FROM_PYTHON)
