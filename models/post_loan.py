"""The risk of a live loan: the chance of each bad state within its horizon, from how firm and loan behave.

Rows are live loans on dates, as in ``models.hazard``: a loan that is still sound meets the state in the coming period
or not; already-bad and censored rows are told apart by ``features.labels`` and are not learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from features.catalogue import Feature
from features.errors import CreditError
from features.labels import DEFAULT, HORIZONS
from models.arrays import Floats
from models.boosted import read_booster
from models.calibration import Calibration
from models.drift import Baseline, baseline
from models.feature import ModelFeature, read_features, refuse_absent
from models.hazard import Hazard, fit_hazard
from models.held_out import FEWEST
from models.labelled import Labelled
from models.reference import Reference, reference

POST_LOAN = "post-loan-risk"
WATCHED = 30  # inputs whose drift is watched: those that the scores lean on most


@dataclass(frozen=True)
class PostLoanModel:
    """A hazard for each horizon over the same columns, and what the rows looked like that it learned from."""

    kind: ClassVar[str] = "post-loan"

    name: str
    features: tuple[ModelFeature, ...]
    hazards: Mapping[str, Hazard]
    reference: Reference
    baseline: Baseline
    training: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features that the scores read, in the order of the boosters."""
        return tuple(f.name for f in self.features)

    @property
    def columns(self) -> tuple[str, ...]:
        """All that an answer reads."""
        return self.names

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """The rows as float64 of shape (n, len(names)).

        Raises
        ------
        ArtifactError
            When a feature is not a column of ``frame``.
        """
        refuse_absent(self.names, frame, f"{self.name} {self.version}", ("贷款表", "matrix of loans"))
        return self.reference.fill(frame[list(self.names)].to_numpy(dtype=np.float64, na_value=np.nan))

    def risk(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Chance of each state of ``features.labels.HORIZONS`` within its horizon, one column each, rows as given."""
        x = self.matrix(frame)
        return pd.DataFrame({name: h.probability(x) for name, h in self.hazards.items()}, index=frame.index)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Chance of default within twelve months, shape (n,)."""
        return self.hazards[DEFAULT].probability(self.matrix(frame))


def fit_post_loan(
    matrix: pd.DataFrame,
    asked: pd.DataFrame,
    *,
    features: Sequence[Feature],
    seed: int = 0,
    name: str = POST_LOAN,
    settings: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
) -> PostLoanModel:
    """Fit a hazard for each horizon, its constraints proved, calibrated on loans of firms that its ranking did not see.

    Parameters
    ----------
    matrix : one row a loan and date, every one of ``features`` as a float column, NaN where unknown.
    asked : the rows' ``enterprise_id, as_of`` and outcomes, as of ``features.labels.post_loan_labels``.
    features : the columns that the scores may read, with their directions.
    seed, settings, training : as in ``models.fit.fit_credit_model``.

    Raises
    ------
    CreditError
        With fewer than ten loans of an outcome.
    ArtifactError
        When a fitted score moves against a direction.
    """
    hazards = {}
    for horizon in HORIZONS:
        told = asked[horizon].notna().to_numpy()
        y = asked.loc[told, horizon].to_numpy(dtype=float)
        _enough(horizon, y)
        rows = Labelled.of(matrix[told], y, features, groups=asked.loc[told, "enterprise_id"].tolist())
        hazards[horizon] = fit_hazard(rows, seed, settings=settings)
    known = rows.features
    x = matrix[[f.name for f in known]].to_numpy(dtype=np.float64, na_value=np.nan)
    seen = reference(x)
    scores = {horizon: hazard.probability(seen.fill(x)) for horizon, hazard in hazards.items()}
    watched = matrix[most_used(hazards)].assign(**scores)
    figures = {
        "held_out": dict(hazards[DEFAULT].held_out),
        "horizons": {n: dict(h.held_out) for n, h in hazards.items()},
    }
    return PostLoanModel(
        name=name,
        features=known,
        hazards=hazards,
        reference=seen,
        baseline=baseline(watched, asked["enterprise_id"], asked["as_of"]),
        training={**(training or {}), "seed": seed, "settings": dict(settings or {}), **figures},
    )


def most_used(hazards: Mapping[str, Hazard]) -> list[str]:
    """The inputs on which the scores lean most, by the gain of their splits, the most first."""
    gains = [h.booster.feature_importance("gain") / max(h.booster.feature_importance("gain").sum(), 1e-12)
             for h in hazards.values()]  # fmt: skip
    names = next(iter(hazards.values())).names
    order = np.argsort(-np.sum(gains, axis=0), kind="stable")[:WATCHED]
    return [names[j] for j in order]


def _enough(horizon: str, y: Floats) -> None:
    bad = int(y.sum())
    if min(bad, len(y) - bad) < FEWEST:
        raise CreditError(
            f"训练 {horizon} 至少需要进入与未进入该状态的贷款各 {FEWEST} 笔，现有在贷贷款为 {bad} 笔和 "
            f"{len(y) - bad} 笔，请导入更多月份的还款计划",
            f"training {horizon} needs at least {FEWEST} loans that reached the state and {FEWEST} that did not, "
            f"the live loans have {bad} and {len(y) - bad}; ingest more months of instalments",
        )


def post_loan_files(model: PostLoanModel) -> dict[str, Any]:
    """The model as plain content by file name."""
    parts: dict[str, Any] = {}
    for horizon, hazard in model.hazards.items():
        parts[f"booster-{horizon}.txt"] = hazard.booster.model_to_string()
        parts[f"calibration-{horizon}.json"] = asdict(hazard.calibration)
    return {
        **parts,
        "features.json": [asdict(f) for f in model.features],
        "reference.json": model.reference.to_json(model.names),
        "baseline.json": model.baseline.to_json(),
    }


def read_post_loan(content: Mapping[str, Any], manifest: Mapping[str, Any], where: str, version: str) -> PostLoanModel:
    """What ``post_loan_files`` gave, as a model."""
    del where
    known = read_features(content["features.json"])
    names = tuple(f.name for f in known)
    hazards = {
        horizon: Hazard(
            names,
            read_booster(content[f"booster-{horizon}.txt"]),
            Calibration(**content[f"calibration-{horizon}.json"]),
            manifest["training"]["horizons"][horizon],
        )
        for horizon in HORIZONS
    }
    return PostLoanModel(
        name=manifest["model"],
        features=known,
        hazards=hazards,
        reference=Reference.from_json(content["reference.json"], list(names)),
        baseline=Baseline.from_json(content["baseline.json"]),
        training=manifest["training"],
        version=version,
    )
