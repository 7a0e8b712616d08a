"""What an account's own lines of a month tell that does not add up, at each date of news: integrity and balances."""

import ibis
import ibis.expr.types as ir

from features.evidence.flows import LEDGER_RULE
from features.evidence.integrity import BALANCES, COUNTS, FACTS, monthly
from features.panel.entries import last_day

KEY = ("enterprise_id", "account_id", "month")
TOLD = ("account_id", "booked_at", "sequence", "direction", "amount", "balance_after", "interest")


def line_months(flow: ir.Table) -> ir.Table:
    """``FACTS`` and ``BALANCES`` of each account and month, whole again on each ``known_on`` on which a line changed.

    A label alone that changes is no news here, unless it makes a line interest or makes it none.
    A month whose lines have all been corrected away is told as empty, or what it was would stand.
    """
    lines = flow.filter(flow.rule != LEDGER_RULE)
    end = last_day(lines.month)
    lines = lines.mutate(
        heard_on=ibis.greatest(lines.known_from, end),
        gone_on=ibis.ifelse(lines.known_until.notnull(), ibis.greatest(lines.known_until, end), None),
        interest=(lines.nature == "interest") & (lines.direction == "in"),
    )
    ended = lines.filter(lines.gone_on.notnull())
    begun = lines.select(*KEY, "line_id", day="known_from", known_on="heard_on")
    gone = ended.select(*KEY, "line_id", day="known_until", known_on="gone_on")
    same = _relabelled(ended, lines)
    begun, gone = (rows.anti_join(same, ["line_id", "day"]).select(*KEY, "known_on") for rows in (begun, gone))
    news = begun.union(gone, distinct=True)
    # A number groups and orders lines several times as fast as the texts that it stands for.
    news = news.mutate(number=ibis.row_number().over(ibis.window(order_by=["account_id", "month", "known_on"])))
    at = news.join(lines.select(*KEY, *TOLD[1:], "heard_on", "gone_on"), list(KEY))
    at = at.filter((at.heard_on <= at.known_on) & (at.gone_on.isnull() | (at.gone_on > at.known_on)))
    return news.left_join(monthly(at, ("number",)), "number").drop("number", "number_right")


def _relabelled(ended: ir.Table, lines: ir.Table) -> ir.Table:
    """Lines and days on which a version ends and the next says the same: ``line_id`` and ``day``."""
    before = ended.select("line_id", day="known_until", **{f"before_{name}": ended[name] for name in TOLD})
    after = lines.select("line_id", *TOLD, day="known_from")
    met = before.join(after, ["line_id", "day"])
    same = ibis.and_(*(met[f"before_{name}"].identical_to(met[name]) for name in TOLD))
    return met.filter(same).select("line_id", "day").distinct()


def balance(months: ir.Table) -> ir.Table:
    """The panel table ``balance``: months of accounts in which balances are known, or were before."""
    valued = months.filter(months.valued > 0)
    told = months.join(valued.group_by(*KEY).agg(first=valued.known_on.min()), list(KEY))
    told = told.filter(told.known_on >= told["first"])
    return told.mutate(negative_days=told.negative_days.cast("int64")).select(*KEY, "known_on", *BALANCES)


def integrity(months: ir.Table) -> ir.Table:
    """The panel table ``integrity``."""
    whole = {name: months[name].cast("int64") for name in (*COUNTS, "rounded")}
    return months.mutate(**whole).select(*KEY, "known_on", *FACTS)
