"""What became of loans: of those granted, default within the performance window; of live ones, what came next.

A default is the first of: more than 90 days past due, distressed restructuring, payment by a guarantor (代偿),
insolvency of the firm while the loan runs, write-off. Past due is any amount: that none is immaterial is an assumption.
Of a loan granted ``Outcome`` says how many days, and how long it is watched: as shipped 18 months from disbursement,
and for terms up to a year at least until an unpaid maturity is 91 days past due, because an interest-only loan owes its
principal only then. 31 to 90 days past due is grey: left out of fitting alone. A renewal (续贷) continues the exposure:
what befalls the loan that takes this one's place within the window counts here. A loan whose window is still open tells
less the younger it is, and is never judged by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contract import TABLES
from features.knowledge import newest
from features.post_loan import live_loans

DEFAULT_DAYS, GREY_DAYS = 90, 30
EVENTS = ("restructured_on", "guarantor_paid_on", "insolvent_on", "written_off_on")  # each a default
LEAST_SHOWN, MOST_SHOWN = 0.01, 0.99  # of the defaults of a window that is open
RENEWALS = 4  # doublings: chains of up to 16 renewals are followed to their end


@dataclass(frozen=True)
class Outcome:
    """When a loan granted is bad, grey or good, and how long it is watched from disbursement and beyond maturity."""

    default_days: int = DEFAULT_DAYS
    grey_days: int = GREY_DAYS
    window_months: int = 18
    after_maturity_days: int = DEFAULT_DAYS + 1


USUAL = Outcome()


def default_labels(facts: Mapping[str, ir.Table], known_before: date, by: Outcome = USUAL) -> ir.Table:
    """Outcomes of all loans whose whole window had passed by ``known_before``, from facts known before it.

    Parameters
    ----------
    facts : the canonical tables.
    known_before : date
    by : what a default is, and the window.

    Returns
    -------
    table
        ``application_id``, ``enterprise_id``, ``as_of`` (date of the application), ``requested_amount``,
        ``requested_term_months``, ``max_dpd`` (days), ``default`` and ``grey`` (booleans).
    """
    loans = _windows(_loans(facts, known_before), by)
    return _outcomes(loans.filter(loans.window_end < known_before), facts, known_before, by)


def open_labels(facts: Mapping[str, ir.Table], known_before: date, by: Outcome = USUAL) -> pd.DataFrame:
    """What had become of the loans whose window was still open, from facts known before the date.

    Of the defaults of a window, ``shown`` says which share shows by the age of the loan: that of all loans in default
    by that age over that by the end of the window, by the product limit. A loan that was paid off stays in the count of
    those that did not default (Fine and Gray, JASA 94, 1999), so that the share hangs on the age alone and on nothing
    that became of the loan. Loans so young that hardly anything can have shown are left out, those in default too.

    Returns
    -------
    DataFrame
        The columns of ``default_labels`` as of the date, and ``shown``, below 1; by application.
    """
    loans = _windows(_loans(facts, known_before), by)
    loans = loans.filter(loans.window_end >= known_before, loans.disbursed_on < known_before)
    ages = _dated(loans.select("application_id", "disbursed_on", ends_on=loans.window_end))
    by_now = loans.mutate(window_end=ibis.literal(known_before - timedelta(days=1)))
    told: pd.DataFrame = _outcomes(by_now, facts, known_before, by).to_pandas()
    if told.empty:
        return told.assign(shown=0.0)
    shown = _shown(ages, _bad_days(facts, known_before, by.default_days, renewed=True), known_before)
    told["shown"] = told["application_id"].map(shown).clip(upper=MOST_SHOWN)
    return told[told["shown"] >= LEAST_SHOWN].sort_values("application_id", ignore_index=True)


def _shown(loans: pd.DataFrame, all_loans: pd.DataFrame, known_before: date) -> pd.Series:
    """By application: share of defaults by the age reached, over that by the end of the window."""
    by_age = _by_age(all_loans, known_before)
    reached = (pd.Timestamp(known_before) - loans["disbursed_on"]).dt.days
    whole = (loans["ends_on"] - loans["disbursed_on"]).dt.days.clip(upper=len(by_age) - 1)
    total = by_age[whole]
    share = np.divide(by_age[reached], total, out=np.zeros(len(total)), where=total > 0)
    return pd.Series(share, index=loans["application_id"]).groupby(level=0).min()


def _by_age(loans: pd.DataFrame, known_before: date) -> NDArray[np.float64]:
    """Share of loans in default by each day of age; all loans that reached an age count, those paid off too.

    Parameters
    ----------
    loans : ``disbursed_on`` and ``day`` of the default, NaT for none.
    """
    reached = (pd.Timestamp(known_before) - loans["disbursed_on"]).dt.days.clip(lower=0).to_numpy()
    age = (loans["day"] - loans["disbursed_on"]).dt.days.clip(lower=0).to_numpy()
    bad, length = ~np.isnan(age), int(reached.max(initial=0)) + 1
    leaves = np.bincount(np.where(bad, age, reached).astype(int), minlength=length)
    defaults = np.bincount(age[bad].astype(int), minlength=length)
    at_risk = len(loans) - np.cumsum(leaves) + leaves
    told: NDArray[np.float64] = 1 - np.cumprod(1 - defaults / np.maximum(at_risk, 1))
    return told


def _outcomes(loans: ir.Table, facts: Mapping[str, ir.Table], known_before: date, by: Outcome) -> ir.Table:
    """What became of each application's loans, and of those that took their place, by the end of their window."""
    every = _loans(facts, known_before)
    loans = loans.select("application_id", "window_end", "loan_id").join(_followed(facts, known_before), "loan_id")
    loans = loans.select("application_id", "window_end", loan_id="later").join(
        every.select("loan_id", *EVENTS), "loan_id"
    )
    late = _days_past_due(loans, _latest("instalment", facts, known_before))
    outcome = loans.select("application_id", event=ibis.or_(*(_by(loans[event], loans) for event in EVENTS)))
    outcome = outcome.group_by("application_id").agg(event=outcome.event.any()).left_join(late, "application_id")
    dpd = ibis.greatest(outcome.max_dpd.fill_null(0), 0)
    default = outcome.event | (dpd > by.default_days)
    outcome = outcome.select("application_id", max_dpd=dpd, default=default, grey=~default & (dpd > by.grey_days))
    asked = as_asked(facts["application"].filter(lambda t: t.known_at < known_before))
    return (
        asked.select(
            "application_id",
            "enterprise_id",
            as_of=asked.applied_on,
            requested_amount=asked.amount.cast("float64"),
            requested_term_months=asked.term_months.cast("float64"),
        )
        .join(outcome, "application_id")
        .drop(ibis.selectors.endswith("_right"))
    )


