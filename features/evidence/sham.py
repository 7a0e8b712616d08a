"""Payments that are called sales and do not look like any: doubt, not proof, so that income shows it as an interval.

**Instalments**: a customer that pays nearly the same sum month after month, after a larger one had left, pays back what
it was lent; statement engines take a same-amount series for private lending (民间借贷). **Swipes**: where at least half
of what an acquirer of cards pays out are large tickets, one every few days, a terminal is used to draw on cards
(刷卡套现). **Even**: a party that buys from the firm what it sells to it, to within a few percent over months, moves
money and no goods (对敲).
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.findings import KEY, daily, while_most, while_true
from features.evidence.settings import PER_MILLE, Circular

CARDS = ("card-acquirer", "card-settlement")  # rules of conf/flow_rules.yaml
LENT_DAYS = 400  # a year's instalments, and a month until the first
MONTH = (27, 34)  # days from one due day to the next, weekends and holidays between


def sham(labels: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on label versions by the rules for single lines, in the shape of ``features.evidence.findings``."""
    sales = labels.filter((labels.nature == "operating") & labels.party.notnull())
    trade = sales.filter((sales.category == "other_counterparty") & (sales.amount >= settings.least))
    out = labels.filter(
        (labels.direction == "out") & labels.nature.isin(["operating", "investment"]) & labels.party.notnull()
    )
    takings = sales.filter(sales.rule.isin(CARDS) & (sales.direction == "in"))
    doubts = (_instalments(trade, out, settings), _swipes(takings, settings), _even(trade, settings, keep))
    return keep("sham", ibis.union(*doubts))


def _instalments(trade: ir.Table, out: ir.Table, settings: Circular) -> ir.Table:
    """All that a party pays, while half of it follows nearly the same sum a month before, and much had left before."""
    lines = trade.filter(trade.direction == "in")
    day = lines.booked_at.delta(ibis.date("1970-01-01"), unit="day")
    width = MONTH[1] - MONTH[0] + 1
    # Due days of one party by stretches as wide as the span, so that each line meets those a month before it alone.
    first = lines.select(
        *KEY, first_on="booked_at", first="amount", first_from="known_from", stretch=(day // width).cast("int64")
    )
    reach = lines.mutate(stretch=((day - MONTH[1]) // width).cast("int64"), step=ibis.array([0, 1]).unnest())
    pairs = reach.mutate(stretch=(reach.stretch + reach.step).cast("int64")).join(first, [*KEY, "stretch"])
    days = pairs.booked_at.delta(pairs.first_on, unit="day")
    off = (pairs.amount - pairs["first"]).abs() * PER_MILLE
    near = off <= pairs["first"] * round(settings.instalment_kept * PER_MILLE)
    pairs = pairs.filter((days >= MONTH[0]) & (days <= MONTH[1]) & near)
    lent = out.select(lender="enterprise_id", lent="amount", lent_on="booked_at", lent_from="known_from")
    much = lent.lent >= pairs["first"] * settings.sham_repeats
    since = pairs.join(lent, [pairs.enterprise_id == lent.lender, much, lent.lent_on <= pairs.first_on])
    since = since.filter(since.first_on.delta(since.lent_on, unit="day") <= LENT_DAYS)
    since = since.group_by("line_id", at=since.known_from).agg(
        since=ibis.greatest(since.first_from, since.lent_from).min()
    )
    hits = lines.join(since, [lines.line_id == since.line_id, lines.known_from == since["at"]])
    hits = hits.mutate(known_from=ibis.greatest(hits.known_from, hits.since))
    return while_most(lines, hits, "instalments", settings.sham_repeats, settings.sham_share)


def _swipes(takings: ir.Table, settings: Circular) -> ir.Table:
    """Payouts of a platform while they are large and rare."""
    large = takings.amount >= settings.swipe_least
    able = takings.group_by(KEY).agg(large=large.sum())
    lines = takings.semi_join(able.filter(able.large >= settings.sham_repeats), KEY)
    days = daily(lines, count=ibis.literal(1, "int64"), large=ibis.ifelse(lines.amount >= settings.swipe_least, 1, 0))
    often = days.large * PER_MILLE >= days["count"] * round(settings.sham_share * PER_MILLE)
    rare = days["count"] * settings.swipe_days <= days.day.delta(days.first_on, unit="day")
    return while_true(lines, days, (days.large >= settings.sham_repeats) & often & rare, "swipes")


def _even(trade: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Lines of parties that pay and are paid the same in all, for as long as what is known of them says so."""
    into = (trade.direction == "in").sum()
    sides = trade.group_by(KEY).agg(fewer=ibis.least(into, trade.count() - into))
    lines = keep("two_way", trade.semi_join(sides.filter(sides.fewer >= settings.sham_repeats), KEY))
    cents, inflow = (lines.amount * 100).cast("int64"), lines.direction == "in"
    days = daily(
        lines,
        lines_in=ibis.ifelse(inflow, 1, 0),
        lines_out=ibis.ifelse(inflow, 0, 1),
        cents_in=ibis.ifelse(inflow, cents, 0),
        cents_out=ibis.ifelse(inflow, 0, cents),
    )
    enough = ibis.least(days.lines_in, days.lines_out) >= settings.sham_repeats
    off = (days.cents_in - days.cents_out).abs() * PER_MILLE
    even = off <= ibis.greatest(days.cents_in, days.cents_out) * round(settings.even_kept * PER_MILLE)
    return while_true(lines, days, enough & even, "even")
