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
from features.evidence.parties import Institutions, bare, fits, folded, party_key
from features.evidence.versions import versions

LINE = ("line_id", "enterprise_id", "booked_at", "direction", "amount", "counterparty_id", "counterparty_name",
        "counterparty_account", "summary", "known_at")  # fmt: skip
NEARLY = 1 - 1e-9  # so that no bound is missed by rounding
BROKER, LENDER, BANK = "broker", "lender", "bank"  # kinds of conf/institutions.yaml


@dataclass(frozen=True, kw_only=True)
class Follow:
    """How money is followed; all of it stands in ``conf/monitoring.yaml``.

    A disbursement is followed for ``within_days``, a payee's money may return within ``return_days`` and lose the share
    ``kept``; ``least`` is the share of the loan that a line must have to count. A bridge comes at most
    ``bridge_before`` days before a repayment, is at least the share ``bridge_part`` of it, and goes back within
    ``bridge_after`` days with at most the share ``bridge_fee`` more. ``property_words``, ``securities_words`` and
    ``lending_words`` are patterns of what a line says.
    """

    within_days: int
    return_days: int
    kept: float
    least: float
    property_words: str
    securities_words: str
    lending_words: str
    bridge_before: int
    bridge_after: int
    bridge_part: float
    bridge_fee: float


def evidence(
    facts: Mapping[str, ir.Table],
    loans: ir.Table,
    due: ir.Table,
    follow: Follow,
    institutions: Institutions,
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
    line, windows = facts["line"].select(*LINE), _windows(loans, due, follow)
    some = _near(line, windows).select("line_id").distinct()
    some = keep("some", line.semi_join(windows, "enterprise_id").semi_join(some, "line_id"))
    lines = _near(versions(some.view(), ("line_id",)), windows)
    seen = keep("near", _told(lines, facts["related_party"], institutions))
    parts = (_spent(seen, loans, follow), _returned(seen, loans, follow), _bridged(seen, due, follow))
    return ibis.union(*parts)


def _windows(loans: ir.Table, due: ir.Table, follow: Follow) -> ir.Table:
    """Days around disbursements and large repayments, and the least (yuan) that a line can count with on them."""
    after = follow.within_days + follow.return_days
    first = loans.select(
        "enterprise_id",
        first=loans.disbursed_on,
        last=_plus(loans.disbursed_on, after),
        floor=loans.principal.cast("float64") * (follow.least * (1 - follow.kept) * NEARLY),
    )
    second = due.select(
        "enterprise_id",
        first=_plus(due.due_on, -follow.bridge_before),
        last=_plus(due.due_on, follow.bridge_after),
        floor=due.principal.cast("float64") * (follow.bridge_part * NEARLY),
    )
    return first.union(second)


def _near(line: ir.Table, windows: ir.Table) -> ir.Table:
    """Lines, or versions of lines, that can count."""
    near = (line.enterprise_id == windows.enterprise_id) & line.booked_at.between(windows.first, windows.last)
    return line.semi_join(windows, near & (line.amount.cast("float64") >= windows.floor))


def _told(line: ir.Table, related: ir.Table, institutions: Institutions) -> ir.Table:
    """What lines say, who and what kind of institution is the other side, and whether it is known to be related.

    A line is cut on the day on which a party is told to be: before it the party is a stranger.
    """
    theirs = related.group_by("enterprise_id", counterparty_id="party_id").agg(theirs_from=related.known_at.min())
    every = line.left_join(theirs, ["enterprise_id", "counterparty_id"])
    strangers = every.mutate(theirs=False, known_until=ibis.least(every.known_until, every.theirs_from))
    told = every.filter(every.theirs_from.notnull())
    told = told.mutate(theirs=True, known_from=ibis.greatest(told.known_from, told.theirs_from))
    found = _lasting(strangers.union(told))
    name = folded(found.counterparty_name)
    return found.select(
        "line_id",
        "enterprise_id",
        "booked_at",
        "direction",
        "amount",
        "known_from",
        "known_until",
        party=party_key(found.counterparty_id, bare(name), found.counterparty_account),
        kind=institutions.of(name),
        own=(found.counterparty_id == found.enterprise_id).fill_null(False),
        theirs=found.theirs,
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
        (both.theirs, "owner"),
        (fits(both.text, follow.property_words), "property"),
        ((both.kind == BROKER) | fits(both.text, follow.securities_words), "securities"),
        ((both.kind == LENDER) | fits(both.text, follow.lending_words), "lending"),
        else_=None,
    )
    return _shaped(both.mutate(use=use).filter(lambda t: t.use.notnull() & ~t.own))


def _returned(seen: ir.Table, loans: ir.Table, follow: Follow) -> ir.Table:
    """What was paid out and came back, from whomever, almost whole and within days."""
    out = seen.filter((seen.direction == "out") & ~seen.theirs & ~seen.own & (seen.kind != BANK)).select(
        "enterprise_id", "booked_at", "amount", "party", "known_from", "known_until"
    )
    back = seen.filter((seen.direction == "in") & ~seen.own & (seen.kind != BANK))
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
    return _shaped(_both_known(pair, "payee"))


def _bridged(seen: ir.Table, due: ir.Table, follow: Follow) -> ir.Table:
    """A stranger's money before a large repayment that goes back to it afterwards."""
    lender = seen.filter(seen.party.notnull() & (seen.kind != BANK) & ~seen.own & ~seen.theirs)
    given = lender.filter(lender.direction == "in").join(due, "enterprise_id")
    given = given.filter(
        given.booked_at.between(_plus(given.due_on, -follow.bridge_before), given.due_on)
        & (given.amount.cast("float64") >= follow.bridge_part * given.principal.cast("float64"))
    )
    back = lender.filter(lender.direction == "out").select(
        "enterprise_id", "party", back_at="booked_at", back="amount", back_from="known_from", back_until="known_until"
    )
    pair = given.join(back, ["enterprise_id", "party"])
    pair = pair.filter(
        pair.back_at.between(pair.due_on, _plus(pair.due_on, follow.bridge_after))
        & (pair.back >= pair.amount)
        & (pair.back.cast("float64") <= (1 + follow.bridge_fee) * pair.amount.cast("float64"))
    )
    return _shaped(_both_known(pair, "bridge"))


def _both_known(pair: ir.Table, use: str) -> ir.Table:
    """Pairs of a line and the one that comes back, while both are known."""
    known = pair.mutate(
        use=ibis.literal(use),
        known_from=ibis.greatest(pair.known_from, pair.back_from),
        known_until=ibis.least(pair.known_until, pair.back_until),
    )
    return _lasting(known)


def _lasting(rows: ir.Table) -> ir.Table:
    return rows.filter(rows.known_until.isnull() | (rows.known_until > rows.known_from))


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
