"""What the training rows looked like, one feature at a time; no row of a firm is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = tuple(k / 10 for k in range(1, 10))


@dataclass(frozen=True)
class Reference:
    """Deciles 10 % to 90 % and the share of missing values of each feature, shapes (k, 9) and (k,)."""

    deciles: Floats
    missing: Floats

    def good(self, directions: Sequence[int]) -> Floats:
        """The decile on the safe side of each feature; NaN without a direction."""
        return self._side(directions, 0, -1)

    def bad(self, directions: Sequence[int]) -> Floats:
        """The decile on the risky side of each feature; NaN without a direction."""
        return self._side(directions, -1, 0)

    def fill(self, x: Floats) -> Floats:
        """Put the median where a feature is missing that no training row missed.

        LightGBM would read such a value as 0: it learns a branch for missing values only where it saw some.
        """
        median = self.deciles[:, 4]
        never = np.flatnonzero((self.missing == 0) & ~np.isnan(median))
        unknown = np.isnan(x[:, never])
        if not unknown.any():
            return x
        filled = x.copy()
        filled[:, never] = np.where(unknown, median[never], x[:, never])
        return filled

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Deciles and share missing by feature; null for a feature that was never seen."""
        rows = zip(names, self.deciles, self.missing, strict=True)
        return {n: {"deciles": [None if np.isnan(v) else float(v) for v in d], "missing": float(m)} for n, d, m in rows}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], names: Sequence[str]) -> "Reference":
        """Read back what ``to_json`` gave, in the order of ``names``."""
        deciles = [[np.nan if v is None else v for v in content[n]["deciles"]] for n in names]
        return cls(np.array(deciles, dtype=float), np.array([content[n]["missing"] for n in names], dtype=float))

    def _side(self, directions: Sequence[int], rising: int, falling: int) -> Floats:
        signs = np.array(directions)
        side: Floats = np.where(signs > 0, self.deciles[:, rising], self.deciles[:, falling])
        return np.where(signs == 0, np.nan, side)


def reference(x: Floats) -> Reference:
    """Deciles and missing shares of training rows of shape (n, k); the lower of two neighbours, a seen value.

    Examples
    --------
    >>> table = reference(np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan]]))
    >>> table.deciles[0, 4], table.missing
    (np.float64(2.0), array([0., 1.]))
    """
    seen = [column[~np.isnan(column)] for column in x.T]
    deciles = [np.quantile(s, LEVELS, method="lower") if len(s) else np.full(len(LEVELS), np.nan) for s in seen]
    return Reference(np.array(deciles, dtype=float).reshape(x.shape[1], len(LEVELS)), np.isnan(x).mean(axis=0))
