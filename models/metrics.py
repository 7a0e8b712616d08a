"""How good a risk score is: ranking, separation, probability error, calibration, and paired differences.

Everywhere ``y`` is 1 for a default and 0 otherwise, and ``p`` rises with risk; both are 1-d and equally long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from models.arrays import Floats
from models.intervals import Z95

RIDGE = 1e-6


@dataclass(frozen=True)
class CalibrationBin:
    """One bin of equally many rows: mean predicted probability against the observed share of defaults."""

    n: int
    predicted: float
    observed: float


def auc(y: ArrayLike, p: ArrayLike) -> float:
    """Probability that a default ranks above a non-default, ties counting half.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])  # one of the four pairs is the wrong way round
    0.75
    """
    bad, good = _split(y, p)
    return float(np.mean(_placements(bad, good)))


def ks(y: ArrayLike, p: ArrayLike) -> float:
    """Largest gap between the cumulative shares of defaults and of non-defaults over all cut-offs.

    Examples
    --------
    >>> ks([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])  # above 0.4 lie half of the defaults and no non-default
    0.5
    """
    bad, good = _split(y, p)
    cuts = np.unique(np.concatenate([bad, good]))
    below_bad = np.searchsorted(np.sort(bad), cuts, side="right") / len(bad)
    below_good = np.searchsorted(np.sort(good), cuts, side="right") / len(good)
    return float(np.max(np.abs(below_good - below_bad)))


def brier(y: ArrayLike, p: ArrayLike) -> float:
    """Mean squared error of the probability.

    Examples
    --------
    >>> round(brier([0, 1], [0.2, 0.6]), 10)
    0.1
    """
    truth, probability = _pair(y, p)
    return float(np.mean((probability - truth) ** 2))


def calibration_bins(y: ArrayLike, p: ArrayLike, bins: int = 10) -> list[CalibrationBin]:
    """Rows in order of ``p``, cut into ``bins`` groups as equal as possible; empty groups are left out."""
    truth, probability = _pair(y, p)
    order = np.argsort(probability, kind="stable")
    groups = (g for g in np.array_split(order, bins) if len(g))
    return [CalibrationBin(len(g), float(probability[g].mean()), float(truth[g].mean())) for g in groups]


def calibration_slope(y: ArrayLike, p: ArrayLike) -> tuple[float, float]:
    """Intercept and slope of the outcome's log-odds on the predicted log-odds; (0, 1) is perfect."""
    truth, probability = _pair(y, p)
    return fit_logistic(logit(np.clip(probability, 1e-9, 1 - 1e-9)), truth)


def calibration_slope_interval(y: ArrayLike, p: ArrayLike) -> tuple[float, float, float]:
    """The calibration slope with its 95 % interval from the information of the two-parameter logistic regression.

    Returns
    -------
    slope, low, high

    Examples
    --------
    Predicted odds that are right at both levels, 10 rows each, 2 and 8 defaults: slope 1; information at p (1 - p) =
    0.16 gives a variance of 1 / (20 x 0.16 x ln(4) ** 2) = 0.1626.

    >>> slope, low, high = calibration_slope_interval([1] * 2 + [0] * 8 + [1] * 8 + [0] * 2, [0.2] * 10 + [0.8] * 10)
    >>> round(slope, 4), round((high - low) / 2 / 1.959964, 4)
    (1.0, 0.4032)
    """
    truth, probability = _pair(y, p)
    x = logit(np.clip(probability, 1e-9, 1 - 1e-9))
    beta = np.array(fit_logistic(x, truth))
    design = np.column_stack([np.ones_like(x), x])
    fitted = expit(design @ beta)
    information = design.T @ (design * (fitted * (1 - fitted))[:, None]) + RIDGE * np.eye(2)
    half = float(Z95 * np.sqrt(np.linalg.inv(information)[1, 1]))
    return float(beta[1]), float(beta[1]) - half, float(beta[1]) + half


