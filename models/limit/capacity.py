"""Capacity: the loan whose instalments the operating cash flow pays, with cover to spare."""

import numpy as np

from models.limit.leg import Columns, Floats, Leg, Terms, annuity_factor
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    capacity = policy.legs.capacity
    # what owners take beyond their living can stop before the bank is unpaid; what they put in is no capacity
    drawings = np.clip(features["drawings_mean_12m"], 0.0, capacity.living_costs)
    room = (features["net_operating_mean_12m"] - drawings) / capacity.dscr - features["outflow_financing_mean_6m"]
    return room * annuity_factor(terms.annual_rate, terms.months)


LEG = Leg(
    name="capacity",
    zh="偿债能力",
    en="repayment capacity",
    basis="new_money",
    appetite=True,
    needs=("net_operating_mean_12m",),
    also=("drawings_mean_12m", "outflow_financing_mean_6m"),
    source_zh="近12个月月均经营净现金流（扣除业主生活支取）除以偿债覆盖倍数，减现有月还款，按期限折为年金现值",
    source_en="mean monthly operating cash flow after tax and the owner's living, over the debt service cover, "
    "less present debt service, as an annuity over the term",
    formula=_value,
)
