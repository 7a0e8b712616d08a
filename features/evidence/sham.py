"""Payments that are called sales and do not look like any: doubt, not proof, so that income shows it as an interval.

**Instalments**: a customer that pays nearly the same sum month after month, after a larger one had left, pays back what
it was lent; statement engines take a same-amount series for private lending (民间借贷). **Swipes**: where at least half
of what an acquirer of cards pays out are large tickets, one every few days, a terminal is used to draw on cards
(刷卡套现). **Even**: a party that buys from the firm what it sells to it, to within a few percent over months, moves
money and no goods (对敲); who buys for its own sake pays with other sums, and more or less often.
"""

import math

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.findings import KEY, daily, mostly, often, while_most, while_true
from features.evidence.settings import PER_MILLE, Circular

CARDS = ("card-acquirer", "card-settlement")  # rules of conf/flow_rules.yaml
LENT_DAYS = 400  # a year's instalments, and a month until the first
MONTH = (27, 34)  # days from one due day to the next, weekends and holidays between
NEVER = 1e-30  # less than any sum is of any other


def sham(labels: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on label versions by the rules for single lines, in the shape of ``features.evidence.findings``."""
    sales = labels.filter((labels.nature == "operating") & labels.party.notnull())
    trade = sales.filter((sales.category == "other_counterparty") & (sales.amount >= settings.least))
    out = labels.filter(
        (labels.direction == "out") & labels.nature.isin(["operating", "investment"]) & labels.party.notnull()
    )
    takings = sales.filter(sales.rule.isin(CARDS) & (sales.direction == "in"))
    doubts = (_instalments(trade, out, settings, keep), _swipes(takings, settings), _even(trade, settings, keep))
    return keep("sham", ibis.union(*doubts))


def _instalments(trade: ir.Table, out: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """All that a party pays, while half of it follows nearly the same sum a month before, and much had left before."""
    lines, enough = trade.filter(trade.direction == "in"), (settings.sham_repeats, settings.sham_share)
    pairs = keep("month_apart", _month_apart(lines, settings))
    # Whatever had left, a party of whose payments too few follow another pays nothing back.
    likely = mostly(lines, _hits(lines, pairs.mutate(since="first_from")), *enough)
    pairs = keep("instalment_pairs", pairs.semi_join(likely, KEY))
    pairs = pairs.join(_lent(out, pairs), ["enterprise_id", "first_on"])
    pairs = pairs.filter(pairs.lent >= pairs["first"] * settings.sham_repeats)
    hits = _hits(lines, pairs.mutate(since=ibis.greatest(pairs.first_from, pairs.lent_from)))
    return while_most(lines, hits, "instalments", *enough)


def _month_apart(lines: ir.Table, settings: Circular) -> ir.Table:
    """Lines beside each, ``first``, that moved nearly the same sum for the same party a month before.

    They are joined by stretches of days as wide as the span of due days, and by bands of sums as wide as the share by
    which they may differ, so that each line meets those alone that it may follow.
    """
    lines = lines.semi_join(often(lines, KEY, settings.sham_repeats), KEY)
    day, width = lines.booked_at.delta(ibis.date("1970-01-01"), unit="day"), MONTH[1] - MONTH[0] + 1
    size, kept, slack = lines.amount.cast("float64").ln(), round(settings.instalment_kept * PER_MILLE), 1e-6
    less, more = math.log(max(1 - kept / PER_MILLE, NEVER)), math.log1p(kept / PER_MILLE)
    band = more - less + 2 * slack
    first = lines.select(
        *KEY,
        first_on="booked_at",
        first="amount",
        first_from="known_from",
        stretch=(day // width).cast("int64"),
        band=(size / band).floor().cast("int64"),
    )
    reach = lines.select(
        *KEY,
        *("line_id", "booked_at", "amount"),
        at="known_from",
        stretch=((day - MONTH[1]) // width).cast("int64"),
        band=((size - more - slack) / band).floor().cast("int64"),
    )
    for name in ("stretch", "band"):
        reach = reach.mutate(step=ibis.array([0, 1]).unnest())
        reach = reach.mutate(**{name: (reach[name] + reach.step).cast("int64")}).drop("step")
    pairs = reach.join(first, [*KEY, "stretch", "band"])
    days = pairs.booked_at.delta(pairs.first_on, unit="day")
    off = (pairs.amount - pairs["first"]).abs() * PER_MILLE
    near = off <= pairs["first"] * kept
    pairs = pairs.filter((days >= MONTH[0]) & (days <= MONTH[1]) & near)
    return pairs.select(*KEY, "line_id", "at", "first_on", "first", "first_from")


def _lent(out: ir.Table, pairs: ir.Table) -> ir.Table:
    """The largest sum that had left in the year before each ``first_on``, and from when, if not before, it is known.

    A firm has many lines and few days, so that lines are brought down to days before these meet.
    """
    first = pairs.group_by("enterprise_id", "first_on").agg(earliest=pairs.first_from.min())
    out = out.semi_join(first, "enterprise_id")
    days = out.group_by(lender="enterprise_id", lent_on="booked_at", lent_from="known_from").agg(lent=out.amount.max())
    met = first.join(days, [first.enterprise_id == days.lender, days.lent_on <= first.first_on])
    met = met.filter(met.first_on.delta(met.lent_on, unit="day") <= LENT_DAYS)
    from_on = ibis.greatest(met.lent_from, met.earliest)
    return met.group_by("enterprise_id", "first_on", lent_from=from_on).agg(lent=met.lent.max())


def _hits(lines: ir.Table, pairs: ir.Table) -> ir.Table:
    """Lines from the first ``since`` of their pairs on."""
    since = pairs.group_by("line_id", "at").agg(since=pairs.since.min())
    hits = lines.join(since, [lines.line_id == since.line_id, lines.known_from == since["at"]])
    return hits.mutate(known_from=ibis.greatest(hits.known_from, hits.since))


def _swipes(takings: ir.Table, settings: Circular) -> ir.Table:
    """Payouts of a platform while they are large and rare."""
    large = takings.amount >= settings.swipe_least
    able = takings.group_by(KEY).agg(large=large.sum())
    lines = takings.semi_join(able.filter(able.large >= settings.sham_repeats), KEY)
    days = daily(lines, count=ibis.literal(1, "int64"), large=ibis.ifelse(lines.amount >= settings.swipe_least, 1, 0))
    most = days.large * PER_MILLE >= days["count"] * round(settings.sham_share * PER_MILLE)
    rare = days["count"] * settings.swipe_days <= days.day.delta(days.first_on, unit="day")
    return while_true(lines, days, (days.large >= settings.sham_repeats) & most & rare, "swipes")


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
    fewer, more = ibis.least(days.lines_in, days.lines_out), ibis.greatest(days.lines_in, days.lines_out)
    enough = (fewer >= settings.sham_repeats) & (fewer * 2 >= more)
    off = (days.cents_in - days.cents_out).abs() * PER_MILLE
    even = off <= ibis.greatest(days.cents_in, days.cents_out) * round(settings.even_kept * PER_MILLE)
    return while_true(lines, days, enough & even, "even")
