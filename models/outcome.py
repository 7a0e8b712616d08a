"""The decision as columns: rules, risk, grade, legs and terms of n rows at once, each row on its own.

Every step works element by element, so that a row gives the same bits alone and in any batch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.credit_model import CreditModel
from models.limit import LEGS, REQUESTED_TERM, Bound, Columns, Terms, bind
from models.policy import PD, Policy
from models.policy_parts import Rule

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """What was decided, one entry a row.

    ``failed`` and ``refers`` have one column a rule: those of the admission, and those of admission and
    referral. ``grade`` is an index into the policy's grades. Terms are those that apply on admission.
    """

    raw: Floats
    pd: Floats
    score: Floats
    grade: NDArray[np.intp]
    failed: Flags
    refers: Flags
    terms: Terms
    bound: Bound
    admitted: Flags
    referral: Flags

    @property
    def limit(self) -> Floats:
        """Yuan of new money, 0 when declined."""
        return np.where(self.admitted, self.bound.limit, 0.0)


def outcome(matrix: Floats, model: CreditModel, threads: int = 1) -> Outcome:
    """Decide rows of ``model.columns``.

    Parameters
    ----------
    matrix : shape (n, len(model.columns)), NaN where unknown.
    """
    policy = model.policy
    raw = model.raw(matrix, threads)
    risk = model.calibration.probability(raw)
    features = {name: np.ascontiguousarray(matrix[:, j]) for j, name in enumerate(model.columns)}
    grade = np.searchsorted([g.pd_up_to for g in policy.grades], risk, side="left")
    terms = Terms(np.array([g.annual_rate for g in policy.grades])[grade], _months(features, policy))
    bound = bind(LEGS, features, policy, terms, np.array([g.factor for g in policy.grades])[grade])
    failed, refers = _rules(features | {PD: risk}, policy)
    passed = ~failed.any(axis=1)
    admitted = passed & bound.appetite & (bound.limit >= policy.product.minimum)
    referral = np.where(admitted, refers.any(axis=1), passed & ~bound.appetite)
    score = model.scale.score(model.calibration.log_odds(raw))
    return Outcome(raw, risk, score, grade, failed, refers, terms, bound, admitted, referral)


def _months(features: Columns, policy: Policy) -> Floats:
    asked = features[REQUESTED_TERM]
    wanted = np.where(np.isnan(asked), policy.term.default_months, asked)
    return np.clip(np.floor(wanted), 1.0, policy.term.maximum_months)


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
    return np.isnan(features[rule.feature]) & (rule.when_missing == answer)


def _stack(flags: list[Flags], rows: int) -> Flags:
    return np.column_stack(flags) if flags else np.zeros((rows, 0), dtype=bool)
