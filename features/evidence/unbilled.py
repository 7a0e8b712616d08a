"""Receipts that no invoice stands behind, and where their money goes (开票与回款核对).

A firm that invoices its sales has an invoice of the very sum behind what a customer pays. A payer of several sums that
have none is no customer (**unbilled**). Such money has to leave again: a payee of whose payments most are made up by it
within days takes part (**unbilled-round**), and so does a customer who gets back what he paid beyond his invoices.

No invoice is evidence only while none is known: some days after the receipt, at a firm whose receipts mostly have one,
and once the invoices that the bank holds reach back far enough to tell the one that is paid. An invoice can be forged:
that there is one proves nothing.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.coupled import POOL, coupled
from features.evidence.findings import KEY, as_known, daily, during, found, often, runs, while_most
from features.evidence.settings import PER_MILLE, Circular
from features.evidence.versions import versions

FIRM = ["enterprise_id"]
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
LEAVING = ("operating", "refund", "owner", "payroll", "investment", "non_operating")


def unbilled(labels: ir.Table, invoice: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on label versions by the rules for single lines, in the shape of ``features.evidence.findings``.

    ``invoice`` holds the facts of the canonical table ``invoice``.
    """
    invoices = versions(invoice, ("invoice_id",)).rename(party="counterparty_id")
    invoices = invoices.filter(invoices.gross > 0).mutate(cents=(invoices.gross * 100).cast("int64"))
    bought = invoices.filter(invoices.direction == "out")
    supplier = keep("suppliers", bought.group_by(KEY).agg(supplier_from=bought.known_from.min()))
    receipts = keep("receipts", _receipts(_trade(labels, "in", settings), invoices, settings))
    bare = _of_billing_firms(_bare(receipts, supplier, settings), receipts, settings)
    bare = keep("bare_receipts", _numbered(bare))
    receipts = receipts.select(*LINE)
    payers = while_most(receipts, bare.select(*LINE), "unbilled", settings.unbilled_repeats, settings.unbilled_of_payer)
    payers = keep("unbilled_payers", payers.drop("finding"))
    leaving = _before_supplier(_trade(labels, "out", settings).semi_join(bare, FIRM), supplier)
    leaving = keep("leaving_lines", _numbered(leaving))
    unknown = bare.join(payers, "line_id")
    unknown = during(unknown, unknown.since, unknown.until)
    back = keep("bare_back", _made_up(keep("back_pairs", _pairs(bare, leaving, KEY, settings)), settings))
    back = keep("bare_again", _again(back, settings))
    onward = keep("bare_onward", _made_up(keep("onward_pairs", _pairs(unknown, leaving, FIRM, settings)), settings))
    hits = leaving.drop("known_from", "known_until").join(_first(onward, "out"), [*FIRM, "number"])
    payees = while_most(leaving, hits, "unbilled-round", settings.repeats, settings.share)
    sides = (("in", bare), ("out", leaving))
    both = (_lines_of(back, side, lines) for side, lines in sides)
    pool = bare.mutate(who=ibis.literal(POOL, "int32"))
    pooled = coupled(pool, leaving.filter(leaving.nature != "owner"), settings, keep, "pooled")
    round_ = (_lines_of(_of_side(pooled, side), side, lines) for side, lines in sides)
    return keep("unbilled", ibis.union(found(payers, "unbilled"), payees, *both, *round_))


def _of_side(rows: ir.Table, side: str) -> ir.Table:
    rows = rows.filter(rows.side == side)
    return rows.select(*FIRM, **{f"{side}_number": rows.number}, known_from=rows.since, known_until=rows.until)


def _trade(labels: ir.Table, direction: str, settings: Circular) -> ir.Table:
    """Lines with a party that the rules for single lines take for trade; ``version`` tells those of one line apart."""
    natures, least = (("operating",), settings.least) if direction == "in" else (LEAVING, settings.whole_least)
    rows = labels.filter((labels.direction == direction) & (labels.category == "other_counterparty"))
    rows = rows.filter(rows.nature.isin(natures) & rows.party.notnull() & (rows.amount >= least))
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


def _receipts(lines: ir.Table, invoices: ir.Table, settings: Circular) -> ir.Table:
    """What customers pay, ``billed_from`` when an invoice of the sum is known, of firms with invoices.

    ``reached`` says whether the invoices with which the bank began to know any of the firm, on ``reach_from``, reach
    back far enough.
    """
    sold = invoices.filter(invoices.direction == "in")
    billed = sold.group_by(*KEY, "cents").agg(billed_from=sold.known_from.min())
    began = sold.group_by(FIRM).agg(reach_from=sold.known_from.min())
    at_first = sold.join(began, [*FIRM, sold.known_from == began.reach_from])
    began = at_first.group_by(*FIRM, "reach_from").agg(reach=at_first.issued_on.min())
    rows = lines.join(began, FIRM).left_join(billed, [*KEY, "cents"])
    reached = rows.booked_at.delta(rows.reach, unit="day") >= settings.unbilled_reach
    return rows.select(*LINE, "reach_from", "billed_from", reached=reached)


