"""What stands on the date: the firm's attributes, its open credit, recent queries and cases."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from features.contract import TABLES
from features.evidence.currency import with_foreign
from features.knowledge import known_of, months_between, newest
from features.obligations import ending, running, service
from features.statements import statements

GRADES = ("A", "B", "M", "C", "D")
SECTIONS = "ABCDEFGHIJKLMNOPQRST"
SIZES = ("micro", "small", "medium", "large")
ZERO_WHEN_NONE = (
    "base_foreign_accounts",
    "base_frozen_accounts",
    "base_exposure_ours",
    "base_exposure_due",
    "base_exposure_group",
    "others",
    "base_overdue",
    "base_balance_others",
    "base_lenders",
    "base_lenders_non_bank",
    "base_new_lenders_3m",
    "base_new_lenders_6m",
    "base_queries_3m",
    "base_queries_6m",
    "base_queries_12m",
    "base_court_events_12m",
    "base_court_events_36m",
    "base_guaranteed",
    "base_service_due",
)
ADVERSE = ("lawsuit_defendant", "enforcement", "dishonest", "consumption_restricted", "insolvency")


def stocks(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with the ``base_`` columns of profile and credit."""
    wide = population.select("row")
    own = (_firm, _accounts, _tax_grade, statements, _ours, ending, _group, _instalments)
    for block in (*own, _others, service, _guarantees, _queries, _court, _unpaid):
        wide = wide.left_join(block(facts, population), "row").drop("row_right")
    none = {c: wide[c].fill_null(0.0) for c in wide.columns if c in ZERO_WHEN_NONE}
    wide = wide.mutate(**none)
    used = wide.base_balance_others / wide.others.nullif(0.0)
    return wide.mutate(base_exposure_all=wide.base_exposure_ours + wide.others, base_used_share=used).drop("others")


def _firm(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    firm = known_of("enterprise", facts, population)
    return firm.select(
        "row",
        base_firm_age_months=months_between(firm.founded_on, firm.as_of).cast("float64"),
        base_sole_proprietor=firm.sole_proprietor.cast("float64"),
        base_employees=firm.employees.cast("float64"),
        base_industry_section=_place(firm.industry.left(1), SECTIONS),
        base_size_class=_place(firm.size_class, SIZES),
    )


def _accounts(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    account = with_foreign(known_of("account", facts, population), "row")
    frozen = account.frozen & (account.closed_on.isnull() | (account.closed_on >= account.as_of))
    return account.group_by("row").agg(
        base_foreign_accounts=_count(account.foreign), base_frozen_accounts=_count(frozen)
    )


def _tax_grade(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    grade = known_of("tax_grade", facts, population)
    points = _place(grade.grade, GRADES)
    return grade.group_by("row").agg(base_tax_grade=points.argmax(grade.year).cast("float64"))


def _ours(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    loan = known_of("loan", facts, population)
    open_ = running(loan)
    return open_.group_by("row").agg(base_exposure_ours=open_.committed.sum().cast("float64"))


def _group(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """What other firms have of us that share a group with a loan of the firm."""
    named = known_of("loan", facts, population)
    groups = named.filter(named.group_id.notnull()).select("row", "as_of", "enterprise_id", "group_id").distinct()
    loan = facts["loan"].rename(other="enterprise_id")
    seen = groups.join(loan, "group_id")
    seen = seen.filter((seen.known_at < seen.as_of) & (seen.other != seen.enterprise_id))
    open_ = running(newest(seen, ("row", *TABLES["loan"].key)))
    return open_.group_by("row").agg(base_exposure_group=open_.committed.sum().cast("float64"))


def _others(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    line = known_of("credit_line", facts, population)
    open_ = line.filter(line.closed_on.isnull() | (line.closed_on >= line.as_of))
    return open_.group_by("row").agg(
        others=open_.committed.sum().cast("float64"),
        base_overdue=open_.overdue.sum().cast("float64"),
        base_balance_others=open_.balance.sum().cast("float64"),
        base_lenders=open_.institution.nunique().cast("float64"),
        base_lenders_non_bank=ibis.ifelse(open_.kind == "non_bank", open_.institution, None).nunique().cast("float64"),
        **{
            f"base_new_lenders_{n}m": ibis.ifelse(_within(open_.opened_on, open_.as_of, n), open_.institution, None)
            .nunique()
            .cast("float64")
            for n in (3, 6)
        },
    )


def _instalments(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """Our instalments that fell due in the last twelve months up to the day before the date, as overdue stands to date.

    One that is not known to be paid is late to the date, and counts whenever it fell due.
    """
    due = known_of("instalment", facts, population)
    recent = months_between(due.due_on, due.as_of) <= 12
    due = due.filter((due.due_on < due.as_of) & (recent | due.paid_on.isnull()))
    days = ibis.coalesce(due.paid_on, due.as_of).delta(due.due_on, unit="day")
    return due.group_by("row").agg(
        base_late_instalments_12m=ibis.ifelse(days > 0, 1, 0).sum().cast("float64"),
        base_days_past_due_max_12m=ibis.greatest(days, 0).max().cast("float64"),
    )


def _guarantees(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    given = known_of("guarantee", facts, population)
    running = given.ends_on.isnull() | (given.ends_on >= given.as_of)
    given = given.filter(running & (given.side == "given"))
    return given.group_by("row").agg(base_guaranteed=given.amount.sum().cast("float64"))


def _unpaid(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """Bills, filings and contributions that were due before the date and not known to be paid; null without any."""
    parts = (
        known_of("utility_bill", facts, population).select("row", "as_of", "due_on", "paid_on", due="amount"),
        known_of("tax_filing", facts, population).select("row", "as_of", "due_on", "paid_on", due="amount_due"),
        known_of("social_insurance", facts, population).select("row", "as_of", "due_on", "paid_on", due="amount_due"),
    )
    due = ibis.union(*parts)
    due = due.filter((due.due_on < due.as_of) & (due.due.fill_null(0) > 0))
    open_ = due.paid_on.isnull()
    return due.group_by("row").agg(
        base_unpaid_dues=ibis.ifelse(open_, due.due.cast("decimal(18,2)"), 0).sum().cast("float64"),
        base_unpaid_dues_days=ibis.ifelse(open_, due.as_of.delta(due.due_on, unit="day"), 0).max().cast("float64"),
    )


def _place(word: ir.StringValue, words: Sequence[str]) -> ir.NumericValue:
    """1 for the first of the words, 2 for the second; null for another."""
    return ibis.cases(*((word == w, float(i)) for i, w in enumerate(words, start=1)), else_=None)


def _within(day: ir.DateValue, as_of: ir.DateValue, months: int) -> ir.BooleanValue:
    """Whether a day lies in the whole months before the month of the date."""
    return months_between(day, as_of).between(1, months)


def _queries(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    query = known_of("credit_query", facts, population)
    query = query.filter(query.reason == "application")
    return query.group_by("row").agg(
        **{f"base_queries_{n}m": _count(_within(query.queried_on, query.as_of, n)) for n in (3, 6, 12)}
    )


def _court(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    event = known_of("court_event", facts, population)
    event = event.filter(event.kind.isin(ADVERSE))
    return event.group_by("row").agg(
        **{f"base_court_events_{n}m": _count(_within(event.happened_on, event.as_of, n)) for n in (12, 36)}
    )


def _count(condition: ir.BooleanValue) -> ir.Value:
    return ibis.ifelse(condition, 1, 0).sum().cast("float64")
