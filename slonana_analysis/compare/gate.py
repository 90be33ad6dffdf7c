"""A gate for CI and schedules: which verdicts may not pass, and that there were any at all."""

from collections.abc import Sequence
from typing import get_args

import pandas as pd

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.verdict import VerdictWord

GATED_WORDS: tuple[str, ...] = get_args(VerdictWord)


def gate_words(text: str) -> tuple[str, ...]:
    """Return the verdicts that ``--fail-on`` names, for example ``"regressed,not measured"``.

    Raises
    ------
    UsageError
        If one of them is no verdict.
    """
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    unknown = [word for word in words if word not in GATED_WORDS]
    if unknown or not words:
        raise UsageError(
            f"--fail-on takes verdicts, separated by commas ({', '.join(GATED_WORDS)}), "
            f"not '{text}'"
        )
    return words


def failing(verdicts: pd.DataFrame, words: Sequence[str], why_not: str = "") -> pd.DataFrame:
    """Return the rows that a gate on these words stops at.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``.
    words : sequence of str
        From ``gate_words``.
    why_not : str
        Why no gate may rest on these verdicts at all; empty when one may.

    Returns
    -------
    DataFrame
        Empty when the gate lets everything pass.

    Raises
    ------
    UnavailableError
        If nothing was measured, or no gate may rest on it: a gate that passes because it saw
        nothing guards nothing.
    """
    if why_not:
        raise UnavailableError(f"the gate cannot pass: {why_not}")
    found = verdicts[verdicts["verdict"].isin(list(words))]
    if found.empty and not (verdicts["verdict"] != "not measured").any():
        count = len(verdicts)
        what = f"none of {count} comparisons was measured" if count else "there was no comparison"
        raise UnavailableError(f"the gate cannot pass: {what}; see the report for what is missing")
    return found
