"""Two independent sets of launches: the difference of their trimmed means.

For what shares no process: two stored runs, or another tool's results. It takes the spread of each
side into account, but not what differs between the two occasions as a whole.

References
----------
Yuen, K. K. (1974), The two-sample trimmed t for unequal population variances, Biometrika 61.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.stats.paired import LEVEL, TRIM, Interval, student_quantile


class _Side(NamedTuple):
    mean: float
    variance: float
    kept: int


def trimmed_difference_interval(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    level: float = LEVEL,
    trim: float = TRIM,
    smallest_error: float = 0.0,
) -> Interval:
    """Return the trimmed mean of ``second`` less that of ``first``, with its Yuen-Welch interval.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n_first,) and (n_second,), any one unit
        One value per launch; at least two a side.
    level : float
        Two-sided error level; 0.01 gives a 99 % interval.
    trim : float
        Share cut from each end of each side before averaging.
    smallest_error : float
        Standard error below which none is believed.

    Returns
    -------
    Interval
        In the unit of the values; ``degrees`` by Welch and Satterthwaite, rounded down.

    Raises
    ------
    ValueError
        If a side has fewer than two values.
    """
    a, b = _side(first, trim), _side(second, trim)
    variance = a.variance + b.variance
    spread = a.variance**2 / (a.kept - 1) + b.variance**2 / (b.kept - 1)
    fewest = min(a.kept, b.kept) - 1
    # Equal values on both sides: nothing to pool, so the smaller side alone speaks.
    degrees = max(math.floor(variance**2 / spread), fewest) if spread > 0 else fewest
    error = max(math.sqrt(variance), smallest_error)
    reach = student_quantile(1 - level / 2, degrees) * error
    mean = b.mean - a.mean
    return Interval(mean, mean - reach, mean + reach, error, degrees)


def _side(values: NDArray[np.float64], trim: float) -> _Side:
    count = values.size
    if count < 2:
        raise ValueError("an interval across launches needs at least two launches a side")
    cut = int(trim * count)
    kept = count - 2 * cut
    ordered = np.sort(values)
    winsorised = np.clip(ordered, ordered[cut], ordered[count - cut - 1])
    squares = float(winsorised.var(ddof=1)) * (count - 1)
    return _Side(float(ordered[cut : count - cut].mean()), squares / (kept * (kept - 1)), kept)
