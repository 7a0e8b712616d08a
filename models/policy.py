"""Credit policy as data: a YAML mapping, checked key by key, with its version, approver and date."""

from datetime import date
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from models.arrays import Floats
from models.checked import Part
from models.policy_legs import Legs
from models.policy_parts import Action, Appetite, Grade, Pricing, Product, Rule, Scale, Term, Text

PD = "pd"


class Policy(Part):
    """The whole policy. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    score: Scale
    admission: tuple[Rule, ...]
    referral: tuple[Rule, ...]
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    appetite: Appetite
    price: Pricing
    term: Term
    product: Product
    legs: Legs
    actions: tuple[Action, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        for wrong, expected in _contradictions(self):
            if wrong:
                raise ValueError(expected)
        return self

    @cached_property
    def grade_ends(self) -> Floats:
        """Highest probability of default of each grade."""
        return np.array([grade.pd_up_to for grade in self.grades])

    @cached_property
    def grade_factors(self) -> Floats:
        """Share of the appetite by grade."""
        return np.array([grade.factor for grade in self.grades])

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Features that the rules read, each once, in order."""
        rules = (*self.admission, *self.referral, *self.appetite.increase.rules)
        return tuple(dict.fromkeys(r.feature for r in rules if r.feature != PD))


def _contradictions(policy: Policy) -> list[tuple[bool, str]]:
    bands = policy.grades
    ends, factors = ([getattr(b, k) for b in bands] for k in ("pd_up_to", "factor"))
    names = [r.name for r in (*policy.admission, *policy.referral)]
    return [
        (
            ends != sorted(set(ends)) or ends[-1] != 1,
            "grades 的 pd_up_to 逐级递增至 1。grades: pd_up_to rising from band to band up to 1",
        ),
        (
            factors != sorted(factors, reverse=True),
            "grades 的 factor 不随风险上升。grades: a factor that does not rise with risk",
        ),
        (len({b.grade for b in bands}) < len(bands), "grades 等级不重复。grades: each grade once"),
        (len({a.name for a in policy.actions}) < len(policy.actions), "actions 名称不重复。actions: each name once"),
        (len(set(names)) < len(names), "admission 与 referral 名称不重复。admission and referral: each name once"),
        (
            any(r.when_missing == "decline" for r in policy.referral),
            "referral 的 when_missing 为 pass 或 refer。referral: when_missing of pass or refer",
        ),
        (
            policy.product.minimum > policy.product.cap,
            "product 的 minimum 不大于 cap。product: a minimum of at most the cap",
        ),
    ]
