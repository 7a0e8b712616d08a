"""How far a distribution has moved from the one that a model learned from."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

BINS = 10


def psi(expected: ArrayLike, actual: ArrayLike, bins: int = BINS) -> tuple[float, float]:
    """Population stability index over quantile bins of ``expected`` and one of what is missing, and what chance gives.

    The second number is exceeded once in twenty when nothing moved: the index is then about chi-squared, scaled by
    1 / rows + 1 / rows. Half a row is added to each bin, so that an empty one stays finite.

    Source: Siddiqi, Credit Risk Scorecards (2006); Yurdakul and Naranjo, Journal of Risk Model Validation 14 (2020) for
    its distribution.

    Parameters
    ----------
    expected, actual : values, NaN where missing; at least one of ``expected`` is known.

    Examples
    --------
    Two bins, 2 and 2 rows expected, 1 and 3 found: shares 0.5, 0.5 against 0.3, 0.7; 0.2 ln(5/3) + 0.2 ln(7/5).

    >>> index, chance = psi([1, 2, 3, 4], [1, 3, 3, 4], bins=2)
    >>> round(index, 4), round(chance, 2)  # 3.84 x (1/4 + 1/4)
    (0.1695, 1.92)
    """
    before, after = (np.asarray(values, dtype=float) for values in (expected, actual))
    edges = np.unique(np.quantile(before[~np.isnan(before)], np.arange(1, bins) / bins))
    old, new = (_counts(values, edges) for values in (before, after))
    held = old + new > 0
    old, new = (side[held] + 0.5 for side in (old, new))
    a, b = old / old.sum(), new / new.sum()
    index = float(((b - a) * np.log(b / a)).sum())
    freedom = max(int(held.sum()) - 1, 1)
    return index, float(chi2.ppf(0.95, freedom) * (1 / max(len(before), 1) + 1 / max(len(after), 1)))


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Rows in each bin, the upper edge belonging to it, and rows that miss the value last."""
    seen = values[~np.isnan(values)]
    inside = np.bincount(np.searchsorted(edges, seen, side="left"), minlength=len(edges) + 1)
    return np.append(inside, len(values) - len(seen)).astype(float)
