"""What firms that were refused would have done: nobody saw it, so an interval and not a number.

Of firms alike in all that a model knows, those refused have so many times the odds of default of those lent to, between
a least and a most that are assumed. That is the parcelling of credit practice (Siddiqi, Credit Risk Scorecards, 2006,
on reject inference) with its multiplier told as a range, which is the sensitivity model of Tan, Journal of the American
Statistical Association 101 (2006). Firms lent to by lot tell whether the range holds them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from models.arrays import Floats
from models.intervals import jeffreys

Odds = tuple[float, float]
FARTHEST = 20.0  # natural logarithm of the largest multiplier that is looked for


def times_odds(p: Floats, times: float) -> Floats:
    """Probabilities whose odds are so many times those of ``p``.

    Examples
    --------
    One in five is odds of 1 to 4; three times that is 3 to 4:

    >>> times_odds(np.array([0.2]), 3.0) * 7
    array([3.])
    """
    return p * times / (1.0 + p * (times - 1.0))


def odds_found(p: Floats, bad: float) -> float:
    """The multiplier at which as many defaults are expected as came.

    Examples
    --------
    >>> round(odds_found(np.array([0.5, 0.5]), 1.5), 6)  # three in four each: odds of 3
    3.0
    >>> odds_found(np.array([0.5]), 0.0), odds_found(np.array([0.5]), 1.0)
    (0.0, inf)
    """
    if not 0 < bad < len(p):
        return 0.0 if bad <= 0 else float("inf")
    return float(np.exp(brentq(lambda log: times_odds(p, np.exp(log)).sum() - bad, -FARTHEST, FARTHEST)))


def bounds(p: Floats, odds: Odds) -> dict[str, float]:
    """Least and greatest mean probability of refused firms with these probabilities by the model."""
    return {"n": len(p), "low": float(times_odds(p, odds[0]).mean()), "high": float(times_odds(p, odds[1]).mean())}


def by_grade(p: Floats, odds: Odds, ends: Sequence[float], names: Sequence[str]) -> list[dict[str, Any]]:
    """``bounds`` of the refused firms of each grade in use.

    Parameters
    ----------
    ends : upper end of each grade's probability, ascending; ``names`` beside them.
    """
    place = np.searchsorted(np.asarray(ends), p, side="left")
    return [{"grade": names[k], **bounds(p[place == k], odds)} for k in np.unique(place).tolist()]


def against(y: Floats, p: Floats, odds: Odds) -> dict[str, Any]:
    """What came of firms that the rule would have refused, beside the bounds.

    Parameters
    ----------
    y : 1 for a default, 0 otherwise.
    p : probability of each by a model that did not learn from it.

    Returns
    -------
    ``bounds``, and ``bad, observed`` with Jeffreys' 95 % interval ``observed_low, observed_high``, the multipliers of
    the odds that it stands for, ``odds_low, odds_high``, and whether the interval and the bounds meet: ``holds``.

    Examples
    --------
    >>> found = against(np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.25), (1.0, 3.0))
    >>> found["low"], found["high"], found["observed"], found["holds"]
    (0.25, 0.5, 0.25, True)
    """
    bad, n, told = int(y.sum()), len(y), bounds(p, odds)
    low, high = jeffreys(bad, n)
    return {
        **told,
        "bad": bad,
        "observed": bad / n,
        "observed_low": low,
        "observed_high": high,
        "odds_low": odds_found(p, low * n),
        "odds_high": odds_found(p, high * n),
        "holds": low <= told["high"] and told["low"] <= high,
    }
