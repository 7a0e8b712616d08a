"""Receipts that no trade stands behind, and where their money goes (开票与回款核对).

A firm that sells on credit has an invoice of the very sum, issued some days before, behind what a customer pays. A
payer of several sums that have no invoice is in doubt (**unbilled**); one of the days of the payment is no credit and
proves as little. Such money has to leave again: a customer gets back what he paid beyond his invoices, one payee is
paid what came in (``features.evidence.coupled``), or whoever is paid comes and goes with it
(``features.evidence.together``): **unbilled-round**.

That is evidence only while no such invoice is known: some days after the receipt, at a firm most of whose receipts have
one, and once the invoices that the bank holds reach back far enough to tell the one that is paid. An invoice can be
forged: that there is one proves nothing.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.coupled import POOL, coupled
from features.evidence.findings import KEY, as_known, daily, during, joined, often, runs, while_in, while_most
from features.evidence.settings import PER_MILLE, Circular
from features.evidence.together import FIRM, near, together
from features.evidence.versions import versions

LINE = (
    "line_id",
    "enterprise_id",
    "party",
    "nature",
    "booked_at",
    "day_number",
    "cents",
    "version",
    "known_from",
    "known_until",
)
# Parts of the days in which a sum is made up, one of which it takes; those before it and those after it are apart.
SPANS = (1, 2, 4, 10)
# A payee of a round is paid as anybody but those who get rent, taxes or interest.
LEAVING = ("operating", "refund", "owner", "payroll", "investment", "non_operating", "own_transfer")


def unbilled(labels: ir.Table, invoice: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on label versions by the rules for single lines, in the shape of ``features.evidence.findings``.

    ``invoice`` holds the facts of the canonical table ``invoice``.
    """
    invoices = versions(invoice, ("invoice_id",)).rename(party="counterparty_id")
    invoices = invoices.filter(invoices.gross > 0).mutate(cents=(invoices.gross * 100).cast("int64"))
    sold, bought = (invoices.filter(invoices.direction == side) for side in ("in", "out"))
    outgoing = keep("outgoing", _trade(labels, "out", settings))
    paid = _billed(outgoing, bought, settings)
    paid = keep("bought", paid.filter(paid.billed_from.notnull()))
    supplier = keep("suppliers", paid.group_by(KEY).agg(supplier_from=paid.billed_from.min()))
    receipts = keep("receipts", _receipts(_trade(labels, "in", settings), sold, settings))
    bare = _of_billing_firms(_bare(receipts, supplier, settings), receipts, settings)
    bare = keep("bare_receipts", _numbered(bare))
    large = receipts.filter(receipts.cents >= settings.least * 100).select(*LINE)
    never = _before_supplier(
        _never_billed(bare, receipts), bought.group_by(KEY).agg(supplier_from=bought.known_from.min())
    )
    never = never.semi_join(large, ["line_id", "version"])
    payers = while_most(large, never, "unbilled", settings.unbilled_repeats, settings.unbilled_of_payer)
    leaving = keep("leaving_lines", _numbered(outgoing.semi_join(bare, FIRM)))
    others = _before_supplier(leaving, supplier)
    some = bare.filter(bare.cents >= settings.least * 100)
    goes = others.filter(others.cents >= settings.whole_least * 100)
    back = keep("bare_back", _made_up(keep("back_pairs", _pairs(some, goes, settings)), settings))
    back = keep("bare_again", _again(back, settings))
    both = (_lines_of(back, side, lines) for side, lines in (("in", bare), ("out", leaving)))
    pool = some.mutate(who=ibis.literal(POOL, "int32"))
    pooled = coupled(pool, goes.filter(goes.nature != "owner"), settings, keep, "pooled")
    round_ = (_lines_of(_of_side(pooled, side), side, lines) for side, lines in (("in", bare), ("out", leaving)))
    abreast = as_known(together(receipts, bare, leaving, others, paid, settings, keep), "unbilled-round")
    return keep("unbilled", ibis.union(payers, *both, *round_, abreast))


def _of_side(rows: ir.Table, side: str) -> ir.Table:
    rows = rows.filter(rows.side == side)
    return rows.select(*FIRM, **{f"{side}_number": rows.number}, known_from=rows.since, known_until=rows.until)


def _trade(labels: ir.Table, direction: str, settings: Circular) -> ir.Table:
    """Lines with a party that the rules for single lines take for trade, or that leave in one of the ways to leave.

    ``version`` tells those of one line apart.
    """
    rows = labels.filter((labels.direction == direction) & labels.party.notnull())
    rows = rows.filter(rows.amount >= settings.unbilled_least)
    sales = (rows.category == "other_counterparty") & (rows.nature == "operating")
    rows = rows.filter(sales if direction == "in" else rows.nature.isin(LEAVING))
    return rows.mutate(
        day_number=rows.booked_at.delta(ibis.date("1970-01-01"), unit="day").cast("int32"),
        cents=(rows.amount * 100).cast("int64"),
        version=rows.known_from,
    ).select(*LINE)


def _numbered(lines: ir.Table) -> ir.Table:
    """Lines and parties with numbers within the firm, since texts are dear to sort by."""
    within = {"group_by": FIRM}
    return lines.mutate(
        number=ibis.dense_rank().over(**within, order_by=["line_id", "version"]).cast("int32"),
        who=ibis.dense_rank().over(**within, order_by="party").cast("int32"),
    )


