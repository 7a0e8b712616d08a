"""Balance: a multiple of what of its own a firm has in its accounts on an average day."""

from models.arrays import Floats
from models.limit.leg import BORROWED, Columns, Leg, Terms, own_money
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    return policy.legs.balance.multiple * own_money(features["balance_average_mean_6m"], features[BORROWED])


LEG = Leg(
    name="balance",
    zh="日均余额",
    en="average balance",
    basis="our_total",
    appetite=True,
    needs=("balance_average_mean_6m",),
    also=(BORROWED,),
    source_zh="近6个月日均余额（扣除同期融资流入）乘以倍数，减本行已授信",
    source_en="a multiple of the six-month average balance without what was borrowed in these months, less what we "
    "have committed",
    formula=_value,
)
