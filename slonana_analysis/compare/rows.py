"""A verdict as part of a row of ``schema.VERDICTS``."""

import math

from slonana_analysis.model.verdict import Verdict


def verdict_fields(verdict: Verdict) -> dict[str, object]:
    """Return the columns that a verdict fills; how many were judged together is not known yet."""
    return {
        "verdict": verdict.word,
        "estimate": verdict.estimate,
        "low": verdict.low,
        "high": verdict.high,
        "launches": verdict.launches,
        "floor": verdict.floor,
        "mde": verdict.mde,
        "reason": verdict.reason,
        "p_value": verdict.p_value,
        "comparisons": 0,
    }


def not_measured(reason: str, floor: float) -> Verdict:
    """Return the verdict on what was not measured, with the reason."""
    nan = math.nan
    return Verdict("not measured", nan, nan, nan, 0, floor, nan, reason)
