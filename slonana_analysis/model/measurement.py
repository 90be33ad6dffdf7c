"""What one experiment leaves behind: every timed batch, every check, and every launch."""

from dataclasses import dataclass, field

import pandas as pd

from slonana_analysis.model.schema import LAUNCHES


@dataclass(frozen=True)
class Measurement:
    """Samples of one experiment and what says whether they may be believed.

    Attributes
    ----------
    samples : DataFrame
        Columns of ``schema.SAMPLES``; one row per timed batch, none averaged away. The frozen
        kernel's batches stand among them under the name ``reserved.REFERENCE``.
    checks : DataFrame
        Columns of ``schema.CHECKS``; one row per launch, variant and check. The frozen kernel is
        nobody's variant and has none.
    launches : DataFrame
        Columns of ``schema.LAUNCHES``; one row per launch and case.
    """

    samples: pd.DataFrame
    checks: pd.DataFrame
    launches: pd.DataFrame = field(default_factory=LAUNCHES.empty)
