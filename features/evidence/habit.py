"""What a party's other lines say of a line without words of its own.

Banks blank or garble some summaries. A landlord stays a landlord in the month in which the bank forgot to say so: when
at least half of the lines that a firm has exchanged with a party, and two of them, say one thing, the others say it.
A payer whose payments come on the days on which banks settle the interest of a quarter, and on no others, is a bank.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.findings import KEY, PLACE, SHAPE, as_known, during, often, proven

SHARE, REPEATS, SURE = 0.5, 2, 0.85
# Banks settle the interest of deposits on the 20th of a quarter's last month and book it on the day after. Assumption.
SETTLED_ON = (20, 21)
NATURES = {name.removeprefix("habit-"): place for name, place in PLACE.items() if name.startswith("habit-")}


def habit(labels: ir.Table) -> ir.Table:
    """Findings on lines that trade rules took for want of better, from the day on which the habit is known."""
    named = labels.filter(labels.party.notnull())
    worded = named.filter(named.nature.isin([*NATURES]) & (named.confidence >= SURE))
    hits = worded.select(*KEY, "line_id", habit="nature", seen="known_from")
    rows = named.select(*KEY, "line_id", seen="known_from")
    since = proven(hits, rows, [*KEY, "habit"], REPEATS, SHARE, of=KEY)
    silent = named.filter((named.nature == "operating") & (named.category == "other_counterparty")).join(since, KEY)
    finding = ibis.cases(*((silent.habit == name, ibis.literal(place, "int64")) for name, place in NATURES.items()))
    worded = silent.mutate(
        since=ibis.greatest(silent.known_from, silent.proven), until=silent.known_until, finding=finding
    )
    return worded.select(*SHAPE).union(_on_settlement_days(named))


def _on_settlement_days(named: ir.Table) -> ir.Table:
    """Receipts of payers with two on settlement days, until the first on another day is known."""
    trade = named.filter(
        (named.direction == "in") & (named.nature == "operating") & (named.category == "other_counterparty")
    )
    settled = (trade.booked_at.month() % 3 == 0) & trade.booked_at.day().isin(SETTLED_ON)
    other = trade.group_by(KEY).agg(other=trade.known_from.min(where=~settled))
    hits = trade.filter(settled).select(*KEY, "line_id", "known_from")
    hits = hits.semi_join(often(hits, KEY, REPEATS), KEY)
    second = ibis.row_number().over(ibis.window(group_by=KEY, order_by=["known_from", "line_id"])) == 1
    since = hits.mutate(second=second).filter(lambda t: t.second).select(*KEY, proven="known_from")
    payers = since.join(other, KEY).filter(lambda t: t.other.isnull() | (t.other > t.proven))
    lines = trade.join(payers, KEY)
    return as_known(during(lines, lines.proven, lines.other), "settlement-day")
