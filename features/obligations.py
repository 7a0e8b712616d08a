"""What known debts ask for after the date: commitments of ours that end about then, and what falls due in a year.

A loan that ends within ``RENEWAL_DAYS`` is repaid before a new one or renewed by it (续贷): beside a new loan it is
no debt of its own. What falls due is told by plans of repayment and credit reports, never by what was paid lately:
the principal of a loan that has been repaid is owed no more.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.knowledge import known_of

RENEWAL_DAYS = 31
MONTHS = 12
MONEY = "decimal(18,2)"


def running(loan: ir.Table) -> ir.Table:
    """Loans of ours, as last known, that are paid out and neither settled nor written off."""
    return loan.filter(loan.closed_on.isnull() & loan.written_off_on.isnull() & (loan.disbursed_on < loan.as_of))


def ending(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """``base_exposure_due``: commitments of ours that end from the date on within ``RENEWAL_DAYS``, in yuan."""
    loan = running(known_of("loan", facts, population))
    return loan.filter(_ends(loan)).group_by("row").agg(base_exposure_due=loan.committed.sum().cast("float64"))


def service(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """``base_service_due``: yuan a month of the twelve from the date on, by all lenders, with what is overdue.

    Loans that ``ending`` tells of are left out. Where another lender's report gives no monthly payment, a twelfth of
    the balance counts.
    """
    both = _ours(facts, population).union(_others(facts, population))
    return both.group_by("row").agg(base_service_due=both.due.sum().cast("float64") / MONTHS)


def _ours(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    loan = running(known_of("loan", facts, population))
    loan = loan.filter(~_ends(loan)).select("row", "loan_id")
    part = known_of("instalment", facts, population)
    end = (part.as_of + ibis.interval(months=MONTHS)).cast("date")
    part = part.filter(part.paid_on.isnull() & (part.due_on < end)).inner_join(loan, ["row", "loan_id"])
    return part.select("row", due=(part.principal_due + part.interest_due - part.paid).cast(MONEY))


def _others(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    line = known_of("credit_line", facts, population)
    line = line.filter(line.closed_on.isnull() | (line.closed_on >= line.as_of))
    return line.select("row", due=ibis.coalesce(line.monthly_service * MONTHS, line.balance).cast(MONEY))


def _ends(loan: ir.Table) -> ir.BooleanValue:
    days = loan.matures_on.delta(loan.as_of, unit="day")
    return days.between(0, RENEWAL_DAYS).fill_null(False)
