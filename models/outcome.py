"""The decision as columns: rules, risk, grade, legs, price and terms of n rows at once, each row on its own.

Every step works element by element, so that a row gives the same bits alone and in any batch.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import Flags, Floats, Places
from models.credit_model import CreditModel
from models.limit import (
    CYCLE,
    LEGS,
    QUANTILE,
    REQUESTED_TERM,
    Bound,
    Columns,
    Terms,
    appetite,
    cycle,
    dear,
    factor,
    habit,
    offer,
    repaid,
    settle,
)
from models.policy import PD, Policy
from models.policy_parts import Rule
from models.price import Price, price
from models.repayment import Kinds


@dataclass(frozen=True)
class Outcome:
    """What was decided, one entry a row.

    ``failed`` and ``refers`` have one column a rule: those of the admission, and those of admission and
    referral. ``grade`` is an index into the policy's grades. ``bound.terms`` apply on admission; ``offered`` is true
    where they are not those asked for. ``dear`` is true where the price passes its ceiling, ``idle`` where the firm's
    trade needs no working capital. ``features`` are the columns that rules and legs read, those that were derived among
    them; ``parts`` are those of the appetite.
    """

    raw: Floats
    pd: Floats
    score: Floats
    grade: Places
    failed: Flags
    refers: Flags
    bound: Bound
    price: Price
    offered: Flags
    dear: Flags
    idle: Flags
    admitted: Flags
    referral: Flags
    features: Columns
    parts: Columns

    @property
    def terms(self) -> Terms:
        """Rate, months and way of repayment that limit and price settled on."""
        return self.bound.terms

    @property
    def limit(self) -> Floats:
        """Yuan of new money, 0 when declined."""
        return np.where(self.admitted, self.bound.limit, 0.0)


def outcome(matrix: Floats, model: CreditModel) -> Outcome:
    """Decide rows of ``model.columns``.

    Parameters
    ----------
    matrix : shape (n, len(model.columns)), NaN where unknown.
    """
    policy = model.policy
    raw = model.raw(matrix)
    risk = model.calibration.probability(raw)
    features = model.read(matrix)
    features |= cycle(features, policy) | {QUANTILE: model.cash_flow(features), PD: risk}
    grade = np.searchsorted(policy.grade_ends, risk, side="left")
    kind, months = _terms(features, policy)
    cost, parts = price(risk, kind, months, policy.price), appetite(features, policy, grade)
    scale = factor(parts)
    bound = settle(LEGS, features, policy, kind, months, cost, scale)
    (failed, refers), idle = _rules(features, policy), features[CYCLE] <= 0
    others = np.flatnonzero(~failed.any(axis=1) & bound.appetite & ~idle)
    bound, cost, offered = offer(LEGS, features, policy, scale, bound, cost, others)
    too_dear = dear(bound.terms, policy)
    passed = ~failed.any(axis=1) & ~too_dear
    admitted = passed & bound.appetite & ~idle & (bound.limit >= policy.product.minimum)
    unsure = refers.any(axis=1) | ~bound.whole
    referral = np.where(admitted, unsure, passed & (idle | ~bound.appetite))
    score = policy.score.score(model.calibration.log_odds(raw))
    return Outcome(
        raw,
        risk,
        score,
        grade,
        failed,
        refers,
        bound,
        cost,
        offered,
        too_dear,
        idle,
        admitted,
        referral,
        features,
        parts,
    )


def _terms(features: Columns, policy: Policy) -> tuple[Kinds, Floats]:
    """Way of repayment and months: what fits the cycle, and what was asked for."""
    kind, usual = habit(features[CYCLE], policy)
    asked = features[REQUESTED_TERM]
    months = np.clip(np.floor(np.where(np.isnan(asked), usual, asked)), 1.0, policy.term.maximum_months)
    return repaid(kind, months, policy), months


def _rules(features: Columns, policy: Policy) -> tuple[Flags, Flags]:
    rows = len(features[PD])
    failed = [_broken(r, features) | _missing(r, features, "decline") for r in policy.admission]
    unknown = [_missing(r, features, "refer") for r in policy.admission]
    referred = [_broken(r, features) | _missing(r, features, "refer") for r in policy.referral]
    return _stack(failed, rows), _stack(unknown + referred, rows)


def _broken(rule: Rule, features: Columns) -> Flags:
    values = features[rule.feature]
    return values < rule.minimum if rule.minimum is not None else values > rule.bound


def _missing(rule: Rule, features: Columns, answer: str) -> Flags:
    if rule.when_missing != answer:
        return np.zeros(len(features[rule.feature]), dtype=bool)
    return np.isnan(features[rule.feature])


def _stack(flags: list[Flags], rows: int) -> Flags:
    return np.column_stack(flags) if flags else np.zeros((rows, 0), dtype=bool)
