"""Turnover: a share of a year's true operating income, slice by slice."""

import numpy as np

from models.arrays import Floats
from models.limit.leg import Columns, Leg, Terms
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    income = features["income_sum_12m"]
    total, start = np.zeros_like(income), 0.0
    for part in policy.legs.turnover.slices:
        end = np.inf if part.up_to is None else part.up_to
        total = total + part.share * np.clip(income - start, 0.0, end - start)
        start = end
    return total


LEG = Leg(
    name="turnover",
    zh="经营收入",
    en="operating income",
    basis="all_lenders_total",
    chosen=lambda policy: policy.legs.turnover.basis,
    appetite=True,
    needs=("income_sum_12m",),
    source_zh="近12个月真实经营收入分段乘以比例，按政策口径减本行或各家机构已授信",
    source_en="shares of twelve months' true operating income by slice, less what we, or all lenders, have committed, "
    "as the policy has it",
    formula=_value,
)
