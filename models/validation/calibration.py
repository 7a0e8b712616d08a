"""Are the probabilities right? As a whole, by the slope, and grade by grade with Jeffreys' test."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.arrays import Floats
from models.intervals import jeffreys, jeffreys_p_value
from models.metrics import calibration_bins, calibration_slope_interval


def calibration(y: Floats, p: Floats, level: float) -> dict[str, Any]:
    """Mean probability against the observed share with its interval at ``level``, the slope with its 95 %, and bins."""
    slope = dict(zip(("slope", "slope_low", "slope_high"), calibration_slope_interval(y, p), strict=True))
    bins = [vars(b) | _ends(b.observed, b.n) for b in calibration_bins(y, p)]
    return _level(y, p, level) | slope | {"bins": bins}


def grade_rows(
    y: Floats, p: Floats, bounds: Sequence[float], names: Sequence[str], level: float
) -> list[dict[str, Any]]:
    """Jeffreys' interval and test of each grade in use; the level is Bonferroni's, so that all hold together.

    Parameters
    ----------
    bounds : upper end of each grade's probability, ascending; ``names`` beside them.

    Examples
    --------
    >>> rows = grade_rows(np.array([0.0, 0.0, 1.0]), np.array([0.01, 0.01, 0.4]), [0.1, 1.0], ["A", "B"], 0.95)
    >>> [(row["grade"], row["n"], row["observed"], row["holds"]) for row in rows]
    [('A', 2, 0.0, True), ('B', 1, 1.0, True)]
    """
    place = np.searchsorted(np.asarray(bounds), p, side="left")
    used = np.unique(place).tolist()
    whole = 1 - (1 - level) / max(len(used), 1)
    return [{"grade": names[k], **_level(y[place == k], p[place == k], whole)} for k in used]


def _level(y: Floats, p: Floats, level: float) -> dict[str, Any]:
    """Mean probability beside the observed share with Jeffreys' interval, and his test."""
    bad, n, predicted = int(y.sum()), len(y), float(p.mean())
    low, high = jeffreys(bad, n, level)
    line = {"n": n, "bad": bad, "predicted": predicted, "observed": bad / n, "low": low, "high": high}
    return line | {"holds": low <= predicted <= high, "p_value": jeffreys_p_value(bad, n, predicted)}


def _ends(share: float, n: int) -> dict[str, float]:
    low, high = jeffreys(round(share * n), n)
    return {"low": low, "high": high}
