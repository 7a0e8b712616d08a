"""Learning a credit model: booster, calibration on held-out scores, scorecard, and what the rows looked like."""

from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

from features.errors import ArtifactError, CreditError
from models.arrays import Floats
from models.boosted import monotone_violations
from models.calibration import Calibration, fit_calibration
from models.credit_model import CREDIT_LIMIT, CreditModel
from models.held_out import FEWEST, firm_folds, held_out_scores, learned
from models.labelled import Labelled
from models.metrics import summary
from models.policy import Policy
from models.policy_parts import Scale
from models.reference import reference
from models.scorecard_fit import fit_scorecard

SMALL = 1_000
REPEATS_WHEN_SMALL = 3


def fit_credit_model(
    rows: Labelled,
    policy: Policy,
    *,
    seed: int = 0,
    benchmark: bool = True,
    settings: Mapping[str, Any] | None = None,
    central_tendency: float | None = None,
    training: Mapping[str, Any] | None = None,
) -> CreditModel:
    """Fit everything that a decision needs from labelled rows, and nothing but these rows.

    Parameters
    ----------
    rows : Labelled
    policy : copied into the model; it decides nothing about the fit.
    seed : the same rows and the same seed give the same model.
    benchmark : also measure the scorecard on held-out rows, for its figures in ``training``.
    settings : of the booster, in place of those of ``models.boosted``; kept in ``training``.
    central_tendency : long-run default rate to which the mean probability of these rows is moved.
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
    fitted, whole = rows.part(np.arange(len(rows.x))), rows.part(np.flatnonzero(rows.whole))
    _enough(whole.default)
    booster = learned(fitted, seed, settings)
    prove(booster, fitted.counted, rows.directions)
    scale = policy.score
    calibration, figures = _calibrated(rows, seed, settings, central_tendency)
    card = {"scorecard_held_out": _scorecard_held_out(rows, scale, seed)} if benchmark else {}
    return CreditModel(
        name=CREDIT_LIMIT,
        features=rows.features,
        booster=booster,
        calibration=calibration,
        scorecard=fit_scorecard(whole.x, whole.default, rows.features, scale),
        policy=policy,
        reference=reference(whole.x, rows.unknown_sides),
        training={**(training or {}), "seed": seed, "settings": dict(settings or {}), **figures, **card},
    )


def _calibrated(
    rows: Labelled, seed: int, settings: Mapping[str, Any] | None, central_tendency: float | None
) -> tuple[Calibration, dict[str, Any]]:
    """The map that scores of held-out rows teach, and its figures on them before it is shifted."""
    # few rows are held out several times, so that less hangs on one cut
    tests, raw = held_out_scores(rows, seed, REPEATS_WHEN_SMALL if len(rows.x) < SMALL else 1, settings)
    calibration = fit_calibration(raw, rows.default[tests], rows.group[tests])
    held_out = summary(rows.default[tests], calibration.probability(raw))
    # each row counts once
    figures = {"held_out": held_out | {"n": float(rows.whole.sum()), "bad": float(rows.default[rows.whole].sum())}}
    if central_tendency is not None:
        calibration = calibration.shifted_to(raw, central_tendency)
    return calibration, figures


def _enough(default: Floats) -> None:
    bad = int(default.sum())
    if min(bad, len(default) - bad) < FEWEST:
        raise CreditError(
            f"训练至少需要违约与非违约各 {FEWEST} 笔，现有结果已知的为 {bad} 笔和 {len(default) - bad} 笔，"
            "请导入更多表现期已满的申请",
            f"training needs at least {FEWEST} defaults and {FEWEST} others, the labelled rows have {bad} and "
            f"{len(default) - bad}; ingest more applications whose performance window has passed",
        )


def prove(booster: lgb.Booster, x: Floats, directions: Sequence[int]) -> None:
    """Raise ``ArtifactError`` when the score moves against a direction anywhere on the grid of its thresholds."""
    found = monotone_violations(booster, x, directions)
    if found:
        raise ArtifactError(
            f"模型评分与特征 {found[0].feature} 的方向不符，见 {found[0].at} 至 {found[0].to}（共 {len(found)} "
            "处），请换一个随机种子训练",
            f"the fitted score moves against the direction of {found[0].feature} between {found[0].at} and "
            f"{found[0].to} ({len(found)} such steps); train with another seed",
        )


def _scorecard_held_out(rows: Labelled, scale: Scale, seed: int) -> dict[str, float]:
    """Figures of the scorecard on rows of other firms."""
    whole = rows.take(np.flatnonzero(rows.whole))
    return summary(whole.default, scorecard_by_firm(whole, scale, seed))


def scorecard_by_firm(rows: Labelled, scale: Scale, seed: int) -> Floats:
    """The scorecard's probability of every row, by cards of other firms."""
    p = np.empty(len(rows.x))
    for train, test in firm_folds(rows, seed):
        part = rows.part(train)
        card = fit_scorecard(part.x, part.default, rows.features, scale)
        p[test] = card.probability({name: rows.x[test, j] for j, name in enumerate(rows.names)})
    return p
