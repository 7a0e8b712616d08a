"""The book of loans as a whole: how loans move between bands of days past due, and how each vintage ages."""

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from features.labels import bad_days
from features.post_loan import live_loans

BANDS = ("0", "1-30", "31-90", "91+")
UPPER = (0, 30, 90)  # days past due, the upper ends of all but the last band
GONE = "settled"
AGES = (3, 6, 9, 12, 18, 24)  # months since disbursement


def bands(dpd: pd.Series) -> pd.Series:
    """The band of each number of days past due.

    >>> bands(pd.Series([0, 1, 30, 31, 90, 91])).tolist()
    ['0', '1-30', '1-30', '31-90', '31-90', '91+']
    """
    return pd.Series(np.array(BANDS)[np.searchsorted(UPPER, dpd, side="left")], index=dpd.index, dtype="object")


def migrations(facts: Mapping[str, ir.Table], earlier: date, later: date) -> pd.DataFrame:
    """Loans that were live on a date, by their band then and on a later date.

    Returns
    -------
    DataFrame
        ``before, after`` (a band, or ``settled`` when no longer live: paid, renewed or written off), ``loans``,
        ``balance`` (yuan on the earlier date) and ``share`` of the loans of the band before.
    """
    rows = live_loans(facts, [earlier, later]).select("as_of", "loan_id", "dpd", "balance").to_pandas()
    rows["as_of"] = pd.to_datetime(rows["as_of"])
    first, second = (rows[rows["as_of"] == pd.Timestamp(day)] for day in (earlier, later))
    both = first.merge(second[["loan_id", "dpd"]], "left", "loan_id", suffixes=("", "_after"))
    both["before"] = bands(both["dpd"])
    both["after"] = bands(both["dpd_after"].fillna(0)).where(both["dpd_after"].notna(), GONE)
    groups = both.groupby(["before", "after"])
    # yuan to the cent add up to the same in any order of rows, and floats do not
    table: pd.DataFrame = groups.agg(loans=("loan_id", "size"), balance=("balance", "sum")).reset_index()
    table["balance"] = table["balance"].astype(float)
    table["share"] = table["loans"] / table.groupby("before")["loans"].transform("sum")
    return table


def roll_rates(moved: pd.DataFrame) -> dict[str, float]:
    """Share of the loans of each band that were in a worse one later; bands without a loan are left out.

    Parameters
    ----------
    moved : as of ``migrations``.
    """
    place = {band: k for k, band in enumerate(BANDS)}
    worse = moved["after"].map(place).fillna(-1) > moved["before"].map(place)
    rates = moved.assign(worse=moved["share"].where(worse, 0.0)).groupby("before")["worse"].sum()
    return {band: float(rates[band]) for band in BANDS if band in rates.index}


def vintages(facts: Mapping[str, ir.Table], known_before: date) -> pd.DataFrame:
    """Share of the loans of each quarter of disbursement that had defaulted by each age.

    Returns
    -------
    DataFrame
        ``vintage`` (such as 2024Q1), ``age`` (months), ``loans`` and ``defaulted`` (share). An age is left out until
        the whole vintage has reached it.
    """
    loans = bad_days(facts, known_before)
    loans["vintage"] = loans["disbursed_on"].dt.to_period("Q")
    lines = []
    for vintage, own in loans.groupby("vintage"):
        for age in AGES:
            end = own["disbursed_on"] + pd.DateOffset(months=age)
            if end.max() <= pd.Timestamp(known_before):
                share = float((own["day"] < end).mean())
                lines.append({"vintage": str(vintage), "age": age, "loans": len(own), "defaulted": share})
    return pd.DataFrame(lines, columns=["vintage", "age", "loans", "defaulted"])
