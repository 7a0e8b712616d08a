"""How long customers take to pay, and the firm its suppliers: invoices against what was received and paid.

Of each party, receipts settle its invoices first in, first out, whatever they name: what stands open at a month's end
is what was invoiced and not yet paid, never less than nothing, for what is paid beyond that is for invoices that nobody
knows. The mean that stands open over a year, over what was invoiced in it, is the mean time that an invoice waits
(Little, Operations Research 9, 1961). An acceptance received for a sale settles it, as one issued for a purchase does.

Who pays where nobody looks would seem never to pay: a party counts only when nearly all that was invoiced more than a
quarter ago has been settled, and a side only when half of its invoices are to parties that count.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.knowledge import known_months, known_of, months_between

YEAR_DAYS, YEAR = 360, 12
MONTHS = 24  # the first twelve tell what stood open when the year began
YOUNG = 3  # what was invoiced in so many months may still wait
SETTLED, COVERED = 0.9, 0.5
DAYS = {"inflow": "base_receivables_days_paid_12m", "outflow": "base_payables_days_paid_12m"}
PARTY = ("row", "side", "party")
MONEY = "decimal(38,2)"
_BACK = range(MONTHS, 0, -1)


def settlement(panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with a ``base_`` column of days for each side; null where too little is known to be settled.

    A firm with an invoice ledger has no row: its invoices stand for its receipts.
    """
    seen = _months(panel, facts, population).anti_join(_ledgers(facts, population), "row")
    change = seen.invoiced - seen.settled
    parties = seen.group_by(*PARTY).agg(
        invoiced=_sum(ibis.ifelse(seen.offset <= YEAR, seen.invoiced, 0)),
        ripe=_sum(ibis.ifelse(seen.offset > YOUNG, seen.invoiced, 0)),
        settled=_sum(seen.settled),
        oldest=seen.offset.max(),
        **{f"change_{month}": _sum(ibis.ifelse(seen.offset == month, change, 0)) for month in _BACK},
    )
    parties = _waiting(parties.filter(parties.invoiced > 0))
    counts = parties.settled.cast("float64") >= SETTLED * parties.ripe.cast("float64")
    sides = parties.group_by("row", "side").agg(
        whole=_sum(parties.invoiced).cast("float64"),
        invoiced=_sum(ibis.ifelse(counts, parties.invoiced, 0)).cast("float64"),
        waiting=_sum(ibis.ifelse(counts, parties.waiting, 0)).cast("float64"),
        oldest=parties.oldest.max(),
    )
    enough = (sides.oldest >= YEAR) & (sides.invoiced >= COVERED * sides.whole)
    days = ibis.ifelse(enough, sides.waiting / YEAR / sides.invoiced.nullif(0.0) * float(YEAR_DAYS), None)
    return sides.group_by("row").agg(
        **{name: ibis.ifelse(sides.side == side, days, None).max() for side, name in DAYS.items()}
    )


def _months(panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """What was invoiced and what was settled by question, side and party in each month, as known on its date."""
    zero = ibis.literal(0, "decimal(18,2)")
    money = known_months(_invoiced(panel["party"], facts["invoice"], population), population)
    invoice, bill = (known_of(name, facts, population) for name in ("invoice", "bill"))
    bill = bill.filter(bill.ground == ibis.ifelse(bill.direction == "in", "sale", "purchase"))
    parts = (
        money.select(*PARTY, "offset", invoiced=zero, settled="amount"),
        _of_documents(invoice, invoice.issued_on).mutate(invoiced="amount", settled=zero),
        _of_documents(bill.mutate(gross=bill.amount), bill.received_on).mutate(invoiced=zero, settled="amount"),
    )
    together = ibis.union(*(part.select(*PARTY, "offset", "invoiced", "settled") for part in parts))
    return together.filter(together.offset.between(1, MONTHS) & together.party.notnull())


def _invoiced(money: ir.Table, invoice: ir.Table, population: ir.Table) -> ir.Table:
    """Money of the firms' parties that there is an invoice of: others would be dropped question by question."""
    invoice = invoice.semi_join(population, "enterprise_id")
    parties = invoice.select("enterprise_id", side=_side(invoice), party="counterparty_id").distinct()
    return money.semi_join(parties, ["enterprise_id", "side", "party"])


def _side(papers: ir.Table) -> ir.StringValue:
    return ibis.ifelse(papers.direction == "in", "inflow", "outflow")


def _of_documents(papers: ir.Table, day: ir.DateValue) -> ir.Table:
    return papers.select(
        "row",
        side=_side(papers),
        party="counterparty_id",
        offset=months_between(day, papers.as_of),
        amount=papers.gross.cast("decimal(18,2)"),
    )


def _waiting(parties: ir.Table) -> ir.Table:
    """Add the sum of what stands open at the month ends of the year, never less than nothing (Lindley's recursion)."""
    parties = parties.mutate(open=ibis.literal(0, MONEY), waiting=ibis.literal(0, MONEY))
    for month in _BACK:
        parties = parties.mutate(open=ibis.greatest(parties.open + parties[f"change_{month}"], 0).cast(MONEY))
        if month <= YEAR:
            parties = parties.mutate(waiting=(parties.waiting + parties.open).cast(MONEY))
    return parties


def _ledgers(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    account = known_of("account", facts, population)
    return account.filter(account.kind == "invoice_ledger").select("row").distinct()


def _sum(amounts: ir.NumericValue) -> ir.NumericValue:
    """The exact sum of money."""
    return amounts.cast("decimal(18,2)").sum().cast(MONEY)
