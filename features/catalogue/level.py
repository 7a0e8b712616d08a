"""How much flows: true operating income, operating cash flow and what they are made of."""

from typing import Final

from features.catalogue.grammar import cautious, low_quantile, mean, ratio, total

# The larger of two firms that are alike in all else fails less often, and more true income never lowers a limit.
SIZE: Final = -1

FEATURES = (
    mean("income", 3, direction=SIZE),
    mean("income", 6, direction=SIZE),
    mean("income", 12, direction=SIZE),
    total("income", 12, direction=SIZE),
    mean("net_operating", 3, direction=-1),
    mean("net_operating", 6, direction=-1),
    mean("net_operating", 12, direction=-1),
    low_quantile("income", 12),
    low_quantile("net_operating", 12),
    cautious("net_operating", 12),
    mean("drawings", 12),
    mean("inflow_total", 6),
    mean("inflow_total", 12),
    mean("outflow_total", 6),
    mean("outflow_total", 12),
    mean("inflow_operating", 3, direction=SIZE),
    mean("inflow_operating", 12, direction=SIZE),
    mean("outflow_operating", 12),
    mean("inflow_cash", 12),
    mean("inflow_platform", 12),
    mean("lines_inflow", 3, unit="lines"),
    mean("lines_inflow", 12, unit="lines"),
    mean("lines_outflow", 12, unit="lines"),
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
)
