"""The 63 features of an account in pandas, a peer of ``benchmarks.lines``: what the query means, in pandas' own way."""

from pathlib import Path

import numpy as np
import pandas as pd

AS_OF, YEAR, HALF = (pd.Timestamp(day) for day in ("2026-01-01", "2025-01-01", "2025-07-01"))
WINDOWS = {1: pd.Timestamp("2025-12-01"), 3: pd.Timestamp("2025-10-01"), 6: HALF, 12: YEAR}
LOW = 10_000_000  # fen
KEY = "account_id"


def features(file: Path) -> pd.DataFrame:
    """One row for each account with lines in the last year, in order; amounts in fen."""
    lines = pd.read_parquet(file)
    lines["date"], lines["amount"] = pd.to_datetime(lines["date"]), lines["amount"].astype("float64")
    lines = lines[lines["date"] < AS_OF]
    lines["net"] = lines["amount"].where(lines["direction"] == "in", -lines["amount"])
    year = lines[lines["date"] >= YEAR]
    received = year[year["direction"] == "in"]
    accounts = pd.Index(np.sort(year[KEY].unique()), name=KEY)
    sums = [block for months in WINDOWS for block in _sums(year, months)]
    blocks = (_parties(received, 6), _parties(received, 12), _retention(received), _months(year), _gap(received))
    wide = pd.concat([block.reindex(accounts) for block in (*sums, *blocks, _balances(lines))], axis=1)
    zero = [name for name in wide if "_sum_" in name or "_cnt_" in name or name == "days_below"]
    wide[zero] = wide[zero].fillna(0)
    return wide.reset_index()


def _sums(year: pd.DataFrame, months: int) -> list[pd.DataFrame]:
    late = year[year["date"] >= WINDOWS[months]]
    found = []
    for side in ("in", "out"):
        amounts = late[late["direction"] == side].groupby(KEY)["amount"]
        names = {"sum": "sum", "count": "cnt", "mean": "mean", "std": "std"}
        found.append(amounts.agg([*names]).rename(columns={a: f"{side}_{b}_{months}" for a, b in names.items()}))
    for kind in ("tax", "utility", "payroll"):
        paid = late[late["category"] == kind].groupby(KEY)["amount"].sum()
        found.append(paid.to_frame(f"{kind}_sum_{months}"))
    return found


def _parties(received: pd.DataFrame, months: int) -> pd.DataFrame:
    """How many pay, and how much of all the largest do."""
    late = received[received["date"] >= WINDOWS[months]]
    sums = late.groupby([KEY, "counterparty_id"], as_index=False)["amount"].sum()
    sums = sums.sort_values([KEY, "amount"], ascending=[True, False])
    by = sums.groupby(KEY)["amount"]
    largest = sums[by.cumcount() < 5].groupby(KEY)["amount"].sum()
    squares = (sums["amount"] ** 2).groupby(sums[KEY]).sum()
    total = by.sum()
    shares = {"cp_n": by.size(), "hhi": squares / total**2, "top1": by.max() / total, "top5": largest / total}
    return pd.DataFrame({f"{name}_{months}": values for name, values in shares.items()})


def _retention(received: pd.DataFrame) -> pd.DataFrame:
    """The share of the first half-year's payers who pay in the second."""
    early = received["date"] < HALF
    pairs = received.assign(first=early, second=~early).groupby([KEY, "counterparty_id"])[["first", "second"]].any()
    first = pairs["first"].groupby(KEY).sum()
    both = (pairs["first"] & pairs["second"]).groupby(KEY).sum()
    return (both / first.where(first > 0)).to_frame("retention")


def _months(year: pd.DataFrame) -> pd.DataFrame:
    """Mean, spread and slope of the twelve months' net flows; a month without lines is 0."""
    net = year.groupby([KEY, year["date"].dt.month.rename("month")])["net"].sum().unstack(fill_value=0.0)
    net = net.reindex(columns=range(1, 13), fill_value=0.0)
    mean, spread = net.mean(axis=1), net.std(axis=1)
    places = np.arange(12) - 5.5
    slope = (net * places).sum(axis=1) / (places**2).sum()
    cv = spread / mean.abs().where(mean != 0)
    return pd.DataFrame({"net_mean": mean, "net_std": spread, "net_cv": cv, "net_slope": slope})


def _gap(received: pd.DataFrame) -> pd.DataFrame:
    """The longest time from one day with receipts to the next."""
    days = received[[KEY, "date"]].drop_duplicates().sort_values([KEY, "date"])
    gaps = days.groupby(KEY)["date"].diff().dt.days
    return gaps.groupby(days[KEY]).max().to_frame("max_gap")


def _balances(lines: pd.DataFrame) -> pd.DataFrame:
    """What the flows add up to after each day with lines, from the first line on."""
    days = lines.groupby([KEY, "date"], as_index=False)["net"].sum()
    days["b"] = days.groupby(KEY)["net"].cumsum()
    until = days.groupby(KEY)["date"].shift(-1).fillna(AS_OF)
    days["low"] = ((until - days["date"]).dt.days).where(days["b"] < LOW, 0)
    year = days[days["date"] >= YEAR].groupby(KEY)
    shares = year["b"].quantile([0.1, 0.5, 0.9]).unstack()
    shares.columns = pd.Index(["bal_p10", "bal_p50", "bal_p90"])
    return shares.assign(bal_min=year["b"].min(), days_below=year["low"].sum())
