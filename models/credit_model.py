"""A fitted credit model: a ranking, its calibration, the scorecard beside it, the policy, and what it saw."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np
import pandas as pd
import yaml

from models.arrays import Floats, Places
from models.boosted import Scorer, read_booster, scorer
from models.calibration import Calibration
from models.capacity import LEVEL_FEATURES, CapacityModel
from models.feature import ModelFeature, read_features, refuse_absent
from models.limit import LEG_FEATURES
from models.policy import Policy
from models.reference import Reference
from models.scorecard import Scorecard

CREDIT_LIMIT = "credit-limit"  # the name under which it is registered
BLOCK = 1_024  # rows that are filled and scored at a time: they stay in the processor's cache


@dataclass(frozen=True)
class CreditModel:
    """Everything that a decision needs, and nothing that changes.

    ``version`` is the version in the registry, empty for a model that was never registered. ``training`` holds
    figures about the training run: names to numbers or texts.
    """

    kind: ClassVar[str] = "credit"

    name: str
    features: tuple[ModelFeature, ...]
    booster: lgb.Booster
    calibration: Calibration
    scorecard: Scorecard
    policy: Policy
    reference: Reference
    training: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    capacity: CapacityModel | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features that the score reads, in the order of the booster."""
        return tuple(f.name for f in self.features)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All that a decision reads: the score's features first, then what only legs and rules read."""
        return tuple(dict.fromkeys([*self.names, *self.policy.features, *LEG_FEATURES, *self._flows]))

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """The rows as float64 of shape (n, len(columns)); what only legs or rules read may be absent: NaN.

        Raises
        ------
        ArtifactError
            When a feature of the score is not a column of ``frame``.
        """
        refuse_absent(self.names, frame, f"{self.name} {self.version}", ("特征表", "feature matrix"))
        values = frame.reindex(columns=list(self.columns)).to_numpy(dtype=np.float64, na_value=np.nan)
        return np.ascontiguousarray(values)

    @cached_property
    def _read(self) -> tuple[tuple[str, ...], Places]:
        """What legs, rules and the capacity model read, and where it stands among the columns."""
        names = tuple(dict.fromkeys([*self.policy.features, *LEG_FEATURES, *self._flows]))
        return names, np.array([self.columns.index(name) for name in names], dtype=np.intp)

    @cached_property
    def _flows(self) -> tuple[str, ...]:
        """What the capacity model reads."""
        return (*LEVEL_FEATURES, *self.capacity.names) if self.capacity else ()

    @cached_property
    def _score(self) -> Scorer:
        return scorer(self.booster)

    def read(self, matrix: Floats) -> dict[str, Floats]:
        """The columns of a matrix that legs, rules and the capacity model read, by name."""
        names, places = self._read
        return dict(zip(names, np.ascontiguousarray(matrix[:, places].T), strict=True))

    def cash_flow(self, columns: Mapping[str, Floats]) -> Floats:
        """20 % quantile of the next twelve months' cash flow in yuan, shape (n,); NaN without a capacity model.

        Parameters
        ----------
        columns : what ``read`` gave.
        """
        if self.capacity is None:
            return np.full(len(next(iter(columns.values()))), np.nan)
        return self.capacity.quantile(columns)

    def raw(self, matrix: Floats) -> Floats:
        """Score of the booster before calibration, shape (n,)."""
        x = matrix[:, : len(self.names)]
        blocks = (x[start : start + BLOCK] for start in range(0, max(len(x), 1), BLOCK))
        return np.concatenate([self._score(self.reference.fill(block)) for block in blocks])

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Calibrated probability of default, shape (n,)."""
        return self.calibration.probability(self.raw(self.matrix(frame)))

    def scorecard_probability(self, frame: pd.DataFrame) -> Floats:
        """Probability of default by the scorecard, shape (n,)."""
        matrix = self.matrix(frame)
        return self.scorecard.probability({name: matrix[:, j] for j, name in enumerate(self.columns)})


def credit_files(model: CreditModel) -> dict[str, Any]:
    """Texts by name; what ends in ``.json`` is plain content."""
    capacity = model.capacity.files() if model.capacity else {}
    return capacity | {
        "booster.txt": model.booster.model_to_string(),
        "calibration.json": asdict(model.calibration),
        "scorecard.json": model.scorecard.to_json(),
        "features.json": [asdict(f) for f in model.features],
        "reference.json": model.reference.to_json(model.names),
        "policy.yaml": yaml.safe_dump(model.policy.model_dump(mode="json"), allow_unicode=True, sort_keys=False),
    }


def read_credit(content: Mapping[str, Any], manifest: Mapping[str, Any], where: str, version: str) -> CreditModel:
    """What ``credit_files`` gave, as a model; ``where`` is the artefact's place for messages."""
    known = read_features(content["features.json"])
    return CreditModel(
        name=manifest["model"],
        features=known,
        booster=read_booster(content["booster.txt"]),
        calibration=Calibration(**content["calibration.json"]),
        scorecard=Scorecard.from_json(content["scorecard.json"]),
        policy=Policy.parse(yaml.safe_load(content["policy.yaml"]), f"{where}/policy.yaml"),
        reference=Reference.from_json(content["reference.json"], [f.name for f in known]),
        training=manifest["training"],
        version=version,
        capacity=CapacityModel.read(content),
    )
