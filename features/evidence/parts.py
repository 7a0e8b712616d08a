"""Money that goes round in parts: one sum of a party that others, who come and go with it, make up within days.

A sum that leaves for one payee has come in from many payers in the days before; one that a payer has sent leaves
again to several, or is drawn in cash in amounts that nobody asks about (化整为零). Sums of many lines meet by chance,
so three things are asked for. Who takes part is **in step**: most of what is known of its lines stands near lines of
the one party. The parts make up the whole to a few percent. And it happens again, in the firm and with the party.

Each is judged by what is known on the day; a line that becomes known late changes nothing of the days before.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.findings import daily, found, often, runs
from features.evidence.nearest import ONE, heard, nearest
from features.evidence.settings import PER_MILLE, Circular

LEAVING = ("refund", "payroll", "investment", "non_operating")
SIDES = {1: "parts_before", -1: "parts_after"}
SCHEME = ["enterprise_id", "direction", "in_cash"]
MEMBER = [*SCHEME, "who"]


def in_parts(lines: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on ``traded`` lines, in the shape of ``features.evidence.findings``."""
    wholes = lines.filter(~lines.cash & (lines.cents >= settings.whole_least * 100))
    days = keep("part_days", heard(lines))
    near = (_in_step(nearest(wholes, lines, days, side, settings), settings) for side in SIDES)
    parts = ibis.union(*(keep(name, rows) for name, rows in zip(SIDES.values(), near, strict=True)))
    hits = keep("whole_hits", _made_up(parts, settings))
    rows = parts.join(_again(hits, wholes, settings, keep), MEMBER)
    rows = rows.mutate(since=ibis.greatest(rows.since, rows.day), until=ibis.least(rows.until, rows.next_day))
    named = lines.select("enterprise_id", "number", "line_id")
    whole = rows.drop("part_number").join(named, ["enterprise_id", "number"])
    part = rows.drop("number").rename(number="part_number").join(named, ["enterprise_id", "number"])
    told = (
        found(whole.filter(~whole.in_cash), "in-parts"),
        found(part.filter(~part.in_cash), "in-parts"),
        found(whole.filter(whole.in_cash), "drawn-in-cash"),
        found(part.filter(part.in_cash), "cash-of-sales"),
    )
    return keep("in_parts", ibis.union(*told))


def traded(labels: ir.Table, settings: Circular) -> ir.Table:
    """Trade with a party, and cash or lines that name nobody; ``so_far`` counts what was known of a party by then.

    A line by which more than ``of_party`` are known is left out, whatever comes later.

    Money may leave as trade, but as well as a refund, wages, an investment or a deposit.

    Lines and parties have numbers within the firm, since texts are dear to sort by; cash has that of no party.
    """
    told = (labels.nature == "operating") | ((labels.direction == "out") & labels.nature.isin(LEAVING))
    trade = told & (labels.category == "other_counterparty") & labels.party.notnull()
    cash = labels.party.isnull() & ((labels.category == "cash") | labels.nature.isin(["operating", "owner"]))
    rows = labels.filter((trade | cash) & (labels.amount >= settings.whole_least * settings.part_least))
    of_firm = {"group_by": "enterprise_id"}
    rows = rows.select(
        *("line_id", "enterprise_id", "direction", "known_from", "known_until"),
        cash=rows.party.isnull(),
        who=ibis.dense_rank().over(**of_firm, order_by=rows.party.fill_null("")).cast("int32"),
        number=ibis.row_number().over(**of_firm, order_by=["line_id", "known_from"]).cast("int32"),
        day=rows.booked_at.delta(ibis.date("1970-01-01"), unit="day").cast("int32"),
        cents=(rows.amount * 100).cast("int64"),
    )
    rows = rows.mutate(so_far=rows.count().over(ibis.range_window(group_by=ONE, order_by="known_from", following=0)))
    return rows.filter(rows.cash | (rows.so_far <= settings.of_party))


def _in_step(near: ir.Table, settings: Circular) -> ir.Table:
    """Parts of parties that come and go with the whole's, as far as known by then; cash is in step with nobody."""
    together = ibis.range_window(group_by=[*ONE, "side", "part_who"], order_by="since", following=0)
    near = near.mutate(together=near.count().over(together))
    in_step = near.together * PER_MILLE >= near.part_so_far * round(settings.in_step * PER_MILLE)
    return near.filter(near.in_cash | in_step).drop("together", "part_so_far", "part_who")


def _made_up(parts: ir.Table, settings: Circular) -> ir.Table:
    """Wholes that two parts or more make up, from the day on which what was known of them did."""
    key = ["enterprise_id", "number", "side", "in_cash"]
    known = ibis.range_window(group_by=key, order_by="since", following=0)
    parts = parts.mutate(
        count=parts.count().over(known), total=parts.part_cents.sum().over(known), ends=parts.until.min().over(known)
    )
    off = (parts.total - parts.cents).abs() * PER_MILLE <= parts.cents * round(settings.parts_kept * PER_MILLE)
    hits = parts.filter((parts["count"] >= 2) & off & (parts.ends.isnull() | (parts.ends > parts.since)))
    hits = hits.group_by(*MEMBER, "number").agg(known_from=hits.since.min(), known_until=hits.ends.argmin(hits.since))
    return hits.filter(hits.known_until.isnull() | (hits.known_until > hits.known_from))


def _again(hits: ir.Table, wholes: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """The days on which a party is known to be one of a scheme: ``MEMBER``, ``day`` and ``next_day``."""
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    hits = hits.semi_join(often(hits, SCHEME, settings.parts_repeats), SCHEME)
    members = hits.select(*MEMBER).distinct()
    lines = wholes.join(members, ONE).select(*MEMBER, "known_from", "known_until", hits=none, lines=one)
    rows = lines.union(hits.select(*MEMBER, "known_from", "known_until", hits=one, lines=none))
    party = daily(rows.mutate(booked_at="known_from"), MEMBER, hits=rows.hits, lines=rows.lines)
    enough = (party.hits > 0) & (party.hits * PER_MILLE >= party.lines * round(settings.parts_share * PER_MILLE))
    party = party.mutate(enough=enough, counted=ibis.ifelse(enough, party.hits, 0))
    before = party.counted.lag().over(ibis.window(group_by=MEMBER, order_by="day")).fill_null(0)
    party = keep("parts_of_party", party.mutate(more=party.counted - before))
    news = party.filter(party.more != 0).select(*SCHEME, "more", known_from="day", known_until=ibis.null("date"))
    firm = keep("parts_of_firm", daily(news.mutate(booked_at="known_from"), SCHEME, hits=news.more))
    firm = runs(firm, SCHEME, firm.hits >= settings.parts_repeats).rename(firm_day="day", firm_next="next_day")
    both = runs(party, MEMBER, party.enough).join(firm, SCHEME)
    both = both.select(
        *MEMBER, day=ibis.greatest(both.day, both.firm_day), next_day=ibis.least(both.next_day, both.firm_next)
    )
    return both.filter(both.next_day.isnull() | (both.next_day > both.day))
