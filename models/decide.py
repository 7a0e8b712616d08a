"""From rows of the feature matrix to decisions: whole, or as scalar columns; the same numbers to the last bit."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.counterfactual import counterfactuals
from models.credit_model import CreditModel
from models.decision import Decision
from models.gaps import data_gaps
from models.limit import LEGS, Columns
from models.outcome import Outcome, outcome
from models.parts import leg_values, prices
from models.reasons import reasons
from models.repayment import TYPES

DECLINED = "admission"
CHUNK = 2_000


def decide_table(features: pd.DataFrame, model: CreditModel) -> pd.DataFrame:
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
    for name, values in _scalars(outcome(model.matrix(features), model), model).items():
        table[name] = values
    return table


def decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    """Whole decisions with legs, reasons and data gaps, in the order of ``features``."""
    parts = [features.iloc[start : start + CHUNK] for start in range(0, len(features), CHUNK)]
    return [decision for part in parts for decision in _decide(part, model)]


def _decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    matrix = model.matrix(features)
    result = outcome(matrix, model)
    columns: dict[str, Any] = {name: values.tolist() for name, values in _scalars(result, model).items()} | {
        "legs": leg_values(result, model.policy),
        "price": prices(result, model.policy),
        "repayment": [TYPES[k] if yes else None for k, yes in zip(result.terms.kind, result.admitted, strict=True)],
        "appetite": _rows(result.parts),
        "reasons": reasons(matrix, result, model),
        "counterfactuals": counterfactuals(matrix, result, model),
        "data_gaps": data_gaps(matrix, model),
        "enterprise_id": [str(firm) for firm in features["enterprise_id"]],
        "as_of": [_day(value) for value in features["as_of"]],
    }
    columns["term_months"] = [None if np.isnan(v) else int(v) for v in columns["term_months"]]
    columns["annual_rate"] = [None if np.isnan(v) else v for v in columns["annual_rate"]]
    made: dict[str, Any] = {"model": model.name, "version": model.version, "policy": model.policy.version}
    return [Decision(**dict(zip(columns, row, strict=True)), **made) for row in zip(*columns.values(), strict=True)]


def _rows(columns: Columns) -> list[dict[str, float]]:
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


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


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
