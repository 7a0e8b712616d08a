"""Tax: a multiple of the tax paid in twelve months, with a floor for small taxpayers."""

import numpy as np

from models.limit.leg import Columns, Floats, Leg, Terms
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    return np.maximum(policy.legs.tax.multiple * features["outflow_tax_sum_12m"], policy.legs.tax.floor)


LEG = Leg(
    name="tax",
    zh="纳税",
    en="tax paid",
    basis="our_total",
    appetite=True,
    needs=("outflow_tax_sum_12m",),
    source_zh="近12个月缴税额乘以倍数（设下限），减本行已授信",
    source_en="a multiple of twelve months' tax with a floor, less what we have committed",
    formula=_value,
)
