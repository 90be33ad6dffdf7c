"""Many comparisons in one report: some would look like changes by chance alone.

Every verdict is first reached on its own. Then those that call a change are held against all
comparisons made together: a change stands only if the share of false ones among all that stand is
kept below the level.
"""

import numpy as np
import pandas as pd

from slonana_analysis.stats.false_discovery import benjamini_hochberg
from slonana_analysis.stats.paired import LEVEL

CHANGES = ("improved", "regressed")


def control_false_discoveries(verdicts: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Return the verdicts with changes taken back that chance would give among so many.

    Parameters
    ----------
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``, all comparisons that are judged together; ``comparisons``
        may hold anything.
    level : float
        Share of false changes among those called.

    Returns
    -------
    DataFrame
        The same rows. ``comparisons`` counts those that were measured; what was taken back is
        ``inconclusive`` and says why.
    """
    tested = verdicts["p_value"].notna()
    count = int(tested.sum())
    adjusted = benjamini_hochberg(verdicts["p_value"].to_numpy(np.float64))
    chance = verdicts["verdict"].isin(CHANGES) & (adjusted > level)
    controlled = verdicts.assign(comparisons=np.where(tested, count, 0).astype(np.int32))
    controlled.loc[chance, "verdict"] = "inconclusive"
    controlled.loc[chance, "reason"] = (
        f"alone it would be called a change, but among {count} comparisons made together one as "
        "clear as this is likely by chance; more launches decide"
    )
    return controlled