def _bare(receipts: ir.Table, supplier: ir.Table, settings: Circular) -> ir.Table:
    """Receipts while no invoice of their sum is known, nor that the payer is a supplier who may pay back."""
    rows = receipts.filter(receipts.reached)
    waited = (rows.booked_at + ibis.interval(days=settings.unbilled_wait)).cast("timestamp").cast("date")
    rows = during(rows, ibis.greatest(rows.reach_from, waited), rows.billed_from)
    return _before_supplier(rows.select(*LINE), supplier)


def _before_supplier(lines: ir.Table, supplier: ir.Table) -> ir.Table:
    rows = lines.left_join(supplier, KEY)
    return during(rows, rows.known_from, rows.supplier_from).select(*LINE)


def _of_billing_firms(bare: ir.Table, receipts: ir.Table, settings: Circular) -> ir.Table:
    """Bare receipts while most of what is known of the firm's receipts is not bare."""
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    some = receipts.filter(receipts.reached).semi_join(often(bare, FIRM, settings.repeats), FIRM)
    rows = some.select(*LINE).mutate(bare=none, lines=one).union(bare.mutate(bare=one, lines=none))
    days = daily(rows, FIRM, bare=rows.bare, lines=rows.lines)
    few = days.bare * PER_MILLE <= days.lines * round((1 - settings.unbilled_of_firm) * PER_MILLE)
    return _while(bare.join(runs(days, FIRM, few), FIRM))


def _while(lines: ir.Table) -> ir.Table:
    """Lines joined with ``runs``, while these last."""
    return during(lines, lines.day, lines.next_day).drop("day", "next_day")


def _pairs(incoming: ir.Table, outgoing: ir.Table, on: list[str], settings: Circular) -> ir.Table:
    """Lines of both directions that share ``on`` within ``unbilled_days``."""
    width = settings.unbilled_days + 1
    ins = incoming.rename({f"in_{name}": name for name in incoming.columns})
    outs = outgoing.rename({f"out_{name}": name for name in outgoing.columns})
    ins = ins.mutate(bucket=(ins.in_day_number // width).cast("int64"), step=ibis.array([-1, 0, 1]).unnest())
    ins = ins.mutate(bucket=(ins.bucket + ins.step).cast("int64")).drop("step")
    outs = outs.mutate(bucket=(outs.out_day_number // width).cast("int64"))
    pairs = ins.join(outs, ["bucket", *(ins[f"in_{name}"] == outs[f"out_{name}"] for name in on)])
    pairs = pairs.mutate(
        enterprise_id="in_enterprise_id",
        away=pairs.out_day_number - pairs.in_day_number,
        known_from="in_known_from",
        known_until="in_known_until",
    )
    pairs = during(
        pairs.filter(pairs.away.abs() <= settings.unbilled_days), pairs.out_known_from, pairs.out_known_until
    )
    of_lines = ("in_number", "in_cents", "out_number", "out_cents", "out_who")
    return pairs.select(*FIRM, *of_lines, "away", "known_from", "known_until")


def _made_up(pairs: ir.Table, settings: Circular) -> ir.Table:
    """Pairs while one line is the sum of those like the other, before or after it, within one of the spans.

    A sum that leaves is made up by what came in; one that came in, by what one payee gets.
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
        hits.append(_while(parts.join(runs(days, key, off), key)))
    return ibis.union(*(hit.select(*FIRM, "in_number", "out_number", "known_from", "known_until") for hit in hits))


def _again(back: ir.Table, settings: Circular) -> ir.Table:
    """Pairs while the firm has so many receipts like them: a customer may pay too much by mistake."""
    receipts = _first(back, "in")
    days = daily(receipts.mutate(booked_at="known_from"), FIRM, hits=ibis.literal(1, "int64"))
    return _while(back.join(runs(days, FIRM, days.hits >= settings.repeats), FIRM))


def _first(pairs: ir.Table, side: str) -> ir.Table:
    """Lines of one side, from the first day on which they are known to be in a pair until they are not.

    Of several pairs of that day the one that lasts longest tells the end, so that the order of rows decides nothing.
    """
    begun = pairs.group_by(*FIRM, "known_from", number=pairs[f"{side}_number"]).agg(
        lasts=pairs.known_until.isnull().any(), ends=pairs.known_until.max()
    )
    begun = begun.mutate(ends=ibis.ifelse(begun.lasts, ibis.null("date"), begun.ends))
    return begun.group_by(*FIRM, "number").agg(
        known_from=begun.known_from.min(), known_until=begun.ends.argmin(begun.known_from)
    )


def _lines_of(pairs: ir.Table, side: str, lines: ir.Table) -> ir.Table:
    """The finding on the lines of one side."""
    named = lines.select(*FIRM, "line_id", **{f"{side}_number": lines.number}).distinct()
    return as_known(pairs.join(named, [*FIRM, f"{side}_number"]), "unbilled-round")
