"""Product cap: the most that one firm may have of us; risk does not scale it."""

import numpy as np

from models.arrays import Floats
from models.limit.leg import Columns, Leg, Terms
from models.policy import Policy


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    return np.full_like(terms.months, policy.product.cap)


LEG = Leg(
    name="product_cap",
    zh="产品上限",
    en="product cap",
    basis="our_total",
    appetite=False,
    needs=(),
    source_zh="产品单户上限，减本行已授信",
    source_en="the product's cap for one firm, less what we have committed",
    formula=_value,
)
