"""The manual card: points from a table in ``conf/`` for when no model is asked; a person always decides.

It is a scorecard like the one beside a model, but written by people and not learned, so that it needs no registry.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from features.catalogue import CATALOGUE
from models.arrays import Floats
from models.checked import Part
from models.decision import DataGap, Decision, Reason
from models.policy import Policy
from models.policy_parts import Text, rising
from models.scorecard import Characteristic, Scorecard

NAME = "manual-card"
MOST_REASONS = 4
UNCHECKED = DataGap(
    code="calibration",
    zh="违约概率由分数折算，未经违约数据检验",
    en="the probability is what the points stand for; it was never compared with defaults",
)
GAP, NO_MODEL = "model", "no model: "


class Row(Part):
    """Points of one feature: ``points[0]`` below ``edges[0]``, then one for each edge from it on."""

    feature: Text
    edges: Annotated[tuple[float, ...], Field(min_length=1)]
    points: tuple[float, ...]
    missing: float

    @model_validator(mode="after")
    def _fits(self) -> "Row":
        if not rising([*self.edges, None]) or len(self.points) != len(self.edges) + 1:
            raise ValueError("edges 递增，points 比 edges 多一项。edges that rise, and one more points than edges")
        feature = CATALOGUE.get(self.feature)
        if feature is None:
            raise ValueError("特征目录中的特征。a feature of the catalogue")
        if feature.direction and list(self.points) != sorted(self.points, reverse=feature.direction > 0):
            raise ValueError(
                "points 与特征方向一致：风险越高分数不越高。"
                "points that go with the direction of the feature: no more for more risk"
            )
        if self.missing > max(self.points):
            raise ValueError("missing 不高于已知值的最高分。missing: no more points than the best known value has")
        return self


class ManualCard(Part):
    """The whole card. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    base: float
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]

    def card(self, policy: Policy) -> Scorecard:
        """The table on the scale of the policy."""
        rows = tuple(Characteristic(**row.model_dump()) for row in self.rows)
        return Scorecard(self.base, policy.score, rows)


def decide_by_hand(features: pd.DataFrame, card: ManualCard, policy: Policy, why: str) -> list[Decision]:
    """A referral of each firm with its points and what took most of them; no limit, and no model asked.

    The probability is what the points stand for on the policy's scale, and was never compared with defaults.

    Parameters
    ----------
    features : ``enterprise_id``, ``as_of`` and columns of the catalogue, NaN where unknown; what is absent is unknown.
    why : what kept the model from answering, for the data gap.
    """
    table = card.card(policy)
    columns = {row.feature: _column(features, row.feature) for row in card.rows}
    score = table.score(columns)
    pd_ = table.scale.probability(score)
    grade = np.searchsorted(policy.grade_ends, pd_, side="left")
    points = np.column_stack([row.score(columns[row.feature]) for row in table.rows])
    told: Mapping[str, Any] = {
        "admitted": False,
        "referral": True,
        "limit": 0.0,
        **dict.fromkeys(("pd_low", "pd_high", "term_months", "annual_rate", "repayment", "price")),
        "appetite": {},
        "binding_leg": "admission",
        **dict.fromkeys(("legs", "counterfactuals"), ()),
        "model": NAME,
        "version": card.version,
        "policy": policy.version,
    }
    return [
        Decision(
            enterprise_id=str(firm),
            as_of=pd.Timestamp(day).date(),
            pd=float(pd_[i]),
            score=float(score[i]),
            grade=policy.grades[grade[i]].grade,
            reasons=_reasons(card, points[i], float(score[i])),
            data_gaps=_gaps(columns, i, why),
            **told,
        )
        for i, (firm, day) in enumerate(zip(features["enterprise_id"], features["as_of"], strict=True))
    ]


def why_by_hand(decision: Mapping[str, Any]) -> str:
    """What kept the model from answering, as a published decision of the card tells it."""
    told: str = next(gap["en"] for gap in decision["data_gaps"] if gap["code"] == GAP)
    return told.removeprefix(NO_MODEL)


def _column(features: pd.DataFrame, name: str) -> Floats:
    if name not in features:
        return np.full(len(features), np.nan)
    return features[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _reasons(card: ManualCard, points: Floats, score: float) -> tuple[Reason, ...]:
    """Why a person decides, then the rows that take points, the most first; ties in the order of the card."""
    first = Reason(
        code="manual.no_model",
        zh=f"未用模型：人工评分卡{score:.0f}分，须由人工决定",
        en=f"no model was asked: {score:.0f} points of the manual card, for a person to decide",
        effect="refers",
    )
    worst = [j for j in np.argsort(points, kind="stable")[:MOST_REASONS] if points[j] < 0]
    names = [CATALOGUE[card.rows[j].feature] for j in worst]
    taken = [
        Reason(
            code=f.name, zh=f"{f.zh}：{points[j]:+.0f}分", en=f"{f.en}: {points[j]:+.0f} points", effect="raises_risk"
        )
        for j, f in zip(worst, names, strict=True)
    ]
    return (first, *taken)


def _gaps(columns: Mapping[str, Floats], i: int, why: str) -> tuple[DataGap, ...]:
    model = DataGap(code=GAP, zh="未用模型，由人工评分卡计分", en=f"{NO_MODEL}{why}")
    missing = [CATALOGUE[name] for name, values in columns.items() if np.isnan(values[i])]
    return (model, UNCHECKED, *(DataGap(code=f.name, zh=f"缺少：{f.zh}", en=f"not known: {f.en}") for f in missing))
