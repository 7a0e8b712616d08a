"""Tax: a multiple of the tax paid in twelve months by the authority's grade, with a floor for small taxpayers."""

import numpy as np

from models.arrays import Floats
from models.limit.leg import Columns, Leg, Terms, place
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    part = policy.legs.tax
    # without a grade place 0 - 1, the last: the lowest multiple
    multiple = np.array(part.multiples)[place(features["tax_grade"], len(part.multiples)) - 1]
    return np.maximum(multiple * features["outflow_tax_sum_12m"], part.floor)


LEG = Leg(
    name="tax",
    zh="纳税",
    en="tax paid",
    basis="our_total",
    appetite=True,
    needs=("outflow_tax_sum_12m",),
    also=("tax_grade",),
    source_zh="近12个月缴税额乘以按纳税信用等级的倍数（设下限），减本行已授信",
    source_en="a multiple of twelve months' tax by tax credit grade with a floor, less what we have committed",
    formula=_value,
)
