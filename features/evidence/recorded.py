"""Lines that are the payment of a fact the bank holds: a bill, a filing, an instalment, an acceptance.

A line to which no words say what it is, but which moves the very sum of a fact on its date, is that payment. A
discounted or collected acceptance that settles a sale is how the sale is paid, whatever the bank calls the line.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.evidence.findings import PLACE
from features.evidence.versions import versions

# Days that a booking may be off the date that the fact tells.
SLACK = 3
# Round sums of a few yuan meet by chance.
LEAST = 20


def recorded(labels: ir.Table, facts: Mapping[str, ir.Table]) -> ir.Table:
    """Findings on lines that trade rules took for want of better, and on what is an acceptance's cash."""
    received, issued = _acceptances(facts["bill"])
    told = ibis.union(
        _as(_bills(facts["utility_bill"], "amount", ("bill_id",)), "recorded-utility", "out"),
        _as(_bills(facts["tax_filing"], "amount_paid", ("filing_id",)), "recorded-tax", "out"),
        _as(
            _bills(facts["social_insurance"], "amount_due", ("enterprise_id", "month")),
            "recorded-social-insurance",
            "out",
        ),
        _as(_loans(facts["loan"]), "recorded-loan", "in"),
        _as(_instalments(facts["instalment"]), "recorded-loan", "out"),
        _as(received, "recorded-bill", "in"),
        _as(issued, "recorded-bill", "out"),
    )
    columns = ("line_id", "enterprise_id", "booked_at", "direction", "category", "nature", "known_from", "known_until")
    lines = labels.filter(labels.nature.isin(["operating", "financing"]))
    lines = lines.select(*columns, cents=(lines.amount * 100).cast("int64"))
    same = [lines.enterprise_id == told.fact_firm, lines.cents == told.fact_cents, lines.direction == told.fact_side]
    pairs = lines.join(told, same)
    near = pairs.booked_at.delta(pairs.fact_day, unit="day").abs() <= SLACK
    trade = (pairs.nature == "operating") & (pairs.category == "other_counterparty")
    cash = (pairs.nature == "financing") | (pairs.direction == "in")
    pairs = pairs.filter(near & ibis.ifelse(pairs.finding == PLACE["recorded-bill"], cash, trade))
    return pairs.select(
        "line_id",
        "finding",
        since=ibis.greatest(pairs.known_from, pairs.fact_from),
        until=ibis.least(pairs.known_until, pairs.fact_until),
    )


def _as(fact: ir.Table, name: str, direction: str) -> ir.Table:
    return fact.mutate(finding=ibis.literal(PLACE[name], "int64"), fact_side=ibis.literal(direction))


def _bills(table: ir.Table, amount: str, key: tuple[str, ...]) -> ir.Table:
    paid = versions(table, key)
    paid = paid.filter(paid.paid_on.notnull())
    return _fact(paid, paid[amount], paid.paid_on)


def _loans(table: ir.Table) -> ir.Table:
    lent = versions(table, ("loan_id",))
    return _fact(lent, lent.principal, lent.disbursed_on)


def _instalments(table: ir.Table) -> ir.Table:
    """Principal and interest are booked apart or together."""
    paid = versions(table, ("loan_id", "number"))
    paid = paid.filter(paid.paid_on.notnull())
    parts = (paid.principal_due, paid.interest_due, paid.principal_due + paid.interest_due)
    return ibis.union(*(_fact(paid, part, paid.paid_on) for part in parts))


def _acceptances(table: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Acceptances received for sales, sold to a bank or paid on maturity; and those issued for purchases, when paid."""
    bill = versions(table, ("bill_id",))
    received = bill.filter((bill.direction == "in") & (bill.ground == "sale"))
    sold = received.filter(received.discounted_on.notnull() & received.discount_proceeds.notnull())
    held = received.filter(received.settled_on.notnull() & received.discounted_on.isnull())
    issued = bill.filter((bill.direction == "out") & (bill.ground == "purchase") & bill.settled_on.notnull())
    paid = (_fact(rows, rows.amount, rows.settled_on) for rows in (held, issued))
    return _fact(sold, sold.discount_proceeds, sold.discounted_on).union(next(paid)), next(paid)


def _fact(rows: ir.Table, amount: ir.NumericValue, day: ir.DateValue) -> ir.Table:
    told = rows.select(
        fact_firm="enterprise_id",
        fact_cents=(amount * 100).cast("int64"),
        fact_day=day,
        fact_from="known_from",
        fact_until="known_until",
    )
    return told.filter(told.fact_cents >= LEAST * 100)
