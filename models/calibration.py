"""From a raw score to a probability by a map that always rises, so that the ranking stays."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.metrics import fit_logistic

Floats = NDArray[np.float64]
SMALLEST_SLOPE = 0.05


@dataclass(frozen=True)
class Calibration:
    """Logistic map ``1 / (1 + exp(-(intercept + slope * raw)))`` with a slope above zero.

    Examples
    --------
    >>> Calibration(intercept=0.0, slope=1.0).probability(np.array([0.0]))
    array([0.5])
    """

    intercept: float
    slope: float

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"the slope of a calibration must be above zero, got {self.slope}")

    def log_odds(self, raw: Floats) -> Floats:
        """Calibrated log-odds of default, one a raw score."""
        return self.intercept + self.slope * raw

    def probability(self, raw: Floats) -> Floats:
        """Calibrated probability of default, one a raw score."""
        probability: Floats = 1.0 / (1.0 + np.exp(-self.log_odds(raw)))
        return probability

    def to_json(self) -> dict[str, float]:
        """The numbers that an artefact keeps."""
        return asdict(self)


def fit_calibration(raw: Floats, default: Floats) -> Calibration:
    """Learn the map from out-of-fold raw scores.

    Targets are Platt's (1999) smoothed shares, so that a handful of defaults cannot make the map a step. A
    score without any rising relation keeps ``SMALLEST_SLOPE``: its probabilities stay near the base rate.

    Parameters
    ----------
    raw : out-of-fold raw scores, shape (n,).
    default : 0 or 1, shape (n,).
    """
    bad = float(default.sum())
    good = len(default) - bad
    target = np.where(default == 1, (bad + 1) / (bad + 2), 1 / (good + 2))
    intercept, slope = fit_logistic(raw, target)
    if slope >= SMALLEST_SLOPE:
        return Calibration(intercept, slope)
    intercept, _ = fit_logistic(np.zeros_like(raw), target)
    return Calibration(intercept - SMALLEST_SLOPE * float(raw.mean()), SMALLEST_SLOPE)
