"""Capacity: the loan that a firm repays in its own way of repayment, with cover to spare.

Instalments are paid from the operating cash flow of their month. Principal at the end is tested at maturity, when what
the firm has now, of its own and untouched, is there beside the cash flow of all the months.
"""

import numpy as np

from models.arrays import Floats
from models.limit.leg import BORROWED, Columns, Leg, Mark, Terms, own_money
from models.policy import Policy
from models.repayment import at_end, carried

QUANTILE = "cash_flow_q20"
UNTOUCHED = "balance_lowest_mean_6m"
UNSEEN_OUT, UNSEEN_IN = "unseen_transfer_out", "unseen_transfer_in"


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    capacity = policy.legs.capacity
    # what owners take beyond their living can stop before the bank is unpaid; what they put in is no capacity
    drawings = np.clip(features["drawings_mean_12m"], 0.0, capacity.living_costs)
    past = features["net_operating_mean_12m"] - drawings
    coming = features[QUANTILE] / 12.0
    money = capacity.money_at_maturity * own_money(features[UNTOUCHED], features[BORROWED])
    flow = np.where(np.isnan(coming), past, coming) - _unseen(features, policy)
    a_month = flow + np.where(at_end(terms.kind), money / terms.months, 0)
    room = a_month / capacity.dscr - _service(features, policy)
    return room * carried(terms.kind, terms.annual_rate / 12.0, terms.months)


def _unseen(features: Columns, policy: Policy) -> Floats:
    """Yuan a month that went to own accounts not shown, net: of an account that pays suppliers nothing else is seen."""
    if policy.legs.capacity.unseen_accounts == "ignored":
        return np.zeros_like(features[UNSEEN_OUT])
    return np.maximum(features[UNSEEN_OUT] - features[UNSEEN_IN], 0.0) / 12.0


def _service(features: Columns, policy: Policy) -> Floats:
    """Yuan a month for present debts."""
    if policy.legs.capacity.service == "paid":
        return features["outflow_financing_mean_6m"]
    # a usual month tells of debts that no lender has reported
    return np.maximum(features["service_due"], features["outflow_financing_median_6m"])


LEG = Leg(
    name="capacity",
    zh="偿债能力",
    en="repayment capacity",
    basis="new_money",
    appetite=True,
    needs=("net_operating_mean_12m",),
    also=(
        "drawings_mean_12m",
        "outflow_financing_mean_6m",
        "outflow_financing_median_6m",
        "service_due",
        UNTOUCHED,
        BORROWED,
        UNSEEN_OUT,
        UNSEEN_IN,
    ),
    derived=(QUANTILE,),
    priced=True,
    source_zh="未来12个月经营净现金流（税后、扣除业主生活支取）的20%分位数（到期还本的，加自有存量资金）"
    "除以偿债覆盖倍数，减现有月还款，按期限与还款方式折算",
    source_en="20 % quantile of the next twelve months' operating cash flow after tax and the owner's living, with the "
    "firm's own money on hand where principal is due at the end, over the debt service cover, less present debt "
    "service, by term and way of repayment",
    formula=_value,
    marks=(
        Mark(
            where=lambda features, _: np.isnan(features[QUANTILE]),
            zh="近12个月月均经营净现金流（扣除业主生活支取；到期还本的，加自有存量资金）除以偿债覆盖倍数，减现有月还款，"
            "按期限与还款方式折算",
            en="mean monthly operating cash flow of twelve months after tax and the owner's living, with the firm's "
            "own money on hand where principal is due at the end, over the debt service cover, less present debt "
            "service, by term and way of repayment",
        ),
    ),
    notes=(
        Mark(
            where=lambda features, policy: _unseen(features, policy) > 0,
            zh="；已扣除净转往未展示本企业账户的资金",
            en="; less what went, net, to own accounts not shown",
        ),
    ),
)
