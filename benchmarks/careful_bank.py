"""A careful bank's practice, to compare with: a flow-based production formula for the limit.

The formula is that of a published engine, of low authority. What of its inputs no feature holds stands as neutral or as
near as the features have it: the count of large receipts (b1) is left at 1; the quarters' variation is that of the
months over the root of three; the ninetieth percentile of a month's receipts and costs is their largest and their mean.
"""

from collections.abc import Mapping

import numpy as np

from models.arrays import Floats

Columns = Mapping[str, Floats]

READS = (
    "income_sum_12m",
    "net_operating_mean_12m",
    "balance_average_mean_12m",
    "top3_share_inflow_12m",
    "inflow_wash_to_inflow_total_12m",
    "income_cv_12m",
    "income_peak_share_12m",
    "outflow_operating_mean_12m",
)
MOST = 1_000_000.0


def limit(columns: Columns) -> Floats:
    """Yuan that the formula gives to each firm in all; 0 where income is not known.

    Examples
    --------
    8m of income in a surplus, 200,000 in the accounts, three customers with half of it, one unusual yuan in a hundred
    and steady quarters: 0.4 x 200,000 x 6 + 0.6 x 400,000 is 720,000, times 0.35 + 0.35 + 0.15 x 1.1 + 0.15 x 1.1;
    the best month had 800,000, so that the limit lies between 700,000 and 800,000

    >>> firm = dict(zip(READS, ([8e6], [50e3], [200e3], [0.5], [0.01], [0.5], [0.10], [600e3]), strict=True))
    >>> limit({name: np.array(value) for name, value in firm.items()}).round()
    array([741600.])
    """
    c = {name: np.nan_to_num(columns[name]) for name in READS}
    funds = 0.4 * np.maximum(c["balance_average_mean_12m"], 0.0) * 6 + 0.6 * _by_income(c)
    most = np.minimum(
        np.maximum(c["income_peak_share_12m"] * c["income_sum_12m"], c["outflow_operating_mean_12m"]), MOST
    )
    least = most - np.select([most <= 200e3, most <= 500e3], [20e3, 50e3], 100e3)
    value = np.clip(funds * _quality(c), np.maximum(least, 0.0), most)
    return np.where(c["income_sum_12m"] > 0, value, 0.0)


def _by_income(c: Columns) -> Floats:
    income, net = c["income_sum_12m"], 12 * c["net_operating_mean_12m"]
    bands = [income <= 5e6, income <= 10e6, income <= 20e6, income <= 30e6]
    shares = [
        0.05 * income,
        np.minimum(0.05 * income, 4e5),
        np.minimum(0.04 * income, 7e5),
        np.minimum(0.035 * income, 1e6),
    ]
    loss = np.select([net < -income, net < -0.5 * income, net < 0], [0.4, 0.6, 0.8], 1.0)
    return np.select(bands, shares, 1e6) * loss


def _quality(c: Columns) -> Floats:
    """The factors b2 to b4 of the formula, with b1 at 1."""
    top, odd, cv = c["top3_share_inflow_12m"], c["inflow_wash_to_inflow_total_12m"], c["income_cv_12m"] / np.sqrt(3)
    customers = np.select([top <= 0.4, top <= 0.6, top <= 0.8], [0.9, 1.0, 1.1], 0.9)
    unusual = np.select([odd < 0.1, odd < 0.3], [1.1, 1.0], 0.9)
    steady = np.select([cv < 0.5, cv <= 1.0], [1.1, 1.0], 0.9)
    return 0.35 + 0.35 * customers + 0.15 * unusual + 0.15 * steady
