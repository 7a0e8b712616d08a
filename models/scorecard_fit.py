"""Learning a scorecard: monotone bins, weight of evidence, a logistic regression on a handful of features."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.arrays import Flags, Floats
from models.feature import ModelFeature
from models.metrics import auc
from models.policy_parts import Scale
from models.scorecard import Characteristic, Scorecard

SHORTLIST = 24
MOST_FEATURES = 10
BADS_PER_FEATURE = 5
SMALLEST_IV = 0.02
LARGEST_CORRELATION = 0.7
RARE_MISSING = 0.05
TREND = {1: "ascending", -1: "descending", 0: "auto_asc_desc"}


@dataclass(frozen=True)
class _Binned:
    feature: ModelFeature
    edges: Floats
    woe: Floats
    missing: float
    iv: float

    def transform(self, values: Floats) -> Floats:
        return np.where(np.isnan(values), self.missing, self.woe[np.searchsorted(self.edges, values, side="right")])


def fit_scorecard(x: Floats, default: Floats, features: Sequence[ModelFeature], scale: Scale) -> Scorecard:
    """Choose features, bin them and weigh them; everything is learned from these rows alone.

    A feature with a direction is binned in it or not used. Source of the points: Siddiqi, Credit Risk
    Scorecards (2006), scaling by points to double the odds.

    Parameters
    ----------
    x : shape (n, k), missing values as NaN; columns as in ``features``.
    default : 0 or 1, shape (n,).
    """
    most = int(min(MOST_FEATURES, max(2, default.sum() // BADS_PER_FEATURE)))
    binned = [_bin(x[:, j], default, features[j]) for j in _shortlist(x, default, features)]
    chosen = _distinct([b for b in binned if b.iv >= SMALLEST_IV], x, features, most)
    kept, weights, intercept = _weigh(chosen, default)
    return Scorecard(
        base=float(scale.score(np.array([-intercept]))[0]),
        scale=scale,
        rows=tuple(_characteristic(b, w * scale.factor) for b, w in zip(kept, weights, strict=True)),
    )


def _characteristic(binned: _Binned, points: float) -> Characteristic:
    return Characteristic(
        feature=binned.feature.name,
        edges=tuple(float(e) for e in binned.edges),
        points=tuple(float(points * w) for w in binned.woe),
        missing=float(points * binned.missing),
        woe=tuple(float(w) for w in binned.woe),
        iv=binned.iv,
    )


def _shortlist(x: Floats, default: Floats, features: Sequence[ModelFeature]) -> list[int]:
    """The columns that rank best alone: binning is slow, and a feature that ranks nothing needs no bins."""
    power = np.array([_power(x[:, j], default, f.direction) for j, f in enumerate(features)])
    best = np.argsort(-power, kind="stable")[:SHORTLIST]
    return [int(j) for j in best if power[j] > 0]


def _power(values: Floats, default: Floats, direction: int) -> float:
    seen = ~np.isnan(values)
    if len(np.unique(values[seen])) < 2 or not 0 < default[seen].sum() < seen.sum():
        return 0.0
    rank = auc(default[seen], values[seen]) - 0.5
    return float(seen.mean()) * (direction * rank if direction else abs(rank))


def _bin(values: Floats, default: Floats, feature: ModelFeature) -> _Binned:
    seen = ~np.isnan(values)
    edges = _edges(values[seen], default[seen], feature.direction)
    good, bad = _counts(values[seen], default[seen], edges)
    edges, good, bad = _pool(edges, good, bad, feature.direction)
    woe = _woe(good, bad)
    share_good, share_bad = good / good.sum(), bad / bad.sum()
    iv = float(((share_good - share_bad) * woe).sum())
    return _Binned(feature, edges, woe, _missing_woe(default, seen), iv)


def _edges(values: Floats, default: Floats, direction: int) -> Floats:
    # optbinning imports cvxpy, which logs a complaint about every solver that it cannot load; none is used here
    logging.getLogger("__cvxpy__").addFilter(_nothing)
    from optbinning import OptimalBinning

    binning = OptimalBinning(monotonic_trend=TREND[direction], max_n_bins=5, min_bin_size=0.05)
    return np.asarray(binning.fit(values, default.astype(int)).splits, dtype=float)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _counts(values: Floats, default: Floats, edges: Floats) -> tuple[Floats, Floats]:
    place = np.searchsorted(edges, values, side="right")
    rows = np.bincount(place, minlength=len(edges) + 1).astype(float)
    bad = np.bincount(place, weights=default, minlength=len(edges) + 1).astype(float)
    return rows - bad, bad


def _woe(good: Floats, bad: Floats) -> Floats:
    """ln(share of good / share of bad) with half a row added to each, so that an empty side stays finite."""
    woe: Floats = np.log((good + 0.5) / (good.sum() + 0.5)) - np.log((bad + 0.5) / (bad.sum() + 0.5))
    return woe


def _missing_woe(default: Floats, seen: Flags) -> float:
    """Evidence of a missing value; none when too few rows miss it to tell."""
    if (~seen).mean() < RARE_MISSING:
        return 0.0
    bad = np.array([default[~seen].sum(), default[seen].sum()])
    return float(_woe(np.array([(~seen).sum(), seen.sum()]) - bad, bad)[0])


def _pool(edges: Floats, good: Floats, bad: Floats, direction: int) -> tuple[Floats, Floats, Floats]:
    """Join neighbours until the smoothed evidence is monotone: smoothing may turn two bins of unlike size."""
    sign = direction or (1 if bad[-1] / max(good[-1] + bad[-1], 1) > bad[0] / max(good[0] + bad[0], 1) else -1)
    while len(edges):
        wrong = np.flatnonzero(-sign * np.diff(_woe(good, bad)) < 0)
        if not len(wrong):
            break
        i = int(wrong[0])
        edges = np.delete(edges, i)
        good, bad = (np.append(np.append(c[:i], c[i] + c[i + 1]), c[i + 2 :]) for c in (good, bad))
    return edges, good, bad


def _distinct(
    binned: Sequence[_Binned], x: Floats, features: Sequence[ModelFeature], most: int
) -> list[tuple[_Binned, Floats]]:
    """The strongest first, leaving out what repeats a chosen one."""
    column = {f.name: j for j, f in enumerate(features)}
    chosen: list[tuple[_Binned, Floats]] = []
    for candidate in sorted(binned, key=lambda b: -b.iv):
        woe = candidate.transform(x[:, column[candidate.feature.name]])
        if woe.std() > 0 and all(abs(np.corrcoef(woe, w)[0, 1]) < LARGEST_CORRELATION for _, w in chosen):
            chosen.append((candidate, woe))
        if len(chosen) == most:
            break
    return chosen


def _weigh(chosen: list[tuple[_Binned, Floats]], default: Floats) -> tuple[list[_Binned], list[float], float]:
    """Log-odds of paying on the evidence; a feature whose weight turns negative leaves the card."""
    while chosen:
        woe = np.column_stack([w for _, w in chosen])
        model = LogisticRegression(C=1.0).fit(woe, 1 - default)
        weights = model.coef_[0]
        if weights.min() > 0:
            return [b for b, _ in chosen], [float(w) for w in weights], float(model.intercept_[0])
        chosen = [pair for k, pair in enumerate(chosen) if k != int(weights.argmin())]
    bad = default.mean()
    return [], [], float(np.log((1 - bad) / bad))
