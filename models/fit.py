"""Learning a credit model: booster, calibration on held-out scores, scorecard, and what the rows looked like."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from features.errors import ArtifactError, CreditError
from models.boosted import fit_booster, monotone_violations, raw_score
from models.calibration import fit_calibration
from models.credit_model import CreditModel
from models.feature import CatalogueFeature, ModelFeature, model_features
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
    features: Sequence[CatalogueFeature],
    policy: Policy,
    seed: int = 0,
    name: str = "credit-limit",
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
    benchmark : also measure the scorecard on held-out rows, for its figures in ``training``.
    training : figures about the run to keep with the model.

    Returns
    -------
    A model whose ``training["held_out"]`` has the figures of ``metrics.summary`` on rows held out.

    Raises
    ------
    CreditError
        With fewer than ten defaults or ten others.
    ArtifactError
        When the fitted score moves against a direction of the catalogue.
    """
    known = model_features(features)
    x = frame[[f.name for f in known]].to_numpy(dtype=np.float64, na_value=np.nan)
    y = np.asarray(default, dtype=np.float64)
    _enough(y)
    directions, names = [f.direction for f in known], [f.name for f in known]
    booster = fit_booster(x, y, directions, names, seed)
    _prove(booster, x, directions)
    rows, raw = _held_out(x, y, directions, names, seed)
    calibration = fit_calibration(raw, y[rows])
    scale = Scale(**policy.score.model_dump())
    figures: dict[str, Any] = {"held_out": summary(y[rows], calibration.probability(raw))}
    figures["held_out"] |= {"n": float(len(y)), "bad": float(y.sum())}  # few rows were held out several times
    if benchmark:
        figures["scorecard_held_out"] = _scorecard_held_out(x, y, known, scale, seed)
    return CreditModel(
        name=name,
        features=known,
        booster=booster,
        calibration=calibration,
        scorecard=fit_scorecard(x, y, known, scale),
        policy=policy,
        reference=reference(x),
        training={**(training or {}), "seed": seed, **figures},
    )


def _enough(y: Floats) -> None:
    bad = int(y.sum())
    if min(bad, len(y) - bad) < FEWEST:
        raise CreditError(
            f"training needs at least {FEWEST} defaults and {FEWEST} others, the labelled rows have {bad} and "
            f"{len(y) - bad}; ingest more applications whose performance window has passed"
        )


def _prove(booster: Any, x: Floats, directions: Sequence[int]) -> None:
    found = monotone_violations(booster, x, directions)
    if found:
        raise ArtifactError(
            f"the fitted score moves against the direction of {found[0].feature} between {found[0].at} and "
            f"{found[0].to} ({len(found)} such steps); train with another seed"
        )


def folds(y: Floats, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified training and test rows; few rows are folded several times, so that less hangs on one cut."""
    cuts = []
    for repeat in range(REPEATS_WHEN_SMALL if len(y) < SMALL else 1):
        cutter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        cuts += list(cutter.split(np.zeros((len(y), 1)), y))
    return cuts


def _held_out(
    x: Floats, y: Floats, directions: Sequence[int], names: Sequence[str], seed: int
) -> tuple[NDArray[np.intp], Floats]:
    tests, scores = [], []
    for train, test in folds(y, seed):
        booster = fit_booster(x[train], y[train], directions, names, seed)
        tests.append(test)
        scores.append(raw_score(booster, x[test]))
    return np.concatenate(tests), np.concatenate(scores)


def _scorecard_held_out(
    x: Floats, y: Floats, features: Sequence[ModelFeature], scale: Scale, seed: int
) -> dict[str, float]:
    p = np.empty(len(y))
    for train, test in folds(y, seed)[:FOLDS]:
        card = fit_scorecard(x[train], y[train], features, scale)
        p[test] = card.probability({f.name: x[test, j] for j, f in enumerate(features)})
    return summary(y, p)
