"""The monthly panel: one row of what was known by a month's end, and one more for each later news.

A fact of month ``m`` is known on ``known_on = max(known, last day of m)``. Windows end before the month of the
``as_of`` date, so keeping ``known_on < as_of`` equals keeping the facts known before the date. Sums and counts
add up over the rows that are kept: a version that ends is booked back on the day it ends. Balances do not add
up; they are stored whole at each ``known_on`` and the latest holds.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep, as_one
from features.evidence.festival import LATEST_MONTH, WITHIN, festival
from features.evidence.flows import INCOME, Facts, found, labels, with_income
from features.evidence.lent import SUMS, lent
from features.evidence.rules import FlowRules
from features.evidence.vat import vat
from features.evidence.versions import versions
from features.panel.entries import count, entries, money, month_of
from features.panel.lines import balance, integrity, line_months
from features.panel.own import counterparts, own
from features.panel.platform import FLOW, account_months, balances, compared, shown, statistics

NONE = ibis.null("float64")


def build(facts: Facts, rules: FlowRules, keep: Keep = as_one) -> dict[str, ir.Table]:
    """The panel tables of everything in ``facts``, by name.

    ``flow``, ``party``, ``payee``, ``balance``, ``public`` and ``bill`` are the monthly facts, ``restart`` the days on
    which suppliers are paid after the Spring Festival, ``vat`` the firm's rate; ``integrity`` tells how far the lines
    can be believed, ``shown``, ``own`` and ``compared`` how much of the firm they cover.

    ``keep`` may store what several of the tables read.
    """
    labelled = labels(facts, rules, keep)
    held = keep("account_months", account_months(facts))
    written = keep("written", counterparts(facts["line"]))  # from here on lines themselves are read no more
    loans = keep("lent", lent(labelled, rules.circular, keep))  # before labels of months without news may go
    flow = found(labelled, facts, rules, keep)
    flow = keep("monthly", flow.mutate(month=month_of(flow.booked_at)))
    reported = statistics(facts, rules, held)
    months = keep("line_months", line_months(flow))
    return {
        "flow": _flow(with_income(flow, rules), reported, loans),
        "party": _party(flow),
        "payee": _payee(flow),
        "restart": _restart(flow),
        "balance": balance(months).union(balances(facts, held)),
        "integrity": integrity(months),
        "public": _public(facts),
        "shown": shown(facts, held),
        "own": own(flow, written, reported),
        "compared": compared(flow, facts, held),
        "bill": _bill(facts),
        "vat": vat(facts, rules.vat),
    }


def _flow(flow: ir.Table, reported: ir.Table, loans: ir.Table) -> ir.Table:
    """Sums of lines and statistics, and of what lines together tell of ``loans`` (``features.evidence.lent``)."""
    amounts = ("amount", *INCOME, *SUMS)
    shape = (*FLOW, "known_from", "known_until", *amounts, "lines")
    none, one = ibis.literal(0, "decimal(18,2)"), ibis.literal(1, "int64")
    untold = dict.fromkeys(SUMS, none)
    loans = loans.mutate(month=month_of(loans.booked_at), lines=one - 1, **dict.fromkeys(("amount", *INCOME), none))
    rows = flow.mutate(lines=one, **untold).select(*shape)
    rows = rows.union(reported.mutate(**untold).select(*shape), loans.select(*shape))
    booked = entries(rows, (*amounts, "lines"))
    return booked.group_by(*FLOW, "known_on").agg(
        **{name: money(booked[name]) for name in amounts}, lines=count(booked.lines)
    )


def _party(flow: ir.Table) -> ir.Table:
    """Trade with each identified counterparty; refunds are taken off the side that they belong to."""
    trade = flow.filter(flow.nature.isin(["operating", "refund"]) & flow.party.notnull())
    sale = (trade.direction == "in") == (trade.nature == "operating")
    signed = ibis.ifelse(trade.nature == "operating", trade.amount, -trade.amount).cast("decimal(18,2)")
    keys = ("enterprise_id", "month", "party", "side")
    rows = trade.mutate(side=ibis.ifelse(sale, "inflow", "outflow"), amount=signed).select(
        *keys, "known_from", "known_until", "amount"
    )
    booked = entries(rows, ("amount",))
    return booked.group_by(*keys, "known_on").agg(amount=money(booked.amount))


def _payee(flow: ir.Table) -> ir.Table:
    """Wages by whom they are paid to; null is whoever a line does not name."""
    keys = ("enterprise_id", "month", "party")
    wages = flow.filter((flow.nature == "payroll") & (flow.direction == "out"))
    booked = entries(wages.select(*keys, "known_from", "known_until", "amount"), ("amount",))
    return booked.group_by(*keys, "known_on").agg(amount=money(booked.amount))


def _restart(flow: ir.Table) -> ir.Table:
    """Lines that pay suppliers in the weeks from the Spring Festival on, by ``day``, 0 on the festival itself."""
    paid = flow.filter((flow.nature == "operating") & (flow.direction == "out") & (flow.month.month() <= LATEST_MONTH))
    paid = paid.mutate(day=paid.booked_at.delta(festival(paid.booked_at.year()), unit="day").cast("int64"))
    paid = paid.filter(paid.day.between(0, WITHIN - 1))
    keys = ("enterprise_id", "month", "day")
    rows = paid.select(*keys, "known_from", "known_until", lines=ibis.literal(1, "int64"))
    booked = entries(rows, ("lines",))
    return booked.group_by(*keys, "known_on").agg(lines=count(booked.lines))


def _bill(facts: Facts) -> ir.Table:
    """Acceptances received for sales, by the month in which they came."""
    bills = versions(facts["bill"], ("bill_id",))
    bills = bills.filter((bills.direction == "in") & (bills.ground == "sale"))
    rows = bills.select(
        "enterprise_id",
        "known_from",
        "known_until",
        month=month_of(bills.received_on),
        received=bills.amount.cast("decimal(18,2)"),
        count=ibis.literal(1, "int64"),
    )
    booked = entries(rows, ("received", "count"))
    return booked.group_by("enterprise_id", "month", "known_on").agg(
        received=money(booked.received), count=count(booked["count"])
    )


def _public(facts: Facts) -> ir.Table:
    """Bills, filings and contributions by the month in which they fell due."""
    bills = versions(facts["utility_bill"], ("bill_id",))
    taxes = versions(facts["tax_filing"], ("filing_id",))
    social = versions(facts["social_insurance"], ("enterprise_id", "month"))
    tax = ibis.ifelse(taxes.kind == "vat", "vat", "tax")
    rows = (
        _dues(bills, bills.kind, bills.amount, bills.usage, ibis.null("int64"), bills.usage_peak)
        .union(_dues(taxes, tax, taxes.amount_due, taxes.base, ibis.null("int64")))
        .union(
            _dues(
                social.drop("month"),
                ibis.literal("social_insurance"),
                social.amount_due,
                ibis.null("float64"),
                social.headcount,
            )
        )
    )
    quantities = ("quantity", "peak", "timed")
    amounts = ("due", "paid", "late", "count", "headcount", *quantities)
    booked = entries(rows, amounts)
    return booked.group_by("enterprise_id", "month", "kind", "known_on").agg(
        **{name: money(booked[name]) for name in ("due", "paid")},
        **{name: booked[name].sum().cast("decimal(18,4)") for name in quantities},
        **{name: count(booked[name]) for name in ("late", "count", "headcount")},
    )


def _dues(
    rows: ir.Table,
    kind: ir.Value,
    due: ir.Value,
    quantity: ir.Value,
    headcount: ir.Value,
    peak: ir.Value = NONE,
) -> ir.Table:
    """One row a due fact: what was due, what of it is paid, and whether it was paid late.

    ``timed`` is the quantity of which it is told how much fell on peak hours, ``peak``.
    """
    amount = due.fill_null(0).cast("decimal(18,2)")
    return rows.select(
        "enterprise_id",
        "known_from",
        "known_until",
        month=month_of(rows.due_on),
        kind=kind.cast("string"),
        due=amount,
        paid=ibis.ifelse(rows.paid_on.notnull(), amount, 0).cast("decimal(18,2)"),
        late=ibis.ifelse(rows.paid_on > rows.due_on, 1, 0).fill_null(0).cast("int64"),
        count=ibis.literal(1, "int64"),
        quantity=quantity.fill_null(0).cast("decimal(18,4)"),
        peak=ibis.ifelse(quantity.notnull(), peak, None).fill_null(0).cast("decimal(18,4)"),
        timed=ibis.ifelse(peak.notnull(), quantity, None).fill_null(0).cast("decimal(18,4)"),
        headcount=headcount.fill_null(0).cast("int64"),
    )
