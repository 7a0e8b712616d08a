"""How a live loan has behaved since its disbursement: features of the loan beside those of the firm.

``BEHAVIOUR`` is their catalogue: directions, texts and constraints come from it as for the firm's features.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from features.catalogue.feature import Feature, Row, Text, divide
from features.catalogue.grammar import BY_ZERO, OWN, UNKNOWN
from features.knowledge import known_facts
from features.post_loan import live_loans

# What the firm's own row must hold for the ratios below.
NEEDS = ("income_mean_6m", "income_sum_12m", "balance_average_mean_6m")
ALWAYS = Text("不会缺失", "never missing")
NOTHING_DUE = Text("未知：尚无分期到期", "unknown: no instalment has fallen due yet")


def _plain(
    name: str, direction: Literal[-1, 0, 1], unit: str, zh: str, en: str, missing: Text = ALWAYS, window: int = 0
) -> Feature:
    return Feature(
        name=name, family="behaviour", window=window, unit=unit, direction=direction, level="register", zh=zh, en=en,
        missing=missing, source=OWN, formula=lambda row: row[f"base_{name}"],
    )  # fmt: skip


def _over(name: str, top: str, bottom: str, zh: str, en: str) -> Feature:
    return Feature(
        name=name, family="behaviour", window=0, unit="ratio", direction=1, level="statistics", zh=zh, en=en,
        missing=BY_ZERO, source=OWN, after=(top, bottom),
        formula=lambda row: divide(row[f"base_{top}"], row[bottom]),
    )  # fmt: skip


BEHAVIOUR: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        _plain("loan_age_months", 0, "months", "贷款存续月数", "months since disbursement"),
        _plain("loan_months_left", 0, "months", "距到期月数", "months to maturity"),
        _plain("loan_days_past_due", 1, "days", "当前逾期天数", "days past due on the date"),
        _plain("loan_days_late_max", 1, "days", "放款以来最长逾期天数", "longest delay so far", NOTHING_DUE),
        _plain("loan_days_late_last", 1, "days", "最近一期逾期天数", "delay of the last instalment due", NOTHING_DUE),
        _plain("loan_late_payments", 1, "instalments", "放款以来逾期期数", "instalments late so far", NOTHING_DUE),
        _plain("loan_late_payments_6m", 1, "instalments", "近6个月逾期期数", "late, last 6 months", NOTHING_DUE, 6),
        _plain("loan_payments_due", 0, "instalments", "已到期期数", "instalments that have fallen due"),
        _plain("loan_overdue_share", 1, "ratio", "逾期金额占余额", "amount overdue over the balance"),
        _plain("loan_utilisation", 0, "ratio", "余额占额度", "balance over the committed limit"),
        _plain("loan_paid_share", 0, "ratio", "已还本金占比", "share of the principal that is paid"),
        _plain("loan_restructured", 1, "0 or 1", "已重组", "restructured in distress"),
        _plain("loan_renewal", 0, "0 or 1", "续贷", "renews an earlier loan"),
        _plain("loan_rate", 0, "ratio", "合同年利率", "contract rate a year"),
        _plain("loan_secured", 0, "0 or 1", "有抵押", "secured by collateral", UNKNOWN),
        _plain("firm_days_past_due", 1, "days", "本行各笔贷款最长逾期天数", "days past due, firm's worst loan of ours"),
        _plain("firm_live_loans", 0, "loans", "本行存量贷款笔数", "live loans of ours to the firm"),
        _over("loan_next_due_to_income", "next_due", "income_mean_6m", "下期应还与月均收入之比",
              "next payment due over mean monthly true income"),
        _over("loan_next_due_to_balance", "next_due", "balance_average_mean_6m", "下期应还与日均余额之比",
              "next payment due over the average balance"),
        _over("loan_balance_to_income", "owed", "income_sum_12m", "贷款余额与年收入之比",
              "balance over a year's true income"),
    )
}  # fmt: skip


def loan_behaviour(facts: Mapping[str, ir.Table], asked: ir.Table, days: Sequence[date]) -> ir.Table:
    """Behaviour of live loans on their dates, from facts known before each.

    Parameters
    ----------
    facts : mapping
        The canonical tables ``loan`` and ``instalment``.
    asked : table
        ``row`` (a number each), ``as_of``, ``loan_id``, and the columns ``NEEDS`` of the firm on the date.
    days : the dates of ``asked``.

    Returns
    -------
    table
        ``row`` and one float64 column a feature of ``BEHAVIOUR``.
    """
    live = live_loans(facts, days)
    of_firm = ibis.window(group_by=["as_of", "enterprise_id"])
    live = live.mutate(firm_dpd=live.dpd.max().over(of_firm), firm_loans=live.loan_id.count().over(of_firm))
    rows = live.join(asked, ["as_of", "loan_id"])
    paid = _payments(facts["instalment"], rows)
    both = rows.left_join(paid, "row").drop("row_right")
    left = (both.matures_on.year() - both.as_of.year()) * 12 + both.matures_on.month() - both.as_of.month()
    owed, limit = both.balance.cast("float64"), both.committed.cast("float64")
    base = {
        "loan_age_months": both.months_on_book,
        "loan_months_left": left,
        "loan_days_past_due": both.dpd,
        "loan_days_late_max": both.days_late_max,
        "loan_days_late_last": both.days_late_last,
        "loan_late_payments": both.late_payments,
        "loan_late_payments_6m": both.late_payments_6m,
        "loan_payments_due": both.payments_due.fill_null(0),
        "loan_overdue_share": divide(both.overdue.cast("float64"), owed),
        "loan_utilisation": divide(owed, limit),
        "loan_paid_share": both.paid_share,
        "loan_restructured": ibis.ifelse(both.restructured_on.notnull(), 1, 0),
        "loan_renewal": ibis.ifelse(both.renewed_from.notnull(), 1, 0),
        "loan_rate": both.annual_rate,
        "loan_secured": ibis.ifelse(both.secured.isnull(), ibis.null("int8"), ibis.ifelse(both.secured, 1, 0)),
        "firm_days_past_due": both.firm_dpd,
        "firm_live_loans": both.firm_loans,
        "next_due": both.next_due.fill_null(0),
        "owed": owed,
    }
    wide = both.mutate(**{f"base_{name}": value.cast("float64") for name, value in base.items()})
    row = Row(wide)
    return wide.select("row", **{name: feature.formula(row).cast("float64") for name, feature in BEHAVIOUR.items()})


def _payments(instalment: ir.Table, rows: ir.Table) -> ir.Table:
    """How the instalments of each loan that had fallen due were paid, as known before the date."""
    own = rows.select("row", "loan_id")
    seen = known_facts(instalment, ("loan_id", "number"), rows).join(own, ["row", "loan_id"])
    due = seen.filter(seen.due_on < seen.as_of)
    late = ibis.greatest(due.paid_on.fill_null(due.as_of).delta(due.due_on, unit="day"), 0)
    half_year = (due.as_of - ibis.interval(months=6)).cast("date")
    # Of several that fall due on one day the greater number is the last, whatever the order of rows.
    place = due.due_on.delta(ibis.date("1970-01-01"), unit="day") * 10**6 + due.number
    due = due.mutate(late=late, place=place, recent=ibis.ifelse((late > 0) & (due.due_on >= half_year), 1, 0))
    return due.group_by("row").agg(
        payments_due=due.number.count(),
        days_late_max=due.late.max(),
        days_late_last=due.late.argmax(due.place),
        late_payments=ibis.ifelse(due.late > 0, 1, 0).sum(),
        late_payments_6m=due.recent.sum(),
    )
