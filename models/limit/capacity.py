"""Capacity: the loan whose instalments a weak month still pays, with cover to spare."""

from models.limit.leg import Columns, Floats, Leg, Terms, annuity_factor
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    room = features["net_operating_q20_12m"] / policy.legs.capacity.dscr - features["outflow_financing_mean_6m"]
    return room * annuity_factor(terms.annual_rate, terms.months)


LEG = Leg(
    name="capacity",
    zh="偿债能力",
    en="repayment capacity",
    basis="new_money",
    appetite=True,
    needs=("net_operating_q20_12m",),
    also=("outflow_financing_mean_6m",),
    source_zh="近12个月经营净现金流20%分位除以偿债覆盖倍数，减现有月还款，按期限折为年金现值",
    source_en="20 % quantile of monthly operating cash flow over the debt service cover, less present debt service, "
    "as an annuity over the term",
    formula=_value,
)
