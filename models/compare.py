"""Two scores on the same rows: who ranks better, whom each would take, and what that earns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from models.arrays import Flags, Floats
from models.intervals import Z95
from models.metrics import auc_interval, brier, paired_auc_difference


@dataclass(frozen=True)
class Stakes:
    """What hangs on each row: yuan lent, years, and the yield a year and the loss on default as shares of it."""

    amount: Floats
    years: Floats
    margin: float
    lgd: float

    def profit(self, y: Floats) -> Floats:
        """Yuan that each row brings when it is taken.

        Examples
        --------
        >>> Stakes(np.array([100.0, 100.0]), np.array([1.0, 2.0]), 0.02, 0.45).profit(np.array([1.0, 0.0]))
        array([-45.,   4.])
        """
        return self.amount * np.where(y == 1, -self.lgd, self.margin * self.years)


def compare(y: Floats, champion: Floats, challenger: Floats, stakes: Stakes, share: float) -> dict[str, Any]:
    """The challenger against the champion.

    Parameters
    ----------
    y : 1 for the bad outcome, shape (n,).
    champion, challenger : probabilities of it; neither model may have learned from the row.
    share : of the rows, the safest by each score, that each would take: the volume is the same.

    Returns
    -------
    ``champion`` and ``challenger`` with AUC (95 %) and Brier score; ``difference`` of AUC, challenger less champion,
    with DeLong's paired interval and ``p_value``; the ``swap`` set; the ``profit`` of each and their difference.
    """
    before, after = _safest(champion, share), _safest(challenger, share)
    return {
        "n": len(y),
        "bad": int(y.sum()),
        "champion": _alone(y, champion),
        "challenger": _alone(y, challenger),
        "difference": _difference(y, challenger, champion),
        "swap": swap_set(y, before, after, stakes.amount),
        "profit": _profit(stakes.profit(y), before, after),
    }


def swap_set(y: Floats, before: Flags, after: Flags, amount: Floats) -> list[dict[str, Any]]:
    """Rows taken by both, dropped by the challenger, taken up by it, and taken by neither.

    Examples
    --------
    >>> y, amount = np.array([1.0, 0.0, 0.0]), np.array([5.0, 3.0, 2.0])
    >>> lines = swap_set(y, np.array([True, True, False]), np.array([False, True, True]), amount)
    >>> [(line["set"], line["n"], line["bad"]) for line in lines]
    [('both', 1, 0), ('dropped', 1, 1), ('taken_up', 1, 0), ('neither', 0, 0)]
    """
    sets = {
        "both": before & after,
        "dropped": before & ~after,
        "taken_up": ~before & after,
        "neither": ~before & ~after,
    }
    return [
        {"set": name, "n": int(own.sum()), "bad": int(y[own].sum()), "amount": float(amount[own].sum())}
        for name, own in sets.items()
    ]


def _alone(y: Floats, p: Floats) -> dict[str, float]:
    return dict(zip(("auc", "low", "high"), auc_interval(y, p), strict=True)) | {"brier": brier(y, p)}


def _difference(y: Floats, challenger: Floats, champion: Floats) -> dict[str, float]:
    found, low, high = paired_auc_difference(y, challenger, champion)
    deviation = (high - low) / 2 / Z95
    p_value = float(2 * norm.sf(abs(found) / deviation)) if deviation else 1.0
    return {"auc": found, "low": low, "high": high, "p_value": p_value}


def _safest(p: Floats, share: float) -> Flags:
    """The rows of least risk; of equal risk those that come first."""
    taken = np.zeros(len(p), dtype=bool)
    taken[np.argsort(p, kind="stable")[: round(share * len(p))]] = True
    return taken


def _profit(each: Floats, before: Flags, after: Flags) -> dict[str, float]:
    """Sums over the rows taken, and their difference with its 95 % interval over rows."""
    moved = each * (after.astype(float) - before.astype(float))
    half = float(Z95 * moved.std(ddof=1) * np.sqrt(len(moved)))
    found = float(moved.sum())
    sums = {"champion": float(each[before].sum()), "challenger": float(each[after].sum())}
    return sums | {"difference": found, "low": found - half, "high": found + half}
