"""What the training rows looked like, one feature at a time; no row of a firm is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.arrays import Floats

LEVELS = tuple(k / 10 for k in range(1, 10))
WORST = 1e30  # beyond any value of any feature, and a number to every store and language


@dataclass(frozen=True)
class Reference:
    """Deciles 10 % to 90 %, share of missing values, and what stands for one; shapes (k, 9), (k,) and (k,).

    ``unknown`` is NaN where a missing value stays missing.
    """

    deciles: Floats
    missing: Floats
    unknown: Floats

    def good(self, directions: Sequence[int]) -> Floats:
        """The decile on the safe side of each feature; NaN without a direction."""
        return self._side(directions, 0, -1)

    def bad(self, directions: Sequence[int]) -> Floats:
        """The decile on the risky side of each feature; NaN without a direction."""
        return self._side(directions, -1, 0)

    def fill(self, x: Floats) -> Floats:
        """Rows of shape (n, k) with what stands for missing values in their place."""
        return filled(x, self.unknown)

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Deciles, share missing and what stands for it by feature; null for what there is not."""
        rows = zip(names, self.deciles, self.missing, self.unknown, strict=True)
        return {
            name: {"deciles": [_told(v) for v in deciles], "missing": float(missing), "unknown": _told(unknown)}
            for name, deciles, missing, unknown in rows
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], names: Sequence[str]) -> "Reference":
        """Read back what ``to_json`` gave, in the order of ``names``; early releases did not tell ``unknown``."""
        deciles = np.array([content[n]["deciles"] for n in names], dtype=float)
        missing = np.array([content[n]["missing"] for n in names], dtype=float)
        usual = _median_where_none_missed(deciles, missing)
        unknown = [content[n].get("unknown", usual[j]) for j, n in enumerate(names)]
        return cls(deciles, missing, np.array(unknown, dtype=float))

    def _side(self, directions: Sequence[int], rising: int, falling: int) -> Floats:
        signs = np.array(directions)
        side: Floats = np.where(signs > 0, self.deciles[:, rising], self.deciles[:, falling])
        return np.where(signs == 0, np.nan, side)


def at_worst(sides: Sequence[int]) -> Floats:
    """What stands for an unknown value on the risky side, +1 or -1, of each feature; NaN where the side is 0."""
    signs = np.array(sides, dtype=float)
    return np.where(signs == 0, np.nan, signs * WORST)


def filled(x: Floats, unknown: Floats) -> Floats:
    """Rows of shape (n, k) with ``unknown`` (k,) in place of missing values; what is NaN there stays missing."""
    columns = np.flatnonzero(~np.isnan(unknown))
    missing = np.isnan(x[:, columns])
    if not missing.any():
        return x
    whole = x.copy()
    whole[:, columns] = np.where(missing, unknown[columns], x[:, columns])
    return whole


def reference(x: Floats, sides: Sequence[int] | None = None) -> Reference:
    """What training rows of shape (n, k) looked like; of two neighbours of a decile the lower, a seen value.

    Where no row missed a feature the median stands for it: LightGBM would read a missing value as 0, as it learns a
    branch for missing values only where it saw some.

    Parameters
    ----------
    sides : +1 or -1 for each feature whose unknown values count as the riskiest, 0 for others.

    Examples
    --------
    >>> table = reference(np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan]]), [0, 1])
    >>> table.deciles[0, 4], table.missing, table.unknown
    (np.float64(2.0), array([0., 1.]), array([2.e+00, 1.e+30]))
    """
    seen = [column[~np.isnan(column)] for column in x.T]
    deciles = [np.quantile(s, LEVELS, method="lower") if len(s) else np.full(len(LEVELS), np.nan) for s in seen]
    table, missing = np.array(deciles, dtype=float).reshape(x.shape[1], len(LEVELS)), np.isnan(x).mean(axis=0)
    worst = at_worst(sides or [0] * x.shape[1])
    return Reference(table, missing, np.where(np.isnan(worst), _median_where_none_missed(table, missing), worst))


def _median_where_none_missed(deciles: Floats, missing: Floats) -> Floats:
    median: Floats = np.where(missing == 0, deciles[:, 4], np.nan)
    return median


def _told(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
