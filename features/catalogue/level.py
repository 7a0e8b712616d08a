"""How much flows: true operating income, operating cash flow and what they are made of."""

from typing import Final

import ibis

from features.catalogue.feature import Feature, Number, Row, Text, divide, zero
from features.catalogue.grammar import MISSING, OWN, cautious, low_quantile, mean, total
from features.catalogue.relations import over, ratio

# The larger of two firms that are alike in all else fails less often, and more true income never lowers a limit.
SIZE: Final = -1


def _year(row: Row, subject: str) -> Number:
    return zero(row.months(subject, 12).sum())


def _doubt(row: Row) -> Number:
    high = _year(row, "income_high")
    return ibis.ifelse(high > 0, divide(high - _year(row, "income_low"), high), None)


def _revenue(row: Row) -> Number:
    """As ``features.evidence.income.revenue``, over the year and without the VAT."""
    billed = _year(row, "income") - _year(row, "billed") + _year(row, "bills_received")
    return ibis.ifelse(row.months("income", 12).known > 0, billed / (row["base_vat_rate"] + 1.0), None)


FEATURES = (
    *(mean("income", window, direction=SIZE) for window in (3, 6, 12)),
    total("income", 12, direction=SIZE),
    *(mean("net_operating", window, direction=-1) for window in (3, 6, 12)),
    low_quantile("income", 12),
    low_quantile("net_operating", 12),
    cautious("net_operating", 12),
    mean("drawings", 12),
    *(mean("inflow_total", window) for window in (6, 12)),
    *(mean("outflow_total", window) for window in (6, 3, 12, 24)),
    *(mean("inflow_operating", window, direction=SIZE) for window in (3, 12)),
    mean("outflow_operating", 12),
    mean("inflow_cash", 12),
    mean("inflow_platform", 12),
    *(mean("lines_inflow", window, unit="lines") for window in (3, 12)),
    mean("lines_outflow", 12, unit="lines"),
    mean("fixed_costs", 12),
    *(mean("active_days", window, unit="days") for window in (3, 12)),
    *(over("income", "inflow_total", window, "level", -1) for window in (3, 6, 24)),
    *(over("net_operating", "income", window, "level", -1) for window in (3, 6, 24)),
    *(over("outflow_operating", "inflow_operating", window, "level", 0) for window in (3, 12, 24)),
    *(over("outflow_total", "inflow_total", window, "level", 0) for window in (3, 12)),
    *(over("fixed_costs", "income", window, "level", 1) for window in (3, 12)),
    over("outflow_rent", "income", 12, "level", 1),
    over("outflow_payroll", "outflow_operating", 12, "level"),
    over("outflow_fee", "outflow_total", 12, "level"),
    over("outflow_refund", "inflow_operating", 12, "level", 1),
    over("inflow_refund", "outflow_operating", 12, "level"),
    over("bills_received", "inflow_operating", 12, "level"),
    over("inflow_cash", "inflow_operating", 3, "level"),
    over("inflow_platform", "inflow_operating", 3, "level"),
    *(over(part, "inflow_total", 12, "level") for part in ("inflow_non_operating", "inflow_tax", "inflow_own")),
    *(over(part, "inflow_total", 3, "level") for part in ("inflow_non_operating", "inflow_own")),
    *(
        over(part, "inflow_total", window, "level", 1)
        for part in ("inflow_related", "inflow_owner")
        for window in (3, 12)
    ),
    *(over("inflow_wash", "inflow_total", window, "level", 1) for window in (6, 12)),
    *(over("owner_flows", "flows_total", window, "level", 0, "share") for window in (3, 12)),
    over("drawings", "income", 12, "level"),
    over("drawings", "net_operating", 12, "level"),
    over("inflow_operating", "lines_inflow", 12, "level", 0, "CNY a line"),
    over("outflow_operating", "lines_outflow", 12, "level", 0, "CNY a line"),
    over("lines_inflow", "active_days", 12, "level", 0, "lines a day"),
    over("income", "headcount", 12, "level", -1, "CNY a person"),
    ratio(
        "income_to_inflow_12m",
        "income_mean_12m",
        "inflow_total_mean_12m",
        "level",
        -1,
        "近12个月真实经营收入占总流入比",
        "share of gross inflow that is true operating income, last 12 months",
    ),
    ratio(
        "margin_12m",
        "net_operating_mean_12m",
        "income_mean_12m",
        "level",
        -1,
        "近12个月经营净现金流占收入比",
        "operating cash flow over true income, last 12 months",
    ),
    ratio(
        "cash_share_12m",
        "inflow_cash_mean_12m",
        "inflow_operating_mean_12m",
        "level",
        0,
        "近12个月现金占经营性流入比",
        "share of operating inflow in cash, last 12 months",
    ),
    ratio(
        "platform_share_12m",
        "inflow_platform_mean_12m",
        "inflow_operating_mean_12m",
        "level",
        0,
        "近12个月第三方支付占经营性流入比",
        "share of operating inflow through payment platforms, last 12 months",
    ),
    Feature(
        name="income_doubt_share_12m",
        family="level",
        window=12,
        unit="ratio",
        direction=0,
        missing=Text(
            "未知：窗口内没有已知月份，或存疑各笔全部计入仍无收入",
            "unknown: no month of the window is known, or no income even if every doubt is resolved for the firm",
        ),
        level="lines",
        zh="近12个月真实经营收入存疑部分占上限比",
        en="part of true income that is in doubt over its upper end, last 12 months",
        source=OWN,
        formula=_doubt,
    ),
    Feature(
        name="revenue_ex_vat_sum_12m",
        family="level",
        window=12,
        unit="CNY",
        direction=SIZE,
        missing=MISSING,
        level="lines",
        zh="近12个月不含税销售收入（票据按收到计）",
        en="sales without VAT, bills counted when received, last 12 months",
        source=OWN,
        formula=_revenue,
    ),
)
