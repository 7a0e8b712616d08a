"""How large loans are repaid, and where their money goes, by the labels of single lines.

A repayment to a bank is **bridged** (过桥) when a stranger who is no bank pays in up to ten days before it and is paid
back, with a fee at most, once a bank has lent anew. A payment **came back** (受托回流) when it takes a large part of a
loan away and nearly as much arrives within a month: from its payee, or over a second hop, between parties that were
strangers until then.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.alike import sized
from features.evidence.circular import away_and_back, legs_of, strangers
from features.evidence.findings import during, joined
from features.evidence.settings import PER_MILLE, Circular

FIRM = "enterprise_id"
LINE = (FIRM, "line_id", "booked_at", "category", "nature", "direction", "amount")
SUMS = ("bridged", "came_back")


def lent(labels: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Repayments that were bridged and payments that came back, while each is known to.

    Returns
    -------
    table
        ``LINE`` of the repayment or payment, ``known_from``, ``known_until``, and ``SUMS`` (yuan), one of them 0.
    """
    large = keep("large", labels.filter(labels.amount.cast("float64") >= settings.loan_least * settings.bridge_part))
    rows = {"bridged": _bridged(large, settings), "came_back": _came_back(large, labels, settings, keep)}
    none = ibis.literal(0, "decimal(18,2)")
    told = (
        keep(f"lent_{of}", joined(found.select(*LINE, "known_from", "known_until"), LINE)) for of, found in rows.items()
    )
    return ibis.union(
        *(
            table.mutate(**{name: table.amount if name == of else none for name in SUMS})
            for of, table in zip(SUMS, told, strict=True)
        )
    )


def _bridged(large: ir.Table, settings: Circular) -> ir.Table:
    """Repayments, one for each stranger's loan, new loan of a bank and payment back that go with it."""
    part, most = (round(share * PER_MILLE) for share in (settings.bridge_part, 1 + settings.bridge_fee))
    large = sized(large)
    comes = ibis._.direction == "in"
    of_bank = (ibis._.category == "account_bank") & (ibis._.nature == "financing")
    no_bank = (ibis._.category == "other_counterparty") & ibis._.nature.isin(["operating", "financing"])
    known_of_party = ibis.range_window(group_by=[FIRM, "party", "direction"], order_by="known_from", following=0)
    few = large.filter(large.party.notnull())  # who has hundreds of such lines lends no bridge
    few = few.mutate(so_far=few.count().over(known_of_party)).filter(ibis._.so_far <= settings.of_party)
    pairs = large.filter(of_bank & ~comes & (large.amount >= settings.loan_least))
    pairs = _beside(pairs, few.filter(no_bank & comes), "given")
    pairs = pairs.filter(
        (pairs.day - pairs.given_day).between(0, settings.bridge_days)
        & (pairs.given_cents * PER_MILLE >= pairs.cents * part)
    )
    pairs = _beside(pairs, few.filter(~comes), "back")
    pairs = pairs.filter(
        (pairs.back_party == pairs.given_party)
        & (pairs.back_line_id != pairs.line_id)
        & (pairs.back_day - pairs.day).between(0, settings.bridge_back)
        & (pairs.back_cents >= pairs.given_cents)
        & (pairs.back_cents * PER_MILLE <= pairs.given_cents * most)
    )
    pairs = _beside(pairs, large.filter(of_bank & comes), "anew")
    return pairs.filter(
        pairs.anew_day.between(pairs.day, pairs.back_day) & (pairs.anew_cents * PER_MILLE >= pairs.cents * part)
    )


def _beside(rows: ir.Table, lines: ir.Table, name: str) -> ir.Table:
    """Rows with each line of their firm, its columns named after it, while both are known."""
    lines = lines.rename({f"{name}_{column}": column for column in lines.columns})
    both = rows.join(lines, rows[FIRM] == lines[f"{name}_{FIRM}"])
    return during(both, both[f"{name}_known_from"], both[f"{name}_known_until"])


def _came_back(large: ir.Table, labels: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Payments, one for each loan and receipt that go with it."""
    pairs = keep("lent_away", away_and_back(legs_of(large, settings), settings))
    hop = pairs.filter(pairs.party == pairs.out_party)
    two = strangers(strangers(pairs, labels, "line_id", "party"), labels, "out_line_id", "out_party")
    both = hop.union(two).select(line_id="out_line_id", since="since", until="until")
    both = large.select(*LINE, "known_from", "known_until").join(both, "line_id")
    return during(both, both.since, both.until)
