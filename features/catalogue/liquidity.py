"""How long the money lasts."""

from features.catalogue.feature import Feature, Text
from features.catalogue.grammar import floor_share, low_quantile, mean, months_where, smallest, total, variation
from features.catalogue.relations import over, ratio

BUFFER = Text(
    "Farrell 与 Wheat（2016），缓冲天数：日均余额除以日均流出",
    "Farrell and Wheat (2016), buffer days: average daily balance over average daily outflow",
)
DAYS = 365 / 12


def _buffer(window: int) -> Feature:
    """Outflows are taken over half a year at least, since those of a quarter hang on a few days of payment."""
    paid = max(window, 6)
    zh, en = ("", "") if paid == window else (f"（按近{paid}个月流出）", f" at the outflow of {paid}")
    return ratio(
        f"buffer_days_{window}m",
        f"balance_average_mean_{window}m",
        f"outflow_total_mean_{paid}m",
        "liquidity",
        -1,
        f"近{window}个月现金缓冲天数{zh}",
        f"cash buffer days, last {window} months{en}",
        window=window,
        source=BUFFER,
        scale=DAYS,
        unit="days",
    )


def _floor(window: int) -> Feature:
    return ratio(
        f"lowest_to_outflow_{window}m",
        f"balance_lowest_mean_{window}m",
        f"outflow_total_mean_{window}m",
        "liquidity",
        -1,
        f"近{window}个月月内最低余额与月均流出之比",
        f"lowest balance over mean monthly outflow, last {window} months",
        window=window,
    )


def _overdrawn(window: int) -> Feature:
    return months_where(
        "overdrawn_months", "balance_lowest", window, "liquidity", 1, lambda v: v < 0, "为负的月数", "months below zero"
    )


FEATURES = (
    *(mean("balance_average", window, "liquidity", -1) for window in (3, 6, 12, 24)),
    *(mean("balance_lowest", window, "liquidity", -1) for window in (3, 6, 12)),
    *(smallest("balance_lowest", window) for window in (3, 6, 12)),
    low_quantile("balance_lowest", 12, "liquidity"),
    mean("balance_closing", 6, "liquidity", -1),
    variation("balance_average", 12, "liquidity"),
    *map(_buffer, (3, 6, 12)),
    *map(_floor, (6, 12)),
    *(total("negative_days", window, "liquidity", 1, "days") for window in (3, 12)),
    _overdrawn(12),
    total("outflow_interest", 12, "liquidity", 1),
    _buffer(24),
    _floor(3),
    smallest("balance_lowest", 24),
    total("negative_days", 6, "liquidity", 1, "days"),
    *map(_overdrawn, (3, 6)),
    *(over("balance_average", "income", window, "liquidity", -1) for window in (3, 12)),
    over("balance_average", "outflow_total", 1, "liquidity", -1),
    *(over("balance_average", "fixed_costs", window, "liquidity", -1) for window in (3, 12)),
    *(over("balance_closing", "balance_average", window, "liquidity") for window in (3, 12)),
    *(over("balance_lowest", "balance_average", window, "liquidity", -1) for window in (3, 12)),
    variation("balance_average", 6, "liquidity"),
    variation("balance_closing", 12, "liquidity"),
    floor_share("balance_average", 12, "liquidity"),
)
