"""Working capital: what the firm's trade binds between paying and being paid, less what it funds itself."""

import numpy as np

from models.arrays import Floats
from models.limit.cycle import CYCLE, CYCLE_FROM, CYCLE_MARGIN, INDUSTRY, INVOICES
from models.limit.leg import Columns, Leg, Mark, Terms
from models.policy import Policy

YEAR_DAYS = 360.0


def need(revenue: Floats, margin: Floats, growth: Floats, cycle_days: Floats) -> Floats:
    """Working capital needed, in yuan; 0 for a cycle of no days or fewer.

    Parameters
    ----------
    revenue : yuan of the last year.
    margin, growth : profit on sales, and growth expected, as shares.
    cycle_days : inventory + receivables - payables + prepayments - advances.

    Examples
    --------
    60 + 45 - 30 + 10 - 5 = 80 days turn 4.5 times: 10m x 0.9 x 1.1 / 4.5

    >>> one = np.ones(1)
    >>> need(10e6 * one, 0.1 * one, 0.1 * one, 80.0 * one).round(2)
    array([2200000.])

    Notes
    -----
    Annex of the Measures for working-capital loans (Order 2 of 2024).
    """
    return revenue * (1.0 - margin) * (1.0 + growth) * np.maximum(cycle_days, 0.0) / YEAR_DAYS


def room(needed: Floats, own: Floats, other: Floats) -> Floats:
    """What lenders together may fund of a need; existing loans come off as commitments.

    Examples
    --------
    Of 2.2m the firm has 0.5m and other sources 0.1m; with 0.6m lent already, 1.0m is left for a new loan:

    >>> room(np.array([2.2e6]), np.array([0.5e6]), np.array([0.1e6])) - 0.6e6
    array([1000000.])
    """
    return np.maximum(needed - own - other, 0.0)


def _value(features: Columns, policy: Policy, terms: Terms) -> Floats:
    part = policy.legs.working_capital
    growth = np.clip(features["income_yoy_12m"], 0.0, part.growth_up_to)
    needed = need(features["revenue_ex_vat_sum_12m"], features[CYCLE_MARGIN], growth, features[CYCLE])
    return room(needed, part.own_share * needed, np.zeros_like(needed))


LEG = Leg(
    name="working_capital",
    zh="营运资金需求",
    en="need for working capital",
    basis="all_lenders_total",
    appetite=False,
    needs=("revenue_ex_vat_sum_12m",),
    also=("income_yoy_12m",),
    derived=(CYCLE, CYCLE_MARGIN, CYCLE_FROM),
    source_zh="流动资金贷款管理办法附件：不含税收入×(1-利润率)×(1+增长率)÷周转次数，周转天数取自财务报表，减自有资金与各家机构已授信",
    source_en="annex of the Measures for working-capital loans: revenue x (1 - margin) x (1 + growth) / turns, days "
    "from the statements, less own funds and what all lenders have committed",
    formula=_value,
    marks=(
        Mark(
            where=lambda features, _: features[CYCLE_FROM] == INVOICES,
            zh="流动资金贷款管理办法附件；无近两年财务报表，应收与应付天数取自发票至收付款，其余天数取行业通常值并按政策比例"
            "折算，利润率取行业通常值（假设），减自有资金与各家机构已授信",
            en="annex of the Measures for working-capital loans; no statement of two years, so the days of receivables "
            "and payables are those from invoices to payments, the other days the policy's share of the usual ones of "
            "the industry, the margin the usual one (assumption); less own funds and what all lenders have committed",
        ),
        Mark(
            where=lambda features, _: features[CYCLE_FROM] == INDUSTRY,
            zh="流动资金贷款管理办法附件；无近两年财务报表，周转天数取行业通常值并按政策比例折算，利润率取行业通常值（假设），"
            "减自有资金与各家机构已授信",
            en="annex of the Measures for working-capital loans; no statement of two years, so days are the policy's "
            "share of the usual ones of the industry, the margin the usual one (assumption); less own funds and what "
            "all lenders have committed",
        ),
    ),
)
