"""How well a rate is known from successes counted in independent trials.

References
----------
Clopper, C. J. and Pearson, E. S. (1934), The use of confidence or fiducial limits illustrated in
the case of the binomial, Biometrika 26.
"""

from scipy import special

from slonana_analysis.stats.paired import LEVEL


def clopper_pearson(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact two-sided interval of a rate.

    Parameters
    ----------
    successes, trials : int
        ``0 <= successes <= trials``.
    level : float
        Two-sided error level; 0.01 gives a 99 % interval.

    Returns
    -------
    low, high : float, float
        Between 0 and 1; (0, 1) when there was no trial.

    Raises
    ------
    ValueError
        If the counts contradict each other.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials cannot be")
    failures = trials - successes
    # The quantile of the beta distribution, without the cold import of scipy.stats.
    low = special.betaincinv(successes, failures + 1, level / 2) if successes else 0.0
    high = special.betaincinv(successes + 1, failures, 1 - level / 2) if failures else 1.0
    return float(low), float(high)
