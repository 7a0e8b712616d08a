"""The 63 features of an account in Polars, a peer of ``benchmarks.lines``: what the query means, in Polars' own way."""

from datetime import date
from pathlib import Path

import polars as pl

AS_OF, YEAR, HALF = date(2026, 1, 1), date(2025, 1, 1), date(2025, 7, 1)
WINDOWS = {1: date(2025, 12, 1), 3: date(2025, 10, 1), 6: HALF, 12: YEAR}
LOW = 10_000_000  # fen
KEY = "account_id"
BOOKED, COMES_IN = pl.col("date"), pl.col("direction") == "in"


def features(lines: Path) -> pl.DataFrame:
    """One row for each account with lines in the last year, in order; amounts in fen."""
    history = pl.scan_parquet(lines).filter(BOOKED < AS_OF).with_columns(pl.col("amount").cast(pl.Float64))
    year = history.filter(BOOKED >= YEAR)
    received = year.filter(COMES_IN)
    blocks = (_parties(received, 6), _parties(received, 12), _retention(received), _months(year), _gap(received))
    wide = year.group_by(KEY).agg(*(value for months in WINDOWS for value in _sums(months)))
    for block in (*blocks, _balances(history)):
        wide = wide.join(block, on=KEY, how="left")
    return wide.sort(KEY).collect()


def _sums(months: int) -> list[pl.Expr]:
    late = WINDOWS[months] <= BOOKED
    values = []
    for side in ("in", "out"):
        amount = pl.col("amount").filter(late & (pl.col("direction") == side))
        values += [
            amount.sum().alias(f"{side}_sum_{months}"),
            amount.len().alias(f"{side}_cnt_{months}"),
            amount.mean().alias(f"{side}_mean_{months}"),
            amount.std().alias(f"{side}_std_{months}"),
        ]
    for kind in ("tax", "utility", "payroll"):
        values.append(pl.col("amount").filter(late & (pl.col("category") == kind)).sum().alias(f"{kind}_sum_{months}"))
    return values


def _parties(received: pl.LazyFrame, months: int) -> pl.LazyFrame:
    """How many pay, and how much of all the largest do."""
    late = received.filter(WINDOWS[months] <= BOOKED)
    sums, total = late.group_by(KEY, "counterparty_id").agg(s=pl.col("amount").sum()), pl.col("s").sum()
    return sums.group_by(KEY).agg(
        pl.len().alias(f"cp_n_{months}"),
        (pl.col("s").pow(2).sum() / total.pow(2)).alias(f"hhi_{months}"),
        (pl.col("s").max() / total).alias(f"top1_{months}"),
        (pl.col("s").top_k(5).sum() / total).alias(f"top5_{months}"),
    )


def _retention(received: pl.LazyFrame) -> pl.LazyFrame:
    """The share of the first half-year's payers who pay in the second."""
    halves = received.group_by(KEY, "counterparty_id").agg(
        first=(BOOKED < HALF).any().cast(pl.Int64), second=(BOOKED >= HALF).any().cast(pl.Int64)
    )
    met = halves.group_by(KEY).agg(
        first=pl.col("first").sum(), both=(pl.col("first") * pl.col("second")).sum().cast(pl.Float64)
    )
    return met.select(KEY, retention=pl.when(pl.col("first") > 0).then(pl.col("both") / pl.col("first")))


def _months(year: pl.LazyFrame) -> pl.LazyFrame:
    """Mean, spread and slope of the twelve months' net flows; a month without lines is 0."""
    net = year.group_by(KEY, m=(BOOKED.dt.month() - 1).cast(pl.Float64)).agg(net=_net().sum())
    sums = net.group_by(KEY).agg(
        sx=pl.col("net").sum(), sxx=pl.col("net").pow(2).sum(), smx=(pl.col("m") * pl.col("net")).sum()
    )
    sx = pl.col("sx")
    spread, mean = ((pl.col("sxx") - sx * sx / 12).abs() / 11).sqrt(), sx / 12
    return sums.select(
        KEY,
        net_mean=mean,
        net_std=spread,
        net_cv=pl.when(mean != 0).then(spread / mean.abs()),
        net_slope=(12 * pl.col("smx") - 66 * sx) / (12 * 506 - 66 * 66),
    )


def _gap(received: pl.LazyFrame) -> pl.LazyFrame:
    """The longest time from one day with receipts to the next."""
    days = received.select(KEY, "date").unique().sort(KEY, "date")
    return days.group_by(KEY).agg(max_gap=BOOKED.diff().dt.total_days().max())


def _balances(history: pl.LazyFrame) -> pl.LazyFrame:
    """What the flows add up to after each day with lines, from the first line on."""
    days = history.group_by(KEY, "date").agg(net=_net().sum()).sort(KEY, "date")
    after = days.with_columns(
        b=pl.col("net").cum_sum().over(KEY), stands=(BOOKED.shift(-1).over(KEY).fill_null(AS_OF) - BOOKED)
    ).filter(BOOKED >= YEAR)
    return after.group_by(KEY).agg(
        *(pl.col("b").quantile(share / 100, "linear").alias(f"bal_p{share}") for share in (10, 50, 90)),
        bal_min=pl.col("b").min(),
        days_below=pl.col("stands").filter(pl.col("b") < LOW).dt.total_days().sum(),
    )


def _net() -> pl.Expr:
    return pl.when(COMES_IN).then(pl.col("amount")).otherwise(-pl.col("amount"))
