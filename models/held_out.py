"""Scores of rows by models that did not see them: cut by firm, and by time and firm."""

from collections.abc import Iterator, Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from models.arrays import Floats, Places
from models.boosted import fit_booster, raw_score
from models.calibration import fit_calibration
from models.labelled import Labelled

FOLDS = 5
FEWEST = 10  # of each outcome, below which nothing is fitted or judged
EARLIER = 0.7  # share of rows before the cut in time


def learned(rows: Labelled, seed: int, settings: Mapping[str, Any] | None) -> lgb.Booster:
    """A booster of all these rows."""
    return fit_booster(rows.counted, rows.default, rows.directions, rows.names, seed, settings, rows.shown)


def firm_folds(rows: Labelled, seed: int, repeats: int = 1) -> Iterator[tuple[Places, Places]]:
    """Training and test rows, stratified by outcome; no firm is on both sides, and no test row's window is open."""
    for repeat in range(repeats):
        cutter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for train, test in cutter.split(rows.x, rows.default, rows.group):
            yield train, test[rows.whole[test]]


def held_out_scores(
    rows: Labelled, seed: int, repeats: int = 1, settings: Mapping[str, Any] | None = None
) -> tuple[Places, Floats]:
    """Raw scores of every whole row by models of other firms, ``repeats`` times each: row numbers and scores."""
    tests, scores = [], []
    for train, test in firm_folds(rows, seed, repeats):
        tests.append(test)
        scores.append(_scores(rows, train, test, seed, settings))
    return np.concatenate(tests), np.concatenate(scores)


def by_firm(rows: Labelled, seed: int, settings: Mapping[str, Any] | None = None) -> Floats:
    """Calibrated probabilities of the rows whose window has passed: booster and calibration are of other firms."""
    raw, fold, whole = np.empty(len(rows.x)), np.empty(len(rows.x), dtype=int), np.flatnonzero(rows.whole)
    for k, (train, test) in enumerate(firm_folds(rows, seed)):
        raw[test], fold[test] = _scores(rows, train, test, seed, settings), k
    return _cross_calibrated(rows, raw, fold, whole, whole)


def time_cut(at: NDArray[np.datetime64]) -> np.datetime64:
    """The date before which ``EARLIER`` of the rows lie."""
    cut: np.datetime64 = np.sort(at)[int(EARLIER * (len(at) - 1))]
    return cut


def by_time_and_firm(
    rows: Labelled, at: NDArray[np.datetime64], seed: int, settings: Mapping[str, Any] | None = None
) -> tuple[Places, Floats] | None:
    """Calibrated probabilities of the later rows, by models of earlier rows of other firms.

    Parameters
    ----------
    at : date of each row; the window of every row has passed.

    Returns
    -------
    Row numbers and probabilities; None when there are fewer than ten of an outcome on either side of the cut.
    """
    earlier = at < time_cut(at)
    if min(scarcer(rows.default[earlier & rows.fits]), scarcer(rows.default[~earlier])) < FEWEST:
        return None
    raw, fold = np.empty(len(rows.x)), np.empty(len(rows.x), dtype=int)
    for k, (train, test) in enumerate(firm_folds(rows, seed)):
        raw[test], fold[test] = _scores(rows, train[earlier[train]], test, seed, settings), k
    later = np.flatnonzero(~earlier)
    return later, _cross_calibrated(rows, raw, fold, np.flatnonzero(earlier), later)


def _scores(rows: Labelled, train: Places, test: Places, seed: int, settings: Mapping[str, Any] | None) -> Floats:
    return raw_score(learned(rows.part(train), seed, settings), rows.counted[test])


def _cross_calibrated(rows: Labelled, raw: Floats, fold: Places, known: Places, asked: Places) -> Floats:
    """Probabilities of ``asked`` rows, each by the map that the ``known`` rows of the other folds teach."""
    p = np.empty(len(raw))
    for k in np.unique(fold[asked]):
        others, own = known[fold[known] != k], asked[fold[asked] == k]
        p[own] = fit_calibration(raw[others], rows.default[others]).probability(raw[own])
    return p[asked]


def scarcer(default: Floats) -> int:
    """How many rows have the outcome that fewer have; ``FEWEST`` of it are needed."""
    bad = int(default.sum())
    return min(bad, len(default) - bad)