def _loans(facts: Mapping[str, ir.Table], known_before: date) -> ir.Table:
    """Loans as last known, with the first day on which a guarantor paid, and that of insolvency while the loan ran."""
    loan, recovery, case = (_latest(name, facts, known_before) for name in ("loan", "recovery", "court_event"))
    paid = recovery.filter(recovery.kind == "guarantor").select("loan_id", day="recovered_on")
    case = case.filter(case.kind == "insolvency").select("enterprise_id", day="happened_on")
    ran = loan.select("loan_id", "enterprise_id", "disbursed_on", "closed_on").join(case, "enterprise_id")
    ran = ran.filter(ran.day.between(ran.disbursed_on, ran.closed_on.fill_null(ran.day)))
    for name, told in (("guarantor_paid_on", paid), ("insolvent_on", ran)):
        first = told.group_by("loan_id").agg(**{name: told.day.min()})
        loan = loan.left_join(first, "loan_id").drop("loan_id_right")
    return loan


def _latest(name: str, facts: Mapping[str, ir.Table], known_before: date) -> ir.Table:
    return newest(facts[name].filter(lambda t: t.known_at < known_before), TABLES[name].key)


def as_asked(application: ir.Table) -> ir.Table:
    """Each application as it stood on the day on which it was handed in, or else as it was first known.

    That is the question that was answered; what was corrected later is not known on its date.
    """
    late = application.known_at > application.applied_on
    order = [late, ibis.ifelse(late, application.known_at, None), ibis.desc("known_at")]
    place = ibis.row_number().over(ibis.window(group_by="application_id", order_by=order))
    return application.mutate(place=place).filter(lambda t: t.place == 0).drop("place")


