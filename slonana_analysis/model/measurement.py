"""What one experiment leaves behind: every timed batch, and every check made on the timing."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Measurement:
    """Samples of one experiment and the checks that say whether they may be believed.

    Attributes
    ----------
    samples : DataFrame
        Columns of ``schema.SAMPLES``; one row per timed batch, none averaged away.
    checks : DataFrame
        Columns of ``schema.CHECKS``; one row per launch, variant and check.
    """

    samples: pd.DataFrame
    checks: pd.DataFrame
