"""Learning a credit model: booster, calibration on held-out scores, scorecard, and what the rows looked like."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from features.catalogue import Feature
from features.errors import ArtifactError, CreditError
from models.boosted import fit_booster, monotone_violations, raw_score
from models.calibration import fit_calibration
from models.credit_model import CreditModel
from models.labelled import Labelled, labelled
from models.metrics import summary
from models.policy import Policy
from models.reference import reference
from models.scorecard import Scale
from models.scorecard_fit import fit_scorecard

Floats = NDArray[np.float64]

FOLDS = 5
FEWEST = 10
SMALL = 1_000
REPEATS_WHEN_SMALL = 3


def fit_credit_model(
    frame: pd.DataFrame,
    default: Sequence[float] | Floats,
    *,
    features: Sequence[Feature],
    policy: Policy,
    seed: int = 0,
    name: str = "credit-limit",
    grey: Sequence[bool] | NDArray[np.bool_] | None = None,
    groups: Sequence[str] | None = None,
    benchmark: bool = True,
    training: Mapping[str, Any] | None = None,
) -> CreditModel:
    """Fit everything that a decision needs from labelled rows, and nothing but these rows.

    Parameters
    ----------
    frame : one row an application, with every one of ``features`` as a float column, NaN where unknown.
    default : 1 for a default, 0 otherwise, one a row.
    features : catalogue entries: the columns that the score may read, with their directions.
    policy : copied into the model; it decides nothing about the fit.
    seed : the same rows and the same seed give the same model.
    grey : rows that are left out of fitting alone; they are calibrated and judged as no default.
    groups : the firm of each row, so that held-out rows are of firms that the fold's model did not see.
    benchmark : also measure the scorecard on held-out rows, for its figures in ``training``.
    training : figures about the run to keep with the model.

    Returns
    -------
    A model whose ``training["held_out"]`` has the figures of ``metrics.summary`` on rows held out.

    Raises
    ------
    CreditError
        With fewer than ten defaults or ten others to fit on.
    ArtifactError
        When the fitted score moves against a direction of the catalogue.
    """
    rows = labelled(frame, default, features, grey, groups)
    whole = rows.part(np.arange(len(rows.x)))
    _enough(whole.default)
    booster = fit_booster(whole.x, whole.default, rows.directions, rows.names, seed)
    _prove(booster, whole.x, rows.directions)
    tests, raw = _held_out(rows, seed)
    calibration = fit_calibration(raw, rows.default[tests])
    scale = Scale(**policy.score.model_dump())
    held_out = summary(rows.default[tests], calibration.probability(raw))
    # few rows are held out several times: count each once
    figures: dict[str, Any] = {"held_out": held_out | {"n": float(len(rows.x)), "bad": float(rows.default.sum())}}
    if benchmark:
        figures["scorecard_held_out"] = _scorecard_held_out(rows, scale, seed)
    return CreditModel(
        name=name,
        features=rows.features,
        booster=booster,
        calibration=calibration,
        scorecard=fit_scorecard(whole.x, whole.default, rows.features, scale),
        policy=policy,
        reference=reference(whole.x),
        training={**(training or {}), "seed": seed, **figures},
    )


def _enough(default: Floats) -> None:
    bad = int(default.sum())
    if min(bad, len(default) - bad) < FEWEST:
        raise CreditError(
            f"training needs at least {FEWEST} defaults and {FEWEST} others, the labelled rows have {bad} and "
            f"{len(default) - bad}; ingest more applications whose performance window has passed"
        )


def _prove(booster: lgb.Booster, x: Floats, directions: Sequence[int]) -> None:
    found = monotone_violations(booster, x, directions)
    if found:
        raise ArtifactError(
            f"the fitted score moves against the direction of {found[0].feature} between {found[0].at} and "
            f"{found[0].to} ({len(found)} such steps); train with another seed"
        )


def _folds(rows: Labelled, seed: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified training and test rows; few rows are folded several times, so that less hangs on one cut."""
    for repeat in range(REPEATS_WHEN_SMALL if len(rows.x) < SMALL else 1):
        cutter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        yield from cutter.split(rows.x, rows.default, rows.group)


def _held_out(rows: Labelled, seed: int) -> tuple[NDArray[np.intp], Floats]:
    tests, scores = [], []
    for train, test in _folds(rows, seed):
        part = rows.part(train)
        booster = fit_booster(part.x, part.default, rows.directions, rows.names, seed)
        tests.append(test)
        scores.append(raw_score(booster, rows.x[test]))
    return np.concatenate(tests), np.concatenate(scores)


def _scorecard_held_out(rows: Labelled, scale: Scale, seed: int) -> dict[str, float]:
    p = np.empty(len(rows.x))
    for train, test in islice(_folds(rows, seed), FOLDS):
        part = rows.part(train)
        card = fit_scorecard(part.x, part.default, rows.features, scale)
        p[test] = card.probability({name: rows.x[test, j] for j, name in enumerate(rows.names)})
    return summary(rows.default, p)
