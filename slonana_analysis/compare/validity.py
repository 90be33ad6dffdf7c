"""Whether a variant's timing may be believed, from the checks that its launches left."""

import pandas as pd

from slonana_analysis.compare.reference_ratio import SUBJECT

# What a failed check says about the timing; shown to the reader, so in whole clauses.
_FAILED_CHECKS = {
    "output": "it does not compute what the baseline computes",
    "linear": "its time does not grow with the work, so the compiler removed or hoisted some of it",
    "floor": "it costs no more than the empty loop around it, so nothing was left to time",
    "roof": "it would be faster than this machine's roof allows",
}


def doubt(checks: pd.DataFrame) -> str:
    """Return why a variant's timing may not be believed; empty when it may.

    Parameters
    ----------
    checks : DataFrame
        Rows of ``schema.CHECKS`` of one variant, of all launches.

    Returns
    -------
    str
        A clause about the variant.
    """
    for name, clause in _FAILED_CHECKS.items():
        passed = checks.loc[checks["check"] == name, "passed"]
        # A wrong result is wrong once and for all; the timing checks stumble over a noisy
        # neighbour now and then, so they need most launches to agree.
        if len(passed) and (not passed.all() if name == "output" else passed.mean() < 0.5):
            return clause
    return ""


def doubts(checks: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Return the variants whose timing may not be believed.

    Parameters
    ----------
    checks : DataFrame
        Columns of ``schema.CHECKS``.

    Returns
    -------
    dict of (experiment, variant, parameters) to str
        Why not.
    """
    failed = checks.loc[~checks["passed"], SUBJECT].drop_duplicates()
    suspects = checks.merge(failed, on=SUBJECT)
    found = {key: doubt(rows) for key, rows in suspects.groupby(SUBJECT, sort=False)}
    return {key: clause for key, clause in found.items() if clause}  # type: ignore[misc]  # three columns give triples
