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
from features.evidence.versions import versions

PROPERTY = "购房|房款|首付|房地产|置业|楼盘|售楼"
SECURITIES = "证券|银证|基金|理财|信托|期货|股票|股权投资|投资款"
LENDING = "借出|出借|拆借|转贷|放款给|小额贷款|典当"
# Days before and after the repayment, share of it, and the most that a stranger takes for it. Assumptions.
BRIDGE_BEFORE, BRIDGE_AFTER, BRIDGE_PART, BRIDGE_FEE = 10, 30, 0.5, 0.1
BANKS = "银行|信用社|信用联社|农商行|本行"


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
        it holds for dates after the one and no longer after the other.
    """
    seen = keep("near", _near(versions(facts["line"], ("line_id",)), facts, loans, due, follow))
    parts = (_spent(seen, loans, follow), _returned(seen, loans, follow), _bridged(seen, due))
    return ibis.union(*parts)


def _near(line: ir.Table, facts: Mapping[str, ir.Table], loans: ir.Table, due: ir.Table, follow: Follow) -> ir.Table:
    """Lines around disbursements and large repayments, with what they say and whether the owner is the other side."""
    after = follow.within_days + follow.return_days
    first = loans.select("enterprise_id", first=loans.disbursed_on, last=_plus(loans.disbursed_on, after))
    second = due.select("enterprise_id", first=_plus(due.due_on, -BRIDGE_BEFORE), last=_plus(due.due_on, BRIDGE_AFTER))
    windows = first.union(second)
    near = (line.enterprise_id == windows.enterprise_id) & line.booked_at.between(windows.first, windows.last)
    theirs = (
        facts["related_party"]
        .group_by("enterprise_id", counterparty_id="party_id")
        .agg(theirs_from=ibis._.known_at.min())
    )
    found = line.semi_join(windows, near).left_join(theirs, ["enterprise_id", "counterparty_id"])
    name = found.counterparty_name.fill_null("")
    return found.select(
        "line_id",
        "enterprise_id",
        "booked_at",
        "direction",
        "amount",
        "known_from",
        "known_until",
        party=ibis.coalesce(found.counterparty_id, found.counterparty_account, found.counterparty_name),
        bank=name.re_search(BANKS),
        own=(found.counterparty_id == found.enterprise_id).fill_null(False),
        theirs=found.theirs_from,
        text=found.summary.fill_null("") + "|" + name,
    )


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
        (both.theirs.notnull(), "owner"),
        (both.text.re_search(PROPERTY), "property"),
        (both.text.re_search(SECURITIES), "securities"),
        (both.text.re_search(LENDING), "lending"),
        else_=None,
    )
    known = ibis.ifelse(both.theirs.notnull(), ibis.greatest(both.known_from, both.theirs), both.known_from)
    return _shaped(both.mutate(use=use, known_from=known).filter(lambda t: t.use.notnull() & ~t.own))


def _returned(seen: ir.Table, loans: ir.Table, follow: Follow) -> ir.Table:
    """What was paid out and came back, from whomever, almost whole and within days."""
    out = seen.filter((seen.direction == "out") & seen.theirs.isnull() & ~seen.own & ~seen.bank).select(
        "enterprise_id", "booked_at", "amount", "party", "known_from", "known_until"
    )
    back = seen.filter((seen.direction == "in") & ~seen.own & ~seen.bank)
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
    lender = seen.filter(seen.party.notnull() & ~seen.bank & ~seen.own & seen.theirs.isnull())
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
        pair.back_at.between(pair.due_on, _plus(pair.due_on, BRIDGE_AFTER))
        & (pair.back >= pair.amount)
        & (pair.back.cast("float64") <= (1 + BRIDGE_FEE) * pair.amount.cast("float64"))
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
