"""Are the probabilities right? As a whole, by the slope, and grade by grade with Jeffreys' test."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.arrays import Floats
from models.intervals import jeffreys, jeffreys_p_value
from models.metrics import calibration_bins, calibration_slope_interval


def calibration(y: Floats, p: Floats, level: float) -> dict[str, Any]:
    """Mean probability against the observed share with its interval at ``level``, the slope with its 95 %, and bins."""
    bad, n, predicted = int(y.sum()), len(y), float(p.mean())
    low, high = jeffreys(bad, n, level)
    slope = dict(zip(("slope", "slope_low", "slope_high"), calibration_slope_interval(y, p), strict=True))
    whole = {"n": n, "bad": bad, "predicted": predicted, "observed": bad / n, "low": low, "high": high}
    whole |= {"holds": low <= predicted <= high, "p_value": jeffreys_p_value(bad, n, predicted)}
    bins = [vars(b) | _ends(b.observed, b.n) for b in calibration_bins(y, p)]
    return whole | slope | {"bins": bins}


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
    rows = []
    for k in used:
        own, chances = y[place == k], p[place == k]
        bad, n, predicted = int(own.sum()), len(own), float(chances.mean())
        low, high = jeffreys(bad, n, whole)
        line = {"grade": names[k], "n": n, "bad": bad, "predicted": predicted, "observed": bad / n}
        line |= {"low": low, "high": high, "holds": low <= predicted <= high}
        rows.append(line | {"p_value": jeffreys_p_value(bad, n, predicted)})
    return rows


def _ends(share: float, n: int) -> dict[str, float]:
    low, high = jeffreys(round(share * n), n)
    return {"low": low, "high": high}
