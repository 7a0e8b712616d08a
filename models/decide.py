"""From rows of the feature matrix to decisions: whole, or as scalar columns; the same numbers to the last bit."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.credit_model import CreditModel
from models.decision import DataGap, Decision, LegValue, Reason
from models.gaps import data_gaps
from models.limit import LEGS
from models.outcome import Outcome, outcome
from models.reasons import reasons

Floats = NDArray[np.float64]

DECLINED = "admission"
CHUNK = 2_000


def decide_table(features: pd.DataFrame, model: CreditModel, threads: int = 1) -> pd.DataFrame:
    """The scalar columns of the decisions, one row a row of ``features``.

    Parameters
    ----------
    features : ``enterprise_id``, ``as_of`` and the model's columns, float64, NaN where unknown.

    Returns
    -------
    ``enterprise_id, as_of, admitted, referral, pd, score, grade, limit, term_months, annual_rate, binding_leg``;
    the term and the rate of a decline are NaN.
    """
    table = features[["enterprise_id", "as_of"]].reset_index(drop=True)
    for name, values in _scalars(outcome(model.matrix(features), model, threads), model).items():
        table[name] = values
    return table


def decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    """Whole decisions with legs, reasons and data gaps, in the order of ``features``."""
    parts = [features.iloc[start : start + CHUNK] for start in range(0, len(features), CHUNK)]
    return [decision for part in parts for decision in _decide(part, model)]


def _decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    matrix = model.matrix(features)
    result = outcome(matrix, model)
    scalars = {name: values.tolist() for name, values in _scalars(result, model).items()}
    why, gaps = reasons(matrix, result, model), data_gaps(matrix, model)
    ids, dates = features["enterprise_id"].tolist(), [_day(value) for value in features["as_of"]]
    return [
        _one(ids[i], dates[i], {name: values[i] for name, values in scalars.items()}, result, why[i], gaps[i], i, model)
        for i in range(len(features))
    ]


def _one(
    enterprise_id: str,
    as_of: date,
    scalars: dict[str, Any],
    result: Outcome,
    why: tuple[Reason, ...],
    gaps: tuple[DataGap, ...],
    i: int,
    model: CreditModel,
) -> Decision:
    term, rate = scalars.pop("term_months"), scalars.pop("annual_rate")
    return Decision(
        enterprise_id=str(enterprise_id),
        as_of=as_of,
        term_months=int(term) if scalars["admitted"] else None,
        annual_rate=rate if scalars["admitted"] else None,
        legs=_legs(result.bound.new_money[i]),
        reasons=why,
        data_gaps=gaps,
        model=model.name,
        version=model.version,
        policy=model.policy.version,
        **scalars,
    )


def _scalars(result: Outcome, model: CreditModel) -> dict[str, NDArray[Any]]:
    admitted = result.admitted
    legs = np.array([leg.name for leg in LEGS], dtype=object)
    return {
        "admitted": admitted,
        "referral": result.referral,
        "pd": result.pd,
        "score": result.score,
        "grade": np.array([g.grade for g in model.policy.grades], dtype=object)[result.grade],
        "limit": result.limit,
        "term_months": np.where(admitted, result.terms.months, np.nan),
        "annual_rate": np.where(admitted, result.terms.annual_rate, np.nan),
        "binding_leg": np.where(admitted, legs[result.bound.leg], DECLINED),
    }


def _legs(values: Floats) -> tuple[LegValue, ...]:
    return tuple(
        LegValue(name=leg.name, basis=leg.basis, value=None if np.isnan(v) else float(v), source=leg.source)
        for leg, v in zip(LEGS, values, strict=True)
    )


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