def fit_logistic(x: Floats, target: Floats) -> tuple[float, float]:
    """Intercept and slope of a logistic regression on one variable, by Newton's method.

    ``target`` may hold values between 0 and 1. The slight ``RIDGE`` keeps separable data finite.
    """
    design = np.column_stack([np.ones_like(x), x])
    beta = np.zeros(2)
    for _ in range(100):
        p = expit(design @ beta)
        gradient = design.T @ (target - p) - RIDGE * beta
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        beta = beta + np.clip(step, -5, 5)
        if np.max(np.abs(step)) < 1e-10:
            break
    return float(beta[0]), float(beta[1])


def auc_interval(y: ArrayLike, p: ArrayLike) -> tuple[float, float, float]:
    """The AUC with DeLong's 95 % interval, on the log-odds scale so that it stays between 0 and 1.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); Pepe, The Statistical Evaluation of Medical Tests
    (2003), 5.2.4, for the scale.

    Returns
    -------
    auc, low, high
    """
    area, deviation = auc_deviation(y, p)
    if not 0 < area < 1 or deviation == 0:
        return area, area, area
    half = Z95 * deviation / (area * (1 - area))
    return area, float(expit(logit(area) - half)), float(expit(logit(area) + half))


def auc_deviation(y: ArrayLike, p: ArrayLike) -> tuple[float, float]:
    """The AUC and DeLong's standard deviation of it.

    Examples
    --------
    Placements of the defaults are 1 and 1/2, of the others 1 and 1/2: variance 0.125 / 2 twice.

    >>> area, deviation = auc_deviation([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> area, round(deviation ** 2, 6)
    (0.75, 0.125)
    """
    bad, good = _split(y, p)
    by_bad, by_good = _placements(bad, good), _placements(-good, -bad)
    return float(by_bad.mean()), float(np.sqrt(_mean_variance(by_bad) + _mean_variance(by_good)))


def paired_auc_difference(y: ArrayLike, p1: ArrayLike, p2: ArrayLike) -> tuple[float, float, float]:
    """AUC of ``p1`` less AUC of ``p2`` on the same rows, with its 95 % interval.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988): the variance of the placement values.

    Returns
    -------
    difference, low, high
    """
    first, second = (_split(y, p) for p in (p1, p2))
    by_bad = _placements(*first) - _placements(*second)
    by_good = _placements(-first[1], -first[0]) - _placements(-second[1], -second[0])
    difference = float(by_bad.mean())
    deviation = float(np.sqrt(_mean_variance(by_bad) + _mean_variance(by_good)))
    half = Z95 * deviation
    return difference, difference - half, difference + half


def paired(y: ArrayLike, p1: ArrayLike, p2: ArrayLike) -> dict[str, float]:
    """What ``paired_auc_difference`` gives, as ``difference``, ``low`` and ``high``."""
    return dict(zip(("difference", "low", "high"), paired_auc_difference(y, p1, p2), strict=True))


def _mean_variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def _placements(high: Floats, low: Floats) -> Floats:
    """For each of ``high`` the share of ``low`` below it, ties counting half."""
    ordered = np.sort(low)
    below, up_to = (np.searchsorted(ordered, high, side=side) for side in ("left", "right"))
    unknown = np.isnan(ordered[-1]) or np.isnan(high).any()  # NaN sorts last; what cannot be ranked leaves no figure
    return np.full(len(high), np.nan) if unknown else (below + up_to) / 2 / len(low)


def _split(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    truth, score = _pair(y, p)
    bad, good = score[truth == 1], score[truth == 0]
    if not len(bad) or not len(good):
        raise ValueError(f"both outcomes are needed: {len(bad)} defaults and {len(good)} non-defaults were given")
    return bad, good


def _pair(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    truth, score = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if truth.shape != score.shape or truth.ndim != 1:
        raise ValueError(f"outcome and score must be 1-d and equally long, got shapes {truth.shape} and {score.shape}")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("the outcome must be 0 or 1")
    return truth, score


def summary(y: Sequence[float] | Floats, p: Sequence[float] | Floats) -> dict[str, float]:
    """The figures that a training run logs: n, bad, auc, ks, brier and the calibration slope."""
    truth = np.asarray(y, dtype=float)
    figures = {"n": float(len(truth)), "bad": float(truth.sum()), "auc": auc(y, p), "ks": ks(y, p)}
    return figures | {"brier": brier(y, p), "calibration_slope": calibration_slope(y, p)[1]}
