"""From a raw score to a probability by a map that always rises, so that the ranking stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from models.arrays import Floats, Places
from models.metrics import RIDGE, fit_logistic

SMALLEST_SLOPE = 0.05
FARTHEST_SHIFT = 10.0


@dataclass(frozen=True)
class Calibration:
    """Logistic map ``1 / (1 + exp(-(intercept + slope * raw + shift)))`` with a slope above zero.

    ``covariance`` is that of intercept and slope, row by row; None for a map kept by an early release. ``shift`` moves
    the log-odds to a long-run default rate.

    Examples
    --------
    >>> Calibration(intercept=0.0, slope=1.0).probability(np.array([0.0]))
    array([0.5])
    """

    intercept: float
    slope: float
    shift: float = 0.0
    covariance: Sequence[Sequence[float]] | None = None

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"the slope of a calibration must be above zero, got {self.slope}")

    def log_odds(self, raw: Floats) -> Floats:
        """Calibrated log-odds of default, one a raw score."""
        return self.intercept + self.slope * raw + self.shift

    def probability(self, raw: Floats) -> Floats:
        """Calibrated probability of default, one a raw score."""
        probability: Floats = 1.0 / (1.0 + np.exp(-self.log_odds(raw)))
        return probability

    def interval(self, raw: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
        """Ends of the interval of the probability at each raw score; NaN where the map kept no covariance.

        The interval is that of the map: how sure the held-out rows make us of the probability at a given score.

        Examples
        --------
        A deviation of 0.5 in the intercept alone, hence 1.96 x 0.5 either way in log-odds:

        >>> low, high = Calibration(0.0, 1.0, covariance=((0.25, 0.0), (0.0, 0.0))).interval(np.array([0.0]))
        >>> low.round(3), high.round(3)  # 1 / (1 + exp(0.98)), 1 / (1 + exp(-0.98))
        (array([0.273]), array([0.727]))
        """
        if self.covariance is None:
            return np.full(len(raw), np.nan), np.full(len(raw), np.nan)
        (a, b), (_, c) = self.covariance
        half = norm.ppf(0.5 + level / 2) * np.sqrt(np.maximum(a + 2 * b * raw + c * raw * raw, 0.0))
        middle = self.log_odds(raw)
        return expit(middle - half), expit(middle + half)

    def shifted_to(self, raw: Floats, rate: float) -> "Calibration":
        """The map whose mean probability over these scores is ``rate``: one step in log-odds, the ranking kept.

        Examples
        --------
        >>> moved = Calibration(0.0, 1.0).shifted_to(np.array([0.0]), 0.2)
        >>> round(moved.shift, 6)  # ln(0.2 / 0.8)
        -1.386294
        """
        if not 0 < rate < 1:
            raise ValueError(f"a long-run default rate lies between 0 and 1, got {rate}")
        plain = replace(self, shift=0.0).log_odds(raw)
        step = brentq(lambda shift: float(expit(plain + shift).mean()) - rate, -FARTHEST_SHIFT, FARTHEST_SHIFT)
        return replace(self, shift=float(step))


def fit_calibration(raw: Floats, default: Floats, group: Places | None = None) -> Calibration:
    """Learn the map from out-of-fold raw scores.

    Targets are Platt's (1999) smoothed shares, so that a handful of defaults cannot make the map a step. A
    score without any rising relation keeps ``SMALLEST_SLOPE``: its probabilities stay near the base rate.

    Parameters
    ----------
    raw : out-of-fold raw scores, shape (n,).
    default : 0 or 1, shape (n,).
    group : the firm of each row; rows of one firm, and one row scored several times, count as one witness.
    """
    bad = float(default.sum())
    good = len(default) - bad
    target = np.where(default == 1, (bad + 1) / (bad + 2), 1 / (good + 2))
    intercept, slope = fit_logistic(raw, target)
    if slope < SMALLEST_SLOPE:
        flat, _ = fit_logistic(np.zeros_like(raw), target)
        intercept, slope = flat - SMALLEST_SLOPE * float(raw.mean()), SMALLEST_SLOPE
    groups = np.arange(len(raw)) if group is None else group
    return Calibration(intercept, slope, covariance=_covariance(raw, target, (intercept, slope), groups))


def _covariance(
    raw: Floats, target: Floats, beta: tuple[float, float], group: Places
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Covariance of the two parameters, robust to rows of one firm going together.

    Source: Liang and Zeger, Biometrika 73 (1986): the information on both sides of the firms' summed scores.
    """
    design = np.column_stack([np.ones_like(raw), raw])
    fitted = expit(design @ np.array(beta))
    bread = np.linalg.inv(design.T @ (design * (fitted * (1 - fitted))[:, None]) + RIDGE * np.eye(2))
    _, place = np.unique(group, return_inverse=True)
    summed = np.column_stack([np.bincount(place, weights=column * (target - fitted)) for column in design.T])
    firms = len(summed)
    found = bread @ (summed.T @ summed * firms / max(firms - 1, 1)) @ bread
    return (float(found[0, 0]), float(found[0, 1])), (float(found[0, 1]), float(found[1, 1]))
