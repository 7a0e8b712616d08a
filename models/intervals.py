"""Intervals of a share from few rows, and the test of a predicted probability against what came."""

from scipy.stats import beta, norm


def wilson(bad: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share.

    Source: Wilson, Journal of the American Statistical Association 22 (1927).

    Examples
    --------
    No default in 10 rows, z = 1.96: from 0 to 3.8416 / 13.8416.

    >>> low, high = wilson(0, 10)
    >>> round(low, 6), round(high, 4)
    (0.0, 0.2775)
    """
    z = float(norm.ppf(0.5 + level / 2))
    middle, spread = bad + z * z / 2, z * (bad * (n - bad) / n + z * z / 4) ** 0.5
    return max(0.0, (middle - spread) / (n + z * z)), min(1.0, (middle + spread) / (n + z * z))


def jeffreys(bad: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Jeffreys' interval of a share: quantiles of Beta(bad + 1/2, n - bad + 1/2), open at a share of 0 or 1.

    Source: Brown, Cai and DasGupta, Statistical Science 16 (2001).

    Examples
    --------
    >>> low, high = jeffreys(0, 10)
    >>> low, round(high, 4)
    (0.0, 0.2172)
    """
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, bad + 0.5, n - bad + 0.5)) if bad else 0.0
    high = float(beta.ppf(1 - tail, bad + 0.5, n - bad + 0.5)) if bad < n else 1.0
    return low, high


def jeffreys_p_value(bad: int, n: int, predicted: float) -> float:
    """Probability that the true share is at most the predicted one: small when the prediction is too low.

    Source: European Central Bank, Instructions for reporting the validation results of internal models (2019), 2.5.3.

    Examples
    --------
    One of two defaulted; by symmetry half of Beta(1.5, 1.5) lies below one half:

    >>> round(jeffreys_p_value(1, 2, 0.5), 9)
    0.5
    """
    return float(beta.cdf(predicted, bad + 0.5, n - bad + 0.5))
