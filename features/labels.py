"""What became of the loans that were granted: default within the performance window, or not.

A default is the first of: more than 90 days past due, distressed restructuring, write-off. The window is 18 months
from disbursement, and for terms up to a year at least until an unpaid maturity is 91 days past due, because an
interest-only loan owes its principal only then. 31 to 90 days past due is grey: left out of fitting alone.
"""

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from features.contract import TABLES

DEFAULT_DAYS, GREY_DAYS = 90, 30
WINDOW_MONTHS, GRACE_DAYS = 18, DEFAULT_DAYS + 1


def default_labels(facts: Mapping[str, ir.Table], known_before: date) -> ir.Table:
    """Outcomes of all loans whose whole window had passed by ``known_before``, from facts known before it.

    Returns
    -------
    table
        ``application_id``, ``enterprise_id``, ``as_of`` (date of the application), ``requested_amount``,
        ``requested_term_months``, ``max_dpd`` (days), ``default`` and ``grey`` (booleans).
    """
    loans = _windows(_latest("loan", facts, known_before))
    loans = loans.filter(loans.window_end < known_before)
    late = _days_past_due(loans, _latest("instalment", facts, known_before))
    loans = loans.left_join(late, "loan_id").drop("loan_id_right")
    dpd = loans.max_dpd.fill_null(0)
    default = (dpd > DEFAULT_DAYS) | _by(loans.restructured_on, loans) | _by(loans.written_off_on, loans)
    outcome = loans.select("application_id", max_dpd=dpd, default=default)
    outcome = outcome.group_by("application_id").agg(max_dpd=outcome.max_dpd.max(), default=outcome.default.any())
    outcome = outcome.mutate(grey=~outcome.default & (outcome.max_dpd > GREY_DAYS))
    asked = _latest("application", facts, known_before)
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


def _latest(name: str, facts: Mapping[str, ir.Table], known_before: date) -> ir.Table:
    table = facts[name]
    window = ibis.window(group_by=list(TABLES[name].key), order_by=ibis.desc("known_at"))
    known = table.filter(table.known_at < known_before)
    return known.mutate(place=ibis.row_number().over(window)).filter(lambda t: t.place == 0).drop("place")


def _windows(loans: ir.Table) -> ir.Table:
    whole = (loans.disbursed_on + ibis.interval(months=WINDOW_MONTHS)).cast("date")
    matured = (loans.matures_on + ibis.interval(days=GRACE_DAYS)).cast("date")
    end = ibis.ifelse(loans.term_months <= 12, ibis.greatest(whole, matured), whole)
    return loans.mutate(window_end=end).filter(loans.application_id.notnull())


def _by(day: ir.DateValue, loans: ir.Table) -> ir.BooleanValue:
    return (day <= loans.window_end).fill_null(False)


def _days_past_due(loans: ir.Table, instalments: ir.Table) -> ir.Table:
    """The longest time that any instalment stood unpaid by the end of the window."""
    owed = loans.select("loan_id", "window_end").join(instalments, "loan_id")
    until = ibis.least(owed.paid_on.fill_null(owed.window_end), owed.window_end)
    return owed.group_by("loan_id").agg(max_dpd=until.delta(owed.due_on, unit="day").max())
