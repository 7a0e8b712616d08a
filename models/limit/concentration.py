"""Concentration: what one firm, and one group of connected firms, may have of the bank's capital."""

import numpy as np

from models.arrays import Floats
from models.limit.leg import Columns, Leg, Terms
from models.policy import Policy


def _firm(features: Columns, policy: Policy, terms: Terms) -> Floats:
    part = policy.legs.concentration
    return np.full_like(terms.months, part.net_capital * part.firm_share)


def _group(features: Columns, policy: Policy, terms: Terms) -> Floats:
    part = policy.legs.concentration
    return part.tier1_capital * part.group_share - features["exposure_group"]


SINGLE_FIRM = Leg(
    name="single_firm_cap",
    zh="单一客户集中度上限",
    en="cap for a single firm",
    basis="our_total",
    appetite=False,
    needs=(),
    source_zh="商业银行大额风险暴露管理办法：资本净额乘以政策比例（不超过10%），减本行已授信",
    source_en="Measures for large exposures: a share of net capital of at most 10 %, less what we have committed",
    formula=_firm,
)
GROUP = Leg(
    name="group_cap",
    zh="集团客户集中度上限",
    en="cap for a group of firms",
    basis="our_total",
    appetite=False,
    needs=(),
    also=("exposure_group",),
    source_zh="商业银行大额风险暴露管理办法：一级资本净额乘以政策比例（不超过20%），减本行对集团其他企业及本企业已授信",
    source_en="Measures for large exposures: a share of tier-1 capital of at most 20 %, less what the group and "
    "the firm have of us",
    formula=_group,
)
