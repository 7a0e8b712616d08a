"""Does the score rank? Figures with DeLong's intervals, curves, and whether ranking falls off over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from models.arrays import Flags, Floats, evenly
from models.metrics import auc_deviation, auc_interval, brier, ks

POINTS = 100
FEWEST = 5  # of an outcome in a cohort, below which its AUC is not told


def discrimination(y: Floats, p: Floats) -> dict[str, float]:
    """n, bad, AUC with its 95 % interval, Gini (accuracy ratio), KS and Brier score."""
    area, low, high = auc_interval(y, p)
    figures = {"n": float(len(y)), "bad": float(y.sum()), "auc": area, "low": low, "high": high}
    return figures | {"gini": 2 * area - 1, "ks": ks(y, p), "brier": brier(y, p)}


def curves(y: Floats, p: Floats) -> list[dict[str, float]]:
    """Points of the ROC and CAP curves: among the riskiest ``share`` of rows the shares of ``bad`` and ``good`` found.

    Examples
    --------
    >>> points = curves(np.array([1.0, 0.0]), np.array([0.9, 0.1]))
    >>> points[0], points[-1]
    ({'share': 0.0, 'bad': 0.0, 'good': 0.0}, {'share': 1.0, 'bad': 1.0, 'good': 1.0})
    """
    order = np.argsort(-p, kind="stable")
    found_bad = np.concatenate([[0.0], np.cumsum(y[order])]) / max(y.sum(), 1)
    found_good = np.concatenate([[0.0], np.cumsum(1 - y[order])]) / max((1 - y).sum(), 1)
    # rows of one score come together: a curve may turn only where the score changes
    turns = np.flatnonzero(np.append(np.insert(np.diff(p[order]) != 0, 0, True), True))
    kept = turns[evenly(len(turns), POINTS)]
    return [
        {"share": float(k / len(y)), "bad": float(found_bad[k]), "good": float(found_good[k])} for k in kept.tolist()
    ]


def by_cohort(cohort: Sequence[str], y: Floats, p: Floats) -> list[dict[str, Any]]:
    """A line a cohort: n, bad, observed share, mean probability, and the AUC where each outcome is seen five times."""
    names, place = np.unique(np.asarray(cohort, dtype=str), return_inverse=True)
    rows = []
    for k, name in enumerate(names.tolist()):
        own, chances = y[place == k], p[place == k]
        line: dict[str, Any] = {"cohort": name, "n": len(own), "bad": int(own.sum())}
        line |= {"observed": float(own.mean()), "predicted": float(chances.mean())}
        if min(own.sum(), len(own) - own.sum()) >= FEWEST:
            line |= dict(zip(("auc", "low", "high"), auc_interval(own, chances), strict=True))
        rows.append(line)
    return rows


def decline(y: Floats, p: Floats, later: Flags) -> dict[str, float] | None:
    """How much worse the later rows are ranked than the earlier ones, and the one-sided probability of that by chance.

    The two sets of rows are taken as independent, DeLong's deviation for each. None where a side has no AUC.

    Examples
    --------
    >>> y, p = np.array([0.0, 1.0, 0.0, 1.0] * 2), np.array([0.1, 0.9, 0.2, 0.8] * 2)
    >>> decline(y, p, np.arange(8) >= 4)["fall"]
    0.0
    """
    sides = [(y[~later], p[~later]), (y[later], p[later])]
    if any(min(side.sum(), len(side) - side.sum()) < 2 for side, _ in sides):
        return None
    (before, first), (after, second) = (auc_deviation(*side) for side in sides)
    spread = float(np.hypot(first, second))
    chance = float(norm.sf((before - after) / spread)) if spread else float(before <= after)
    return {"earlier": before, "later": after, "fall": before - after, "p_value": chance}