def _followed(facts: Mapping[str, ir.Table], known_before: date) -> ir.Table:
    """``loan_id, later``: every loan beside itself and the loans that took its place, one after the other."""
    loans = _dated_loans(facts, known_before)[["loan_id", "disbursed_on", "chain"]]
    pairs = loans.merge(loans.rename(columns={"loan_id": "later", "disbursed_on": "from"}), on="chain")
    pairs = pairs.loc[pairs["from"] >= pairs["disbursed_on"], ["loan_id", "later"]]
    return ibis.memtable(pairs, schema=ibis.schema({"loan_id": "string", "later": "string"}))


def _windows(loans: ir.Table, by: Outcome) -> ir.Table:
    whole = (loans.disbursed_on + ibis.interval(months=by.window_months)).cast("date")
    matured = (loans.matures_on + ibis.interval(days=by.after_maturity_days)).cast("date")
    end = ibis.ifelse(loans.term_months <= 12, ibis.greatest(whole, matured), whole)
    return loans.mutate(window_end=end).filter(loans.application_id.notnull())


def _by(day: ir.DateValue, loans: ir.Table) -> ir.BooleanValue:
    return (day <= loans.window_end).fill_null(False)


def _days_past_due(loans: ir.Table, instalments: ir.Table) -> ir.Table:
    """The longest time that any instalment of an application's loans stood unpaid by the end of the window."""
    owed = loans.select("application_id", "loan_id", "window_end").join(instalments, "loan_id")
    until = ibis.least(owed.paid_on.fill_null(owed.window_end), owed.window_end)
    return owed.group_by("application_id").agg(max_dpd=until.delta(owed.due_on, unit="day").max())


@dataclass(frozen=True)
class Horizon:
    """A bad state that a live loan may reach: ``days`` past due are passed, within ``months`` of the date."""

    days: int
    months: int
    zh: str
    en: str


LATE, DEFAULT = "late_3m", "default_12m"
HORIZONS = {
    LATE: Horizon(
        GREY_DAYS, 3, "3个月内首次逾期超过30天", "more than 30 days past due for the first time within 3 months"
    ),
    DEFAULT: Horizon(DEFAULT_DAYS, 12, "12个月内违约", "default within 12 months"),
}


def post_loan_labels(
    facts: Mapping[str, ir.Table], month_ends: date | Sequence[date], known_before: date
) -> pd.DataFrame:
    """What became of every loan that was live on each date, within each of ``HORIZONS``, from facts known before.

    The day on which a state is reached is the first on which an instalment is more than 30 (or 90) days past due; for
    a default also that of each of ``EVENTS``. It counts from the date on and before the date
    plus the horizon. A renewal (续贷) continues the exposure: what befalls the loan that takes this one's place counts
    here, and a loan whose predecessor had been in the state has been in it. A loan settled within the horizon has not
    reached the state.

    Returns
    -------
    DataFrame
        ``as_of, loan_id, enterprise_id, dpd`` and for each horizon by name 1 or 0: NaN where the state had been reached
        before the date (already bad), and where the horizon was not over by ``known_before`` (censored). Ordered by
        date and loan.
    """
    live = live_loans(facts, month_ends).select("as_of", "loan_id", "enterprise_id", "dpd").to_pandas()
    live["as_of"] = pd.to_datetime(live["as_of"])
    least = min(horizon.days for horizon in HORIZONS.values())
    loans, late = _dated_loans(facts, known_before), _late(facts, known_before, least)
    rows = live.merge(loans[["loan_id", "chain"]], "left", "loan_id")
    unpaid = late.merge(loans[["loan_id", "chain", "closed_on"]], "inner", "loan_id")
    for name, horizon in HORIZONS.items():
        reached = _reached(loans, unpaid, horizon.days, events=name == DEFAULT)
        rows[name] = _label(rows, reached, horizon, pd.Timestamp(known_before))
    rows = rows.drop(columns="chain").astype(dict.fromkeys(HORIZONS, "float64"))
    told: pd.DataFrame = rows.sort_values(["as_of", "loan_id"], ignore_index=True)
    return told