def _receipts(lines: ir.Table, sold: ir.Table, settings: Circular) -> ir.Table:
    """What customers pay, ``billed_from`` when an invoice of the sum is known, of firms with invoices.

    ``judged_on`` is the first day on which the invoices with which the bank began to know any of the firm, on
    ``reach_from``, reach back far enough.
    """
    began = sold.group_by(FIRM).agg(reach_from=sold.known_from.min())
    at_first = sold.join(began, [*FIRM, sold.known_from == began.reach_from])
    began = at_first.group_by(*FIRM, "reach_from").agg(reach=at_first.issued_on.min())
    judged = (began.reach + ibis.interval(days=settings.unbilled_reach)).cast("timestamp").cast("date")
    began = began.select(*FIRM, "reach_from", judged_on=judged)
    billed = _billed(lines, sold, settings).drop(*KEY)
    return lines.join(began, FIRM).left_join(billed, ["line_id", "version"]).drop("line_id_right", "version_right")


def _billed(lines: ir.Table, invoices: ir.Table, settings: Circular) -> ir.Table:
    """Lines of whose sum an invoice is known ``invoiced_from``, and ``billed_from`` one that was days old by then."""
    met = lines.join(invoices.select(*KEY, "cents", "issued_on", invoiced_from="known_from"), [*KEY, "cents"])
    old = met.booked_at.delta(met.issued_on, unit="day") > settings.unbilled_credit
    return met.group_by(*KEY, "line_id", "version").agg(
        billed_from=met.invoiced_from.min(where=old), invoiced_from=met.invoiced_from.min()
    )


def _never_billed(bare: ir.Table, receipts: ir.Table) -> ir.Table:
    """Bare receipts until an invoice of the sum is known, of whatever day."""
    rows = bare.join(receipts.select("line_id", "version", "invoiced_from"), ["line_id", "version"])
    return during(rows, rows.known_from, rows.invoiced_from).select(*LINE)


def _bare(receipts: ir.Table, supplier: ir.Table, settings: Circular) -> ir.Table:
    """Receipts while no invoice of their sum is known, nor that the payer is a supplier who may pay back."""
    rows = receipts.filter(receipts.booked_at >= receipts.judged_on)
    waited = (rows.booked_at + ibis.interval(days=settings.unbilled_wait)).cast("timestamp").cast("date")
    rows = during(rows, ibis.greatest(rows.reach_from, waited), rows.billed_from)
    return _before_supplier(rows.select(*LINE), supplier)


def _before_supplier(lines: ir.Table, supplier: ir.Table) -> ir.Table:
    rows = lines.left_join(supplier, KEY)
    return during(rows, rows.known_from, rows.supplier_from).select(*lines.columns)


def _of_billing_firms(bare: ir.Table, receipts: ir.Table, settings: Circular) -> ir.Table:
    """Bare receipts while most of what is known of the firm's receipts is not bare."""
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    some = receipts.filter(receipts.booked_at >= receipts.judged_on).semi_join(
        often(bare, FIRM, settings.repeats), FIRM
    )
    rows = some.select(*LINE).mutate(bare=none, lines=one).union(bare.mutate(bare=one, lines=none))
    days = daily(rows, FIRM, bare=rows.bare, lines=rows.lines)
    few = days.bare * PER_MILLE <= days.lines * round((1 - settings.unbilled_of_firm) * PER_MILLE)
    return while_in(bare, runs(days, FIRM, few), FIRM)


def _pairs(incoming: ir.Table, outgoing: ir.Table, settings: Circular) -> ir.Table:
    """Lines of both directions of one party within ``unbilled_days``."""
    days = settings.unbilled_days
    return near(incoming, outgoing, KEY, days, days)


def _made_up(pairs: ir.Table, settings: Circular) -> ir.Table:
    """Pairs while one line is the sum of those like the other, before or after it, within one of the spans.

    A sum that leaves is made up by what came in; one that came in, by what leaves.
    """
    spans = [settings.unbilled_days // part for part in SPANS]
    pairs = pairs.mutate(side=ibis.array([1, -1]).unnest(), booked_at=pairs.known_from)
    pairs = pairs.mutate(span=ibis.array(spans).unnest())
    pairs = pairs.filter((pairs.away * pairs.side).between(0, pairs.span))
    hits = []
    for whole, part, of in (("out", "in", []), ("in", "out", ["out_who"])):
        key = [*FIRM, f"{whole}_number", f"{whole}_cents", *of, "side", "span"]
        most = pairs[f"{whole}_cents"] * (PER_MILLE + round(settings.parts_kept * PER_MILLE))
        parts = pairs.filter(pairs[f"{part}_cents"] * PER_MILLE <= most)
        days = daily(parts, key, total=parts[f"{part}_cents"])
        cents = days[f"{whole}_cents"]
        off = (days.total - cents).abs() * PER_MILLE <= cents * round(settings.parts_kept * PER_MILLE)
        hits.append(while_in(parts, runs(days, key, off), key))
    return ibis.union(*(hit.select(*FIRM, "in_number", "out_number", "known_from", "known_until") for hit in hits))


def _again(back: ir.Table, settings: Circular) -> ir.Table:
    """Pairs while the firm has so many receipts like them: a customer may pay too much by mistake."""
    receipts = joined(back, [*FIRM, "in_number"])
    days = daily(receipts.mutate(booked_at="known_from"), FIRM, hits=ibis.literal(1, "int64"))
    return while_in(back, runs(days, FIRM, days.hits >= settings.repeats), FIRM)


def _lines_of(pairs: ir.Table, side: str, lines: ir.Table) -> ir.Table:
    """The finding on the lines of one side."""
    named = lines.select(*FIRM, "line_id", **{f"{side}_number": lines.number}).distinct()
    return as_known(pairs.join(named, [*FIRM, f"{side}_number"]), "unbilled-round")
