"""Interest subsidies: what the state pays of the interest, by scheme, as dated data, with caps.

What has accrued to a date follows from the facts up to that date and the caps; a quarter's claim is what accrued to its
end less what accrued to its beginning, so that a cap is never passed and no yuan is claimed twice. Days are counted as
they are, over 365: assumption.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from models.checked import Part
from models.policy_parts import SECTIONS, Positive, Share, Size, Text

YEAR_DAYS = 365
NEARLY = 1e-6  # of a cent
Lender = Literal["national", "regional"]
Industry = Annotated[str, Field(pattern=rf"^[{SECTIONS}]\d{{0,4}}$")]


class Scheme(Part):
    """What every scheme says: its days, who may claim, the points a year, and the part that the centre pays."""

    name: Text
    zh: Text
    en: Text
    source: Text
    since: date = Field(alias="from")
    until: date
    lenders: Annotated[tuple[Lender, ...], Field(min_length=1)]
    points: Share
    central_share: Share

    @model_validator(mode="after")
    def _forward(self) -> "Scheme":
        if self.since > self.until:
            raise ValueError("from 不晚于 until。from on or before until")
        return self


class ConsumptionScheme(Scheme):
    """Personal consumption loans: by purchase made from a day on, capped by borrower and lender; null is no cap.

    A purchase of ``small_below`` or more counts in the named fields alone; null: whatever it is for.
    """

    spent_from: date
    share_of_rate: Share
    small_below: Positive | None
    purchase_up_to: Positive | None
    borrower_up_to: Positive
    small_up_to: Positive | None


class FirmScheme(Scheme):
    """Loans to firms granted within the scheme's days, for so many months, on so much principal of a firm.

    ``industries`` are beginnings of codes of GB/T 4754, ``sizes`` size classes; of these and purposes none means all.
    """

    industries: tuple[Industry, ...]
    sizes: tuple[Size, ...]
    purposes: tuple[Text, ...]
    months: Annotated[int, Field(gt=0)]
    principal_up_to: Positive


class Subsidies(Part):
    """The class of this lender, and the schemes; central schemes do not stack."""

    lender: Lender
    consumption: tuple[ConsumptionScheme, ...]
    firms: tuple[FirmScheme, ...]


def consumption_accrued(purchases: pd.DataFrame, scheme: ConsumptionScheme, before: date) -> pd.DataFrame:
    """Subsidy of each borrower from the first day of the scheme to the day before ``before``.

    Parameters
    ----------
    purchases : ``borrower``, ``spent_on``, ``repaid_on`` (NaT while it runs), ``amount`` in yuan, ``named_field``
        (boolean: one of the scheme's fields), ``annual_rate`` (share). All of one lender.

    Returns
    -------
    DataFrame
        ``borrower`` and ``subsidy`` in yuan to the cent.
    """
    large = purchases["amount"] >= _most(scheme.small_below)
    counted = np.where(large, purchases["amount"].clip(upper=_most(scheme.purchase_up_to)), purchases["amount"])
    fits = (purchases["spent_on"] >= pd.Timestamp(scheme.spent_from)) & (purchases["named_field"] | ~large)
    days = _days(purchases["spent_on"], purchases["repaid_on"], scheme.since, min(before, _after(scheme.until)))
    points = np.minimum(scheme.points, scheme.share_of_rate * purchases["annual_rate"])
    subsidy = np.where(fits, counted * points * days / YEAR_DAYS, 0.0)
    parts = pd.DataFrame({"small": np.where(large, 0, subsidy), "large": np.where(large, subsidy, 0)})
    sums = parts.groupby(purchases["borrower"].to_numpy()).sum()
    small = sums["small"].clip(upper=_most(scheme.small_up_to))
    whole = half_up((small + sums["large"]).clip(upper=scheme.borrower_up_to))
    return whole.rename("subsidy").rename_axis("borrower").reset_index()


def firm_accrued(loans: pd.DataFrame, repaid: pd.DataFrame, scheme: FirmScheme, before: date) -> pd.Series:
    """Subsidy of each loan to the day before ``before``, in yuan to the cent, in the order of ``loans``.

    The firm's principal counts up to the scheme's cap, in the order in which it was paid out: what an earlier loan took
    of it is gone, repaid or not, so that no later loan changes what was claimed before.

    Parameters
    ----------
    loans : ``loan_id, enterprise_id, industry`` (a code of GB/T 4754), ``size_class, purpose, principal, disbursed_on,
        ended_on`` (maturity, or the day of settlement when it came first).
    repaid : ``loan_id, paid_on, principal``: repayments of principal.
    """
    granted = loans["disbursed_on"].between(pd.Timestamp(scheme.since), pd.Timestamp(scheme.until))
    fits = granted & (loans["industry"].fillna("").str.startswith(scheme.industries) | (not scheme.industries))
    for name, named in (("size_class", scheme.sizes), ("purpose", scheme.purposes)):
        fits &= loans[name].isin(named) | (not named)
    most = loans["disbursed_on"] + pd.DateOffset(months=scheme.months)
    last = loans["ended_on"].where(loans["ended_on"] < most, most)
    whole = loans["principal"] * _days(loans["disbursed_on"], last, scheme.since, before)
    joined = repaid.merge(loans[["loan_id"]].assign(last=last), on="loan_id")
    paid = joined["principal"] * _days(joined["paid_on"], joined["last"], scheme.since, before)
    gone = paid.groupby(joined["loan_id"]).sum().reindex(loans["loan_id"]).fillna(0.0).to_numpy()
    principal = loans["principal"].where(fits, 0.0)
    order = loans.assign(principal=principal).sort_values(["disbursed_on", "loan_id"], kind="stable")
    taken = order.groupby("enterprise_id")["principal"].cumsum().reindex(loans.index) - principal
    counts = (scheme.principal_up_to - taken).clip(lower=0.0).clip(upper=principal) / principal.where(principal > 0)
    subsidy: pd.Series = ((whole - gone) * counts * scheme.points / YEAR_DAYS).fillna(0.0)
    return half_up(subsidy.clip(lower=0.0))


def half_up(yuan: pd.Series) -> pd.Series:
    """Yuan of at least 0 to the cent, a half up (四舍五入), be it a half that binary fractions just miss.

    Examples
    --------
    >>> half_up(pd.Series([90.045, 90.044, 0.125])).tolist()
    [90.05, 90.04, 0.13]
    """
    cents: pd.Series = np.floor(yuan * 100 + 0.5 + NEARLY)
    return cents / 100


def _days(start: pd.Series, end: pd.Series, since: date, before: date) -> pd.Series:
    """Days from ``start`` to the day before ``end`` that lie from ``since`` on and before ``before``."""
    from_, to = pd.Timestamp(since), pd.Timestamp(before)
    begin, finish = pd.to_datetime(start), pd.to_datetime(end)
    first, last = begin.where(begin > from_, from_), finish.where(finish < to, to)
    days: pd.Series = (last - first).dt.days.clip(lower=0)
    return days


def _most(cap: float | None) -> float:
    return np.inf if cap is None else cap


def _after(day: date) -> date:
    return day + timedelta(days=1)