def bad_days(facts: Mapping[str, ir.Table], known_before: date) -> pd.DataFrame:
    """Every loan with the first ``day`` on which it was in default by itself, renewals not continued; NaT for none.

    Returns
    -------
    DataFrame
        ``loan_id, disbursed_on, day``.
    """
    return _bad_days(facts, known_before, DEFAULT_DAYS, renewed=False)


def _bad_days(facts: Mapping[str, ir.Table], known_before: date, days: int, *, renewed: bool) -> pd.DataFrame:
    """The same after other days; ``renewed``: by itself or by a loan that took its place."""
    loans, late = _dated_loans(facts, known_before), _late(facts, known_before, days)
    loans = loans if renewed else loans.assign(chain=loans["loan_id"])
    reached = _reached(loans, late.merge(loans[["loan_id", "chain", "closed_on"]], "inner", "loan_id"), days)
    met = loans.merge(reached[reached["day"] < pd.Timestamp(known_before)], "inner", "chain")
    first = met[met["day"] >= met["disbursed_on"]].groupby("loan_id")["day"].min()
    return loans[["loan_id", "disbursed_on"]].assign(day=first.reindex(loans["loan_id"]).to_numpy())


def _dated_loans(facts: Mapping[str, ir.Table], known_before: date) -> pd.DataFrame:
    names = ("loan_id", "disbursed_on", "renewed_from", "closed_on", *EVENTS)
    loans = _dated(_loans(facts, known_before).select(*names))
    return loans.assign(chain=_chains(loans))


def _late(facts: Mapping[str, ir.Table], known_before: date, days: int) -> pd.DataFrame:
    """Instalments that are unpaid, or were paid more than so many days late."""
    owed = _latest("instalment", facts, known_before).select("loan_id", "due_on", "paid_on")
    return _dated(owed.filter(owed.paid_on.isnull() | (owed.paid_on.delta(owed.due_on, unit="day") > days)))


def _dated(table: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    days = [name for name in frame if str(name).endswith("_on")]
    return frame.astype(dict.fromkeys(days, "datetime64[us]"))


def _chains(loans: pd.DataFrame) -> pd.Series:
    """For each loan the first of the loans that were renewed one into the other."""
    chain = loans["renewed_from"].fillna(loans["loan_id"])
    for _ in range(RENEWALS):
        chain = chain.map(dict(zip(loans["loan_id"], chain, strict=True))).fillna(chain)
    return chain


def _reached(loans: pd.DataFrame, unpaid: pd.DataFrame, days: int, *, events: bool = True) -> pd.DataFrame:
    """``chain`` and ``day`` on which a loan of the chain reached the state, one row for each cause."""
    over = unpaid[["paid_on", "closed_on"]].min(axis=1)
    late = unpaid[over.isna() | ((over - unpaid["due_on"]).dt.days > days)]
    causes = [late[["chain"]].assign(day=late["due_on"] + pd.Timedelta(days=days + 1))]
    if events:
        causes += [loans[["chain"]].assign(day=loans[event]) for event in EVENTS]
    return pd.concat(causes).dropna(subset="day")


def _label(rows: pd.DataFrame, reached: pd.DataFrame, horizon: Horizon, known_before: pd.Timestamp) -> pd.Series:
    end = rows["as_of"] + pd.DateOffset(months=horizon.months)
    asked = rows[["as_of", "chain"]].assign(row=rows.index, end=end)
    met = asked.merge(reached, "inner", "chain")
    before = rows.index.isin(met.loc[met["day"] < met["as_of"], "row"])
    within = rows.index.isin(met.loc[(met["day"] >= met["as_of"]) & (met["day"] < met["end"]), "row"])
    label: pd.Series = pd.Series(within, index=rows.index).astype("float64").where((end <= known_before) & ~before)
    return label
