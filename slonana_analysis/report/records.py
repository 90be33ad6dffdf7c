"""Rows of the verdict and roof tables as typed records, a verdict also as a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import pandas as pd

from slonana_analysis.errors import SchemaError
from slonana_analysis.model import schema
from slonana_analysis.model.verdict import VerdictWord
from slonana_analysis.report.words import (
    count_text,
    effect_text,
    interval_text,
    parameter_text,
    ratio_text,
)

VERDICT_WORDS: tuple[VerdictWord, ...] = get_args(VerdictWord)
"""In the order in which they are counted: what changed first."""

_CHANGES = ("regressed", "improved")


@dataclass(frozen=True)
class VerdictRow:
    """One row of ``schema.VERDICTS``; attributes are its columns."""

    run: str
    experiment: str
    variant: str
    parameters: str
    name: str
    baseline: str
    verdict: VerdictWord
    estimate: float
    low: float
    high: float
    launches: int
    floor: float
    mde: float
    value: float
    value_low: float
    value_high: float
    baseline_value: float
    unit: str
    reason: str
    p_value: float
    comparisons: int

    @property
    def subject(self) -> str:
        """Variant and parameters, for example ``"4-fold (dtype float64, level L1)"``."""
        listed = parameter_text(self.parameters)
        return f"{self.variant} ({listed})" if listed else self.variant

    @property
    def effect_words(self) -> str:
        """The effect alone, for example ``"+5.0 %"``."""
        return effect_text(self.estimate)

    @property
    def effect_details(self) -> str:
        """What stands behind the effect: its interval, the ratio when large, the launches."""
        span = interval_text(self.low, self.high)
        launches = count_text(self.launches, "launch", "launches")
        tail = ", ".join(filter(None, [ratio_text(self.estimate), launches]))
        return f" ({span}), {tail}" if span else f", {tail}"

    @property
    def outcome(self) -> str:
        """The verdict with its figures: ``"same, +0.2 % (+0.1 … +0.3 %), 7 launches"``."""
        if self.verdict == "not measured":
            return f"not measured: {self.reason or 'no reason was recorded'}"
        return f"{self.verdict}, {self.effect_words}{self.effect_details}"


@dataclass(frozen=True)
class RoofRow:
    """One row of ``schema.ROOFS``; attributes are its columns."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    working_set: int
    rounds: int


def verdict_rows(verdicts: pd.DataFrame) -> list[VerdictRow]:
    """Return the rows of a verdict table in their order.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``.

    Returns
    -------
    list of VerdictRow
        Plain Python values.

    Raises
    ------
    SchemaError
        If a column is missing, or a verdict is none of the five words.
    """
    records = schema.VERDICTS.conform(verdicts).to_dict(orient="records")
    strange = sorted({str(record["verdict"]) for record in records} - set(VERDICT_WORDS))
    if strange:
        raise SchemaError(
            f"table 'verdicts' holds the verdicts {strange}; a verdict is one of "
            f"{', '.join(VERDICT_WORDS)}"
        )
    return [VerdictRow(**cast("dict[str, object]", record)) for record in records]  # type: ignore[arg-type]


def roof_rows(roofs: pd.DataFrame) -> list[RoofRow]:
    """Return the rows of a roof table (columns of ``schema.ROOFS``) in their order.

    Raises
    ------
    SchemaError
        If a column is missing or holds a value of the wrong type.
    """
    records = schema.ROOFS.conform(roofs).to_dict(orient="records")
    return [RoofRow(**cast("dict[str, object]", record)) for record in records]  # type: ignore[arg-type]


def changes(rows: Sequence[VerdictRow]) -> list[VerdictRow]:
    """Return the rows that changed: regressions by size, then improvements by size."""
    changed = [row for row in rows if row.verdict in _CHANGES]
    return sorted(changed, key=lambda row: (_CHANGES.index(row.verdict), -abs(row.estimate)))
