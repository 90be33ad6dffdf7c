"""False-discovery control: how many of many small p-values chance alone would give.

References
----------
Benjamini, Y. and Hochberg, Y. (1995), Controlling the false discovery rate, J. R. Statist. Soc. B
57. Valid for independent and for positively dependent comparisons (Benjamini and Yekutieli, 2001),
such as those that share a baseline.
"""

import numpy as np
from numpy.typing import NDArray


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return adjusted p-values: calling those up to q keeps the false-discovery rate below q.

    Parameters
    ----------
    p_values : ndarray of float64, shape (n,)
        NaN where nothing was tested; such entries do not count among the comparisons.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where the input is.

    Raises
    ------
    ValueError
        If a p-value is outside 0 to 1.
    """
    adjusted = np.full(p_values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    values = p_values[tested]
    if np.any((values < 0) | (values > 1)):
        raise ValueError("a p-value lies between 0 and 1")
    order = np.argsort(values)
    scaled = values[order] * values.size / np.arange(1, values.size + 1)
    # The adjusted value may not fall as the p-value rises: from the largest down, keep the least.
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted[tested[order]] = np.minimum(monotone, 1.0)
    return adjusted
