"""How well a model does once outcomes are told, and how well it should do before they are, with intervals.

Firms are drawn again with all their rows (bootstrap by firm), since the loans and months of one firm go together.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from models.arrays import Floats

DRAWS, LEVEL = 400, 0.95


@dataclass(frozen=True)
class Performance:
    """AUC and the ratio of bad outcomes to those expected, each with its interval; ``bad`` is a count or a sum."""

    rows: int
    firms: int
    bad: float
    auc: float
    auc_low: float
    auc_high: float
    ratio: float
    ratio_low: float
    ratio_high: float


def measured(y: ArrayLike, p: ArrayLike, firms: ArrayLike) -> Performance:
    """Performance on rows whose outcome is told.

    Parameters
    ----------
    y : 1 for a bad outcome, else 0.
    p : probability that had been given.
    firms : firm of each row.
    """
    truth, chance = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    return _of(truth, 1 - truth, chance, firms)


def expected(p: ArrayLike, firms: ArrayLike) -> Performance:
    """Performance to expect of rows whose outcome is not told, if the probabilities are right.

    Each row counts as bad with its probability and as good with the rest. It tells what a change of the loans does to
    the ranking; it cannot tell a change of what makes loans fail. The ratio is 1 by construction.

    Source: the idea of confidence-based performance estimation, NannyML's documentation.
    """
    chance = np.asarray(p, dtype=float)
    return _of(chance, 1 - chance, chance, firms)


def _of(bad: Floats, good: Floats, p: Floats, firms: ArrayLike) -> Performance:
    order = np.argsort(p, kind="stable")
    place = pd.factorize(np.asarray(firms))[0]
    bad, good, p, place = bad[order], good[order], p[order], place[order]
    count = int(place.max()) + 1
    random = np.random.default_rng(0)
    drawn = [np.bincount(random.integers(0, count, count), minlength=count)[place] for _ in range(DRAWS)]
    areas = np.array([weighted_auc(p, bad * w, good * w) for w in drawn])
    ratios = np.array([_ratio(bad * w, p * w) for w in drawn])
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    (low, high), (less, more) = np.nanquantile(areas, ends), np.nanquantile(ratios, ends)
    area, ratio = weighted_auc(p, bad, good), _ratio(bad, p)
    return Performance(len(p), count, float(bad.sum()), area, float(low), float(high), ratio, float(less), float(more))


def weighted_auc(p: Floats, bad: Floats, good: Floats) -> float:
    """Chance that a bad row ranks above a good one when rows count by weights; ``p`` ascending, ties counting half.

    Examples
    --------
    >>> weighted_auc(np.array([0.1, 0.35, 0.4, 0.8]), np.array([0.0, 1, 0, 1]), np.array([1.0, 0, 1, 0]))
    0.75
    """
    start = np.flatnonzero(np.diff(p, prepend=-np.inf))
    b, g = np.add.reduceat(bad, start), np.add.reduceat(good, start)
    whole = float(b.sum() * g.sum())
    return float((b * (np.cumsum(g) - g / 2)).sum()) / whole if whole else float("nan")


def _ratio(bad: Floats, p: Floats) -> float:
    return float(bad.sum() / p.sum()) if p.sum() else float("nan")
