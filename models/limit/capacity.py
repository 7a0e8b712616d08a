"""Capacity: the loan that the operating cash flow repays in its own way of repayment, with cover to spare."""

import numpy as np

from models.limit.leg import Columns, Floats, Leg, Terms
from models.policy import Policy
from models.repayment import carried

QUANTILE = "cash_flow_q20"


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    capacity = policy.legs.capacity
    # what owners take beyond their living can stop before the bank is unpaid; what they put in is no capacity
    drawings = np.clip(features["drawings_mean_12m"], 0.0, capacity.living_costs)
    past = features["net_operating_mean_12m"] - drawings
    coming = features[QUANTILE] / 12.0
    room = np.where(np.isnan(coming), past, coming) / capacity.dscr - features["outflow_financing_mean_6m"]
    return room * carried(terms.kind, terms.annual_rate / 12.0, terms.months)


LEG = Leg(
    name="capacity",
    zh="偿债能力",
    en="repayment capacity",
    basis="new_money",
    appetite=True,
    needs=("net_operating_mean_12m",),
    also=("drawings_mean_12m", "outflow_financing_mean_6m"),
    derived=(QUANTILE,),
    priced=True,
    source_zh="未来12个月经营净现金流（税后、扣除业主生活支取）的20%分位数除以偿债覆盖倍数，减现有月还款，按期限与还款方式折算",
    source_en="20 % quantile of the next twelve months' operating cash flow after tax and the owner's living, over the "
    "debt service cover, less present debt service, by term and way of repayment",
    formula=_value,
    otherwise=(
        "近12个月月均经营净现金流（扣除业主生活支取）除以偿债覆盖倍数，减现有月还款，按期限与还款方式折算",
        "mean monthly operating cash flow of twelve months after tax and the owner's living, over the debt service "
        "cover, less present debt service, by term and way of repayment",
    ),
    marked=lambda features: np.isnan(features[QUANTILE]),
)
