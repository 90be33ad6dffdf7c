"""The level of every subject in one run: what a history is made of."""

import math
from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import pandas as pd

from slonana_analysis.compare.reference_ratio import SUBJECT, reference_effects
from slonana_analysis.compare.validity import doubts
from slonana_analysis.compare.verdicts import comparison_name
from slonana_analysis.model import schema
from slonana_analysis.model.reserved import SELF_TEST_EXPERIMENT
from slonana_analysis.model.run import RunManifest
from slonana_analysis.model.table import Table
from slonana_analysis.stats.paired import trimmed_mean_interval

REFERENCE_BASIS = "reference kernel"
BASELINE_BASIS = "baseline"


def derived_tables(
    manifest: RunManifest, gathered: Mapping[Table, pd.DataFrame]
) -> dict[Table, pd.DataFrame]:
    """Return the tables of a run that follow from those its notebooks have saved.

    Parameters
    ----------
    manifest : RunManifest
        Of the run.
    gathered : mapping of Table to DataFrame
        At least samples, checks and verdicts.

    Returns
    -------
    dict of Table to DataFrame
        ``schema.TRENDS``. It is kept with the run, so that a history of many runs need not read
        every sample of them.
    """
    trends = run_trends(
        manifest, gathered[schema.SAMPLES], gathered[schema.CHECKS], gathered[schema.VERDICTS]
    )
    return {schema.TRENDS: trends}


def run_trends(
    manifest: RunManifest, samples: pd.DataFrame, checks: pd.DataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Return the level of every subject of a run.

    Parameters
    ----------
    manifest : RunManifest
        Of the run.
    samples, checks, verdicts : DataFrame
        Columns of ``schema.SAMPLES``, ``schema.CHECKS`` and ``schema.VERDICTS``.

    Returns
    -------
    DataFrame
        Columns of ``schema.TRENDS``: log ratios to the frozen kernel where it ran, to the case's
        baseline elsewhere. What a check casts doubt on, and the self-test, have no level.
    """
    rows = list(_to_reference(samples, doubts(checks)))
    known = {(row["experiment"], row["variant"], row["parameters"]) for row in rows}
    rows += [row for row in _to_baseline(verdicts) if _subject(row) not in known]
    if not rows:
        return schema.TRENDS.empty()
    machine = str(manifest.host.get("machine", ""))
    frame = pd.DataFrame(rows).assign(run=manifest.run, start=manifest.start, machine=machine)
    return schema.TRENDS.conform(frame)


def _subject(row: Mapping[str, object]) -> tuple[object, object, object]:
    return row["experiment"], row["variant"], row["parameters"]


def _to_reference(
    samples: pd.DataFrame, doubted: Mapping[tuple[str, str, str], str]
) -> Iterator[dict[str, object]]:
    measured = samples[samples["experiment"] != SELF_TEST_EXPERIMENT]
    for key, launches in reference_effects(measured).groupby(SUBJECT, sort=False):
        experiment, variant, parameters = _texts(key)
        if (experiment, variant, parameters) in doubted:
            continue
        effects = launches["effect"].to_numpy(np.float64)
        value, low, high = _centre(effects)
        yield {
            "experiment": experiment,
            "variant": variant,
            "parameters": parameters,
            "name": comparison_name(experiment, variant, parameters),
            "basis": REFERENCE_BASIS,
            "value": value,
            "low": low,
            "high": high,
            "launches": effects.size,
        }


def _texts(key: Hashable) -> tuple[str, str, str]:
    experiment, variant, parameters = key if isinstance(key, tuple) else (key, "", "")
    return str(experiment), str(variant), str(parameters)


def _centre(effects: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float, float]:
    if effects.size < 2:
        return float(effects[0]), math.nan, math.nan
    interval = trimmed_mean_interval(effects)
    return interval.estimate, interval.low, interval.high


def _to_baseline(verdicts: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Levels of a run without the frozen kernel: a machine that cannot run it, or an older run."""
    columns = ["experiment", "variant", "parameters", "name", "launches"]
    measured = verdicts[verdicts["estimate"].notna()]
    for row in measured[[*columns, "estimate", "low", "high"]].to_dict(orient="records"):
        levels = {"value": row.pop("estimate"), "low": row.pop("low"), "high": row.pop("high")}
        yield {str(name): value for name, value in row.items()} | {
            "basis": BASELINE_BASIS,
            **{name: math.log1p(float(level)) for name, level in levels.items()},
        }
