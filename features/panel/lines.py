"""What an account's own lines of a month tell that does not add up, at each date of news: integrity and balances."""

import ibis
import ibis.expr.types as ir

from features.evidence.flows import LEDGER_RULE
from features.evidence.integrity import BALANCES, COUNTS, FACTS, monthly
from features.panel.entries import last_day

KEY = ("enterprise_id", "account_id", "month")


def line_months(flow: ir.Table) -> ir.Table:
    """``FACTS`` and ``BALANCES`` of each account and month, whole again on each ``known_on`` on which a line changed.

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
    news = lines.select(*KEY, known_on="heard_on").union(ended.select(*KEY, known_on="gone_on"), distinct=True)
    # A number groups and orders lines several times as fast as the texts that it stands for.
    news = news.mutate(number=ibis.row_number().over(ibis.window(order_by=["account_id", "month", "known_on"])))
    at = news.join(lines, list(KEY))
    at = at.filter((at.heard_on <= at.known_on) & (at.gone_on.isnull() | (at.gone_on > at.known_on)))
    return news.left_join(monthly(at, ("number",)), "number").drop("number", "number_right")


def balance(months: ir.Table) -> ir.Table:
    """The panel table ``balance``: months of accounts in which balances are known, or were before."""
    until_then = ibis.cumulative_window(group_by=list(KEY), order_by="known_on")
    told = months.filter(months.valued.fill_null(0).max().over(until_then) > 0)
    return told.mutate(negative_days=told.negative_days.cast("int64")).select(*KEY, "known_on", *BALANCES)


def integrity(months: ir.Table) -> ir.Table:
    """The panel table ``integrity``."""
    whole = {name: months[name].cast("int64") for name in (*COUNTS, "rounded")}
    return months.mutate(**whole).select(*KEY, "known_on", *FACTS)
