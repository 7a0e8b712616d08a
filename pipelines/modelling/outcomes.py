"""What became of the firms of a matrix that borrow from us, and how well a feature alone tells them apart."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2, rankdata

from features.contract import TABLES
from features.engine import connected
from features.knowledge import newest
from features.labels import bad_days
from pipelines.store import Store

HORIZON = 12  # months
GROUPS = 5


def outcomes(store: Store, asked: pd.DataFrame) -> pd.Series:
    """Whether a loan of ours to the firm defaults for the first time within twelve months from the row's date.

    A default is what ``features.labels`` says.

    Parameters
    ----------
    store : Store
    asked : DataFrame
        ``enterprise_id`` and ``as_of``.

    Returns
    -------
    Series
        1 or 0, in the order of the rows. Missing where no loan of ours ran in these months, where the firm had
        defaulted before, and where the store does not know the whole of them yet.
    """
    loans, last_known = _loans(store)
    begin = pd.to_datetime(asked["as_of"]).reset_index(drop=True)
    rows = pd.DataFrame({"row": range(len(asked)), "enterprise_id": asked["enterprise_id"].to_numpy(), "begin": begin})
    rows["end"] = rows["begin"] + pd.DateOffset(months=HORIZON)
    rows = rows[rows["end"] <= last_known].merge(loans, "inner", "enterprise_id")
    runs = (rows["disbursed_on"] < rows["end"]) & ~(rows["closed_on"] < rows["begin"])
    by_row = pd.DataFrame(
        {
            "row": rows["row"],
            "runs": runs,
            "before": rows["default_on"] < rows["begin"],
            "bad": runs & (rows["default_on"] >= rows["begin"]) & (rows["default_on"] < rows["end"]),
        }
    )
    by_row = by_row.groupby("row").any()
    known = by_row[by_row["runs"] & ~by_row["before"]]
    return known["bad"].astype("float64").reindex(range(len(asked))).rename("outcome")


def _loans(store: Store) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Each loan with its first and last day and that of its default, and until when the store knows of loans."""
    with connected() as backend:
        facts = store.facts(backend)
        told = [facts[name].known_at.max().to_pyarrow().as_py() for name in ("loan", "instalment")]
        last = max((day for day in told if day), default=date.min)
        loan = newest(facts["loan"], TABLES["loan"].key).select("loan_id", "enterprise_id", "closed_on").to_pandas()
        bad = bad_days(facts, last + timedelta(days=1))
    whole = loan.merge(bad.rename(columns={"day": "default_on"}), on="loan_id")
    return whole.astype({"closed_on": "datetime64[us]"}), pd.Timestamp(last)


def information_value(values: ArrayLike, outcome: ArrayLike) -> tuple[float, float]:
    """Information value of a feature over five groups of its ranks and one of what is missing, and what chance gives.

    Ties stay in one group; half a row is added to each side of a group, so that an empty one stays finite. The second
    number is exceeded once in twenty when the feature tells nothing: the value is then about chi-squared, scaled by
    1 / defaults + 1 / others.

    Parameters
    ----------
    values : array of float, NaN where missing.
    outcome : array of 0 and 1, with both in it.

    Examples
    --------
    >>> value, chance = information_value([1, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 1])
    >>> round(value, 3), round(chance, 2)  # 2 x (2.5 - 1.5) / 4 x ln(2.5 / 1.5)
    (0.255, 2.56)
    """
    feature, bad = np.asarray(values, dtype="float64"), np.asarray(outcome, dtype="float64")
    seen = ~np.isnan(feature)
    group = np.full(len(feature), GROUPS)
    group[seen] = rankdata(feature[seen]) / (seen.sum() + 1) * GROUPS
    _, group = np.unique(group, return_inverse=True)
    bads, goods = np.bincount(group, weights=bad), np.bincount(group, weights=1 - bad)
    share_bad, share_good = ((side + 0.5) / (side + 0.5).sum() for side in (bads, goods))
    value = float(((share_good - share_bad) * np.log(share_good / share_bad)).sum())
    if len(bads) < 2:
        return value, 0.0
    return value, float(chi2.ppf(0.95, len(bads) - 1) * (1 / bads.sum() + 1 / goods.sum()))
