"""What can be carried from one run to another: a subject's time as a ratio to the frozen kernel's.

A time of one day and a time of another differ by what the machine was doing on either. The frozen
kernel ran in the same process, in the same rounds, so that most of this is in both and leaves the
ratio.
"""

import numpy as np
import pandas as pd

from slonana_analysis.model.reserved import REFERENCE

SUBJECT = ["experiment", "variant", "parameters"]
_CASE = ["experiment", "parameters", "launch", "round"]


def subjects_of(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects of samples, one row each, in order of first appearance."""
    return samples.loc[samples["variant"] != REFERENCE, SUBJECT].drop_duplicates()


def reference_effects(samples: pd.DataFrame) -> pd.DataFrame:
    """Return each launch's log ratio of every subject to the frozen kernel.

    Parameters
    ----------
    samples : DataFrame
        Columns of ``schema.SAMPLES``, of one run.

    Returns
    -------
    DataFrame
        Columns ``experiment``, ``variant``, ``parameters``, ``launch``, ``effect`` (the median
        over rounds of log(subject / frozen kernel)), ``value`` (the median over rounds of the
        subject's own value), ``unit``. Subjects whose case has no batch of the frozen kernel are
        left out; one row per subject and launch, in order of first appearance.
    """
    is_reference = samples["variant"] == REFERENCE
    frozen = samples.loc[is_reference, [*_CASE, "value"]]
    subjects = samples.loc[~is_reference, [*_CASE, "variant", "value", "unit"]]
    pairs = subjects.merge(frozen, on=_CASE, suffixes=("", "_frozen"))
    pairs["effect"] = np.log(pairs["value"]) - np.log(pairs["value_frozen"])
    launches = pairs.groupby([*SUBJECT, "launch"], sort=False, as_index=False)
    return launches.agg(
        effect=("effect", "median"), value=("value", "median"), unit=("unit", "first")
    )
