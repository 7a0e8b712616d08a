"""Where the money of a loan went, and where the money to repay it came from, by following account lines.

From the day of disbursement the lines that leave are looked at for uses that a working-capital loan must not have
(Measures for working-capital loans, Order 2 of 2024): property, securities and funds, lending on, and the way back to
the owner - at once, or through the payee, whose money comes back almost whole. Before a large repayment a stranger's
money that comes and goes back is a bridge (过桥).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.engine import Keep, as_one
from features.evidence.flows import flows
from features.evidence.rules import FlowRules

PROPERTY = "购房|房款|首付|房地产|置业|楼盘|售楼"
SECURITIES = "证券|银证|基金|理财|信托|期货|股票|股权投资|投资款"
LENDING = "借出|出借|拆借|转贷|放款给|小额贷款|典当"
BRIDGE_BEFORE, BRIDGE_AFTER, BRIDGE_PART = 10, 30, 0.5  # days, days, share of the instalment. Assumption
OWNER = ("owner", "related_party")


@dataclass(frozen=True, kw_only=True)
class Follow:
    """How long a disbursement is followed (days), in how many a payee's money returns, and the share it may lose.

    ``least`` is the share of the loan that a line must have to count.
    """

    within_days: int
    return_days: int
    kept: float
    least: float


def evidence(
    facts: Mapping[str, ir.Table],
    loans: ir.Table,
    due: ir.Table,
    rules: FlowRules,
    follow: Follow,
    keep: Keep = as_one,
) -> ir.Table:
    """What account lines tell of the proceeds of loans and of how they were repaid.

    Parameters
    ----------
    facts : mapping
        The canonical tables.
    loans : table
        ``loan_id, enterprise_id, disbursed_on, principal``: disbursements to follow.
    due : table
        ``loan_id, enterprise_id, due_on, principal``: large repayments to look before.

    Returns
    -------
    table
        ``loan_id, enterprise_id, use, amount`` (yuan), ``principal``, ``on``, and ``known_from`` and ``known_until``:
        the stretch of knowledge for which the label of the line holds (open at its start).
    """
    line = keep("near", _near(facts["line"], loans, due, follow))
    labelled = keep("followed", flows({**facts, "line": line}, rules, keep))
    words = line.group_by("line_id").agg(
        text=ibis.literal("|").join([line.summary.max().fill_null(""), line.counterparty_name.max().fill_null("")])
    )
    seen = labelled.left_join(words, "line_id").drop("line_id_right")
    parts = (_spent(seen, loans, follow), _returned(seen, loans, follow), _bridged(seen, due))
    return ibis.union(*parts)


def _near(line: ir.Table, loans: ir.Table, due: ir.Table, follow: Follow) -> ir.Table:
    """Lines around disbursements and large repayments; nothing else is labelled."""
    after = follow.within_days + follow.return_days
    first = loans.select("enterprise_id", first=loans.disbursed_on, last=_plus(loans.disbursed_on, after))
    second = due.select("enterprise_id", first=_plus(due.due_on, -BRIDGE_BEFORE), last=_plus(due.due_on, BRIDGE_AFTER))
    windows = first.union(second)
    near = (line.enterprise_id == windows.enterprise_id) & line.booked_at.between(windows.first, windows.last)
    return line.semi_join(windows, near)


def _plus(day: ir.DateValue, days: int) -> ir.DateValue:
    return (day + ibis.interval(days=days)).cast("date")


def _spent(seen: ir.Table, loans: ir.Table, follow: Follow) -> ir.Table:
    """Outflows soon after the disbursement to what a loan must not pay for."""
    both = seen.join(loans, "enterprise_id")
    both = both.filter(
        (both.direction == "out")
        & both.booked_at.between(both.disbursed_on, _plus(both.disbursed_on, follow.within_days))
        & (both.amount.cast("float64") >= follow.least * both.principal.cast("float64"))
    )
    use = ibis.cases(
        (both.nature.isin(OWNER), "owner"),
        (both.text.re_search(PROPERTY), "property"),
        (both.text.re_search(SECURITIES), "securities"),
        (both.text.re_search(LENDING), "lending"),
        else_=None,
    )
    return _shaped(both.mutate(use=use).filter(lambda t: t.use.notnull()))


def _returned(seen: ir.Table, loans: ir.Table, follow: Follow) -> ir.Table:
    """What was paid out and came back, from whomever, almost whole and within days."""
    out = seen.filter((seen.direction == "out") & ~seen.nature.isin(OWNER)).select(
        "enterprise_id", "booked_at", "amount", "party", "known_from", "known_until"
    )
    back = seen.filter((seen.direction == "in") & seen.nature.isin(("operating", "wash", "owner", "related_party")))
    back = back.select(
        "enterprise_id", back_at="booked_at", back="amount", back_from="known_from", back_until="known_until"
    )
    paid = out.join(loans, "enterprise_id")
    paid = paid.filter(
        paid.booked_at.between(paid.disbursed_on, _plus(paid.disbursed_on, follow.within_days))
        & (paid.amount.cast("float64") >= follow.least * paid.principal.cast("float64"))
    )
    pair = paid.join(back, "enterprise_id")
    pair = pair.filter(
        pair.back_at.between(pair.booked_at, _plus(pair.booked_at, follow.return_days))
        & (pair.back <= pair.amount)
        & (pair.back.cast("float64") >= (1 - follow.kept) * pair.amount.cast("float64"))
    )
    known = pair.mutate(
        use=ibis.literal("payee"),
        known_from=ibis.greatest(pair.known_from, pair.back_from),
        known_until=ibis.least(pair.known_until, pair.back_until),
    )
    return _shaped(known.filter(known.known_until.isnull() | (known.known_until > known.known_from)))


def _bridged(seen: ir.Table, due: ir.Table) -> ir.Table:
    """A stranger's money before a large repayment that goes back to it afterwards."""
    lender = seen.filter(seen.party.notnull() & (seen.category == "other_counterparty"))
    given = lender.filter(lender.direction == "in").join(due, "enterprise_id")
    given = given.filter(
        given.booked_at.between(_plus(given.due_on, -BRIDGE_BEFORE), given.due_on)
        & (given.amount.cast("float64") >= BRIDGE_PART * given.principal.cast("float64"))
    )
    back = lender.filter(lender.direction == "out").select(
        "enterprise_id", "party", back_at="booked_at", back="amount", back_from="known_from"
    )
    pair = given.join(back, ["enterprise_id", "party"])
    pair = pair.filter(
        (pair.back_at >= pair.due_on) & (pair.back_at <= _plus(pair.due_on, BRIDGE_AFTER)) & (pair.back >= pair.amount)
    )
    return _shaped(pair.mutate(use=ibis.literal("bridge"), known_from=ibis.greatest(pair.known_from, pair.back_from)))


def _shaped(found: ir.Table) -> ir.Table:
    return found.select(
        "loan_id",
        "enterprise_id",
        "use",
        amount=found.amount.cast("decimal(18,2)"),
        principal=found.principal.cast("decimal(18,2)"),
        on=found.booked_at,
        known_from=found.known_from,
        known_until=found.known_until,
    )
