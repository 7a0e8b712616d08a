"""Intervals of shares, and the test of a predicted probability against what came."""

import numpy as np
from scipy.stats import beta, norm

from models.arrays import Floats

Z95 = float(norm.ppf(0.975))  # deviations to either side of a 95 % interval


def wilson(bad: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share.

    Source: Wilson, Journal of the American Statistical Association 22 (1927).

    Examples
    --------
    No default in 10 rows, z = 1.96: from 0 to 3.8416 / 13.8416.

    >>> low, high = wilson(0, 10)
    >>> round(low, 6), round(high, 4)
    (0.0, 0.2775)
    """
    square = Z95 * Z95
    middle, spread = bad + square / 2, Z95 * (bad * (n - bad) / n + square / 4) ** 0.5
    return max(0.0, (middle - spread) / (n + square)), min(1.0, (middle + spread) / (n + square))


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


def exact_interval(events: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Clopper and Pearson's 95 % interval of a share, Biometrika 26 (1934).

    >>> [round(float(bound[0]), 4) for bound in exact_interval(np.array([0.0]), np.array([10.0]))]
    [0.0, 0.3085]
    """
    tail = (1 - 0.95) / 2
    low = np.where(events > 0, beta.ppf(tail, np.maximum(events, 1), rows - events + 1), 0.0)
    high = np.where(events < rows, beta.ppf(1 - tail, events + 1, np.maximum(rows - events, 1)), 1.0)
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
