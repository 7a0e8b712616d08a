"""Loans of ours that run on a date, as the bank knew them then: what is owed, how late it is, what falls due next.

A loan is live from its disbursement until the bank knows that it is settled or written off; one on which every
instalment is paid is over even before its settlement is told, as when a renewal (续贷) takes its place. A renewal is a
loan of its own with ``renewed_from``. A distressed restructuring leaves the loan live, with the dates of its new plan.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.contract import TABLES
from features.knowledge import months_between, newest

KEPT = (
    "product",
    "purpose",
    "payee",
    "repayment",
    "committed",
    "principal",
    "annual_rate",
    "term_months",
    "disbursed_on",
    "matures_on",
    "secured",
    "renewed_from",
    "group_id",
    "restructured_on",
    "application_id",
)
NOTHING = ibis.literal(0, "decimal(18,2)")


def live_loans(facts: Mapping[str, ir.Table], as_of: date | Sequence[date]) -> ir.Table:
    """Every loan of ours that is live on a date, or on each of several, from facts known before that date.

    Parameters
    ----------
    facts : mapping
        The canonical tables ``loan`` and ``instalment``.
    as_of : date or sequence of date

    Returns
    -------
    table
        One row a loan and date: ``as_of``, ``loan_id``, ``enterprise_id``, the loan's own columns (money in yuan as
        decimals), ``months_on_book`` (calendar months since disbursement), ``balance`` (principal owed; what was paid
        on an instalment counts for its interest first), ``overdue`` (due before the date and unpaid), ``dpd`` (days
        since the oldest unpaid instalment fell due, 0 when none), ``paid_share`` (of the principal), ``next_due_on``
        and ``next_due`` (what is owed on the next day on which something falls due; null after the last), and
        ``principal_due_on`` (the first unpaid instalment that repays principal; null when none is known).
    """
    days = [as_of] if isinstance(as_of, date) else list(as_of)
    asked = ibis.memtable(pa.table({"as_of": pa.array(days, pa.date32())}))
    running = _running(facts["loan"], asked)
    owed = _owed(running.select("as_of", "loan_id"), facts["instalment"])
    both = running.left_join(owed, ["as_of", "loan_id"]).drop("as_of_right", "loan_id_right")
    both = both.filter(both.unpaid.fill_null(1) > 0)
    balance = both.balance.fill_null(both.principal)
    return both.mutate(
        months_on_book=months_between(both.disbursed_on, both.as_of),
        balance=balance,
        overdue=both.overdue.fill_null(NOTHING),
        dpd=both.dpd.fill_null(0),
        paid_share=1 - balance.cast("float64") / both.principal.cast("float64").nullif(0.0),
    ).drop("unpaid")


def _running(loan: ir.Table, asked: ir.Table) -> ir.Table:
    """The latest version of each loan before each date, of those paid out and neither settled nor written off."""
    seen = asked.join(loan, loan.known_at < asked.as_of)
    latest = newest(seen, ("as_of", *TABLES["loan"].key))
    over = latest.closed_on.notnull() | latest.written_off_on.notnull()
    live = latest.filter(~over & (latest.disbursed_on < latest.as_of))
    return live.select("as_of", "loan_id", "enterprise_id", *KEPT)


def _owed(running: ir.Table, instalment: ir.Table) -> ir.Table:
    seen = running.join(instalment, "loan_id").filter(lambda t: t.known_at < t.as_of)
    part = newest(seen, ("as_of", *TABLES["instalment"].key))
    rest = ibis.greatest(part.principal_due + part.interest_due - part.paid, NOTHING)
    left = ibis.ifelse(part.paid_on.isnull(), rest, NOTHING)
    late, open_ = (part.due_on < part.as_of) & (left > 0), left > 0
    part = part.mutate(left=left, late=late, open_=open_, coming=ibis.ifelse(open_ & ~late, part.due_on, None))
    by_loan = ibis.window(group_by=["as_of", "loan_id"])
    part = part.mutate(next_due_on=part.coming.min().over(by_loan))
    principal = ibis.least(part.left, part.principal_due)
    return part.group_by("as_of", "loan_id").agg(
        balance=principal.sum().cast("decimal(18,2)"),
        overdue=ibis.ifelse(part.late, part.left, NOTHING).sum().cast("decimal(18,2)"),
        dpd=ibis.ifelse(part.late, part.as_of.delta(part.due_on, unit="day"), 0).max(),
        unpaid=ibis.ifelse(part.open_, 1, 0).sum(),
        next_due_on=part.next_due_on.max(),
        principal_due_on=ibis.ifelse(principal > 0, part.due_on, None).min(),
        next_due=ibis.ifelse(part.coming == part.next_due_on, part.left, ibis.null("decimal(18,2)"))
        .sum()
        .cast("decimal(18,2)"),
    )


def by_firm(loans: ir.Table) -> ir.Table:
    """What a firm's live loans are together on each date: money as float64 yuan, ``dpd`` of the latest of them.

    ``principal_months`` are the calendar months until the first of them repays principal, null when none is known to.
    """
    soon = loans.next_due_on <= (loans.as_of + ibis.interval(days=31)).cast("date")
    together = loans.group_by("enterprise_id", "as_of").agg(
        loans=loans.count(),
        balance=loans.balance.sum().cast("float64"),
        committed=loans.committed.sum().cast("float64"),
        overdue_ours=loans.overdue.sum().cast("float64"),
        dpd=loans.dpd.max().cast("float64"),
        due_soon=ibis.ifelse(soon, loans.next_due, NOTHING).sum().cast("float64"),
        first_disbursed_on=loans.disbursed_on.min(),
        principal_months=months_between(loans.as_of, loans.principal_due_on).min().cast("float64"),
    )
    return together.mutate(
        utilisation=together.balance / together.committed.nullif(0.0),
        overdue_share=together.overdue_ours / together.balance.nullif(0.0),
    )


def elsewhere(facts: Mapping[str, ir.Table], as_of: date, days: int) -> ir.Table:
    """Debts of each firm at other lenders on a date, from credit reports known before it.

    Returns
    -------
    table
        ``enterprise_id``, ``balance_others`` and ``overdue_90_others`` (yuan): balances of lines that every report of
        more than ``days`` days shows overdue, the newest included.
    """
    line = facts["credit_line"]
    line = line.filter(line.known_at < as_of)
    of_line = ibis.window(group_by="credit_line_id")
    told_fine = ibis.ifelse(line.overdue > 0, None, line.known_at).max().over(of_line)
    line = line.mutate(newest=line.known_at.max().over(of_line), told_fine=told_fine)
    bad = (line.overdue > 0) & (line.told_fine.isnull() | (line.known_at > line.told_fine))
    line = line.mutate(since=ibis.ifelse(bad, line.known_at, None).min().over(of_line))
    open_ = line.filter((line.known_at == line.newest) & (line.closed_on.isnull() | (line.closed_on >= as_of)))
    long = (ibis.literal(as_of).delta(open_.since, unit="day") > days).fill_null(False)
    owed = ibis.greatest(open_.balance, open_.overdue)
    return open_.group_by("enterprise_id").agg(
        balance_others=owed.sum().cast("float64"),
        overdue_90_others=ibis.ifelse(long, owed, NOTHING).sum().cast("float64"),
    )


def renewed_late(facts: Mapping[str, ir.Table], as_of: date) -> ir.Table:
    """``loan_id`` of each renewal and ``late_days``, the days that the loan it renews was late when it was paid out.

    An eligible renewal (续贷, 金规〔2024〕13号) finds the old loan in order; another pays old debt with new.
    """
    asked = ibis.memtable({"as_of": [as_of]}, schema={"as_of": "date"})
    loan, part = (
        newest(asked.join(facts[name], facts[name].known_at < as_of), ("as_of", *TABLES[name].key))
        for name in ("loan", "instalment")
    )
    renewal = loan.filter(loan.renewed_from.notnull()).select("loan_id", "disbursed_on", old="renewed_from")
    owed = renewal.join(part.rename(old="loan_id").drop("enterprise_id"), "old")
    open_ = (owed.due_on < owed.disbursed_on) & (owed.paid_on.isnull() | (owed.paid_on >= owed.disbursed_on))
    days = ibis.ifelse(open_, owed.disbursed_on.delta(owed.due_on, unit="day"), 0)
    return owed.group_by("loan_id").agg(late_days=days.max())
