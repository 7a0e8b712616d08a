"""From rows of the feature matrix to decisions: whole, or as scalar columns; the same numbers to the last bit."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import Floats
from models.counterfactual import counterfactuals
from models.credit_model import CreditModel
from models.decision import Decision, LegValue, Price
from models.gaps import data_gaps
from models.limit import LEGS, Columns, factor
from models.limit.leg import Leg
from models.outcome import Outcome, outcome
from models.policy import Policy
from models.reasons import reasons
from models.repayment import TYPES, all_in_cost

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
    whose = {name: features[name].array for name in ("enterprise_id", "as_of")}
    return pd.DataFrame(whose | _scalars(outcome(model.matrix(features), model), model))


def decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    """Whole decisions with legs, reasons and data gaps, in the order of ``features``."""
    parts = [features.iloc[start : start + CHUNK] for start in range(0, len(features), CHUNK)]
    return [decision for part in parts for decision in _decide(part, model)]


def _decide(features: pd.DataFrame, model: CreditModel) -> list[Decision]:
    matrix = model.matrix(features)
    result = outcome(matrix, model)
    low, high = model.calibration.interval(result.raw)
    columns: dict[str, Any] = {name: values.tolist() for name, values in _scalars(result, model).items()} | {
        "pd_low": _numbers(low),
        "pd_high": _numbers(high),
        "legs": _leg_values(result, model.policy),
        "price": _prices(result, model.policy),
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


def _leg_values(result: Outcome, policy: Policy) -> list[tuple[LegValue, ...]]:
    """Every leg of every row."""
    scale = _numbers(factor(result.parts))
    columns = [list(_leg(j, leg, result, policy, scale)) for j, leg in enumerate(LEGS)]
    return list(zip(*columns, strict=True))


def _leg(j: int, leg: Leg, result: Outcome, policy: Policy, scale: list[float | None]) -> Iterator[LegValue]:
    inputs = {name: _numbers(result.features[name]) for name in (*leg.reads, *leg.derived)}
    sources = leg.sources(result.features, policy, len(scale))
    values, stated = _numbers(result.bound.new_money[:, j]), _numbers(result.bound.stated[:, j])
    for i in range(len(scale)):
        yield LegValue(
            name=leg.name,
            basis=leg.on(policy),
            value=values[i],
            stated=stated[i],
            factor=scale[i] if leg.appetite else None,
            inputs={name: column[i] for name, column in inputs.items()},
            source=sources[i],
        )


def _prices(result: Outcome, policy: Policy) -> list[Price | None]:
    """The parts of the rate of every row that is admitted."""
    terms, price, costs = result.terms, result.price, policy.price
    limit = np.maximum(result.limit, policy.product.minimum)
    all_in = all_in_cost(terms.kind, terms.annual_rate, terms.months, costs.upfront_fee)
    columns = (price.expected_loss, price.making(limit), price.loss_share * limit, all_in)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Price(
            funding=costs.funding,
            operating=costs.operating,
            capital=costs.capital,
            expected_loss=expected,
            making=making,
            loss=loss,
            all_in_cost=cost,
        )
        if admitted
        else None
        for admitted, (expected, making, loss, cost) in zip(result.admitted.tolist(), rows, strict=True)
    ]


def _numbers(values: Floats) -> list[float | None]:
    return [None if np.isnan(v) else v for v in values.tolist()]


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
