"""Requested: nobody is lent more than was asked for; without a request the leg does not apply."""

from models.arrays import Floats
from models.limit.leg import Columns, Leg, Terms
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    return features["requested_amount"]


LEG = Leg(
    name="requested",
    zh="申请金额",
    en="amount requested",
    basis="new_money",
    appetite=False,
    needs=("requested_amount",),
    optional=True,
    source_zh="客户申请金额",
    source_en="the amount that the firm asked for",
    formula=_value,
)
