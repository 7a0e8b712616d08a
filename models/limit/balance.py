"""Balance: a multiple of what stands in the accounts on an average day."""

from models.limit.leg import Columns, Floats, Leg, Terms
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    return policy.legs.balance.multiple * features["balance_average_mean_6m"]


LEG = Leg(
    name="balance",
    zh="日均余额",
    en="average balance",
    basis="our_total",
    appetite=True,
    needs=("balance_average_mean_6m",),
    source_zh="近6个月日均余额乘以倍数，减本行已授信",
    source_en="a multiple of the six-month average balance, less what we have committed",
    formula=_value,
)
