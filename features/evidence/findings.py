"""What is known of a line beyond its own words, and from when: findings, in the order in which they decide.

Five kinds of evidence find: facts that the bank holds (``recorded``), what a payment platform pays out to the firm's
bank (``wallet``), money that goes round (``circular`` and ``coupled``), sales that have no invoice (``unbilled``,
``together``), and what a party's other lines say (``habit``).
A finding holds from the day on which the last piece of its evidence is known until the first piece is corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from features.evidence.settings import PER_MILLE


@dataclass(frozen=True)
class Finding:
    """The label that a finding gives to its lines, and how sure it is; ``rule`` stands where a rule's id would."""

    rule: str
    category: str
    nature: str
    confidence: float


# The finding that needs the least belief comes first. How sure each is, is an assumption.
FINDINGS = (
    Finding("recorded-utility", "public_body", "utility", 0.99),
    Finding("recorded-tax", "public_body", "tax", 0.99),
    Finding("recorded-social-insurance", "public_body", "social_insurance", 0.99),
    Finding("recorded-loan", "account_bank", "financing", 0.99),
    Finding("recorded-bill", "other_counterparty", "operating", 0.99),
    Finding("reversed", "account_bank", "refund", 0.95),
    Finding("withdrawn", "own_account", "own_transfer", 0.95),
    Finding("returned", "other_counterparty", "wash", 0.95),
    Finding("passed-on", "other_counterparty", "wash", 0.9),
    Finding("sent-round", "other_counterparty", "wash", 0.85),
    Finding("in-parts", "other_counterparty", "wash", 0.85),
    Finding("came-back", "other_counterparty", "wash", 0.85),
    Finding("accomplice", "other_counterparty", "wash", 0.85),
    Finding("to-and-fro", "other_counterparty", "related_party", 0.85),
    Finding("answered", "other_counterparty", "wash", 0.85),
    Finding("settlement-day", "account_bank", "interest", 0.9),
    Finding("unbilled-round", "other_counterparty", "wash", 0.85),
    Finding("swipes", "third_party_payment", "wash", 0.6),
    Finding("drawn-in-cash", "other_counterparty", "wash", 0.6),
    Finding("cash-of-sales", "cash", "wash", 0.6),
    Finding("instalments", "other_counterparty", "wash", 0.6),
    Finding("even", "other_counterparty", "wash", 0.6),
    Finding("unbilled", "other_counterparty", "wash", 0.6),
    Finding("paired", "own_account", "own_transfer", 0.9),
    Finding("habit-financing", "other_counterparty", "financing", 0.9),
    Finding("habit-rent", "other_counterparty", "rent", 0.9),
    Finding("habit-payroll", "other_counterparty", "payroll", 0.9),
    Finding("habit-insurance", "other_counterparty", "insurance", 0.9),
)
PLACE = {finding.rule: place for place, finding in enumerate(FINDINGS)}
SHAPE = ("line_id", "finding", "since", "until")
KEY = ["enterprise_id", "party"]
NO_DAY = ibis.date("9999-12-31")


def found(lines: ir.Table, name: str) -> ir.Table:
    """``SHAPE`` of lines with ``line_id, since, until`` that show the finding ``name``."""
    return lines.select("line_id", "since", "until", finding=ibis.literal(PLACE[name], "int64")).select(*SHAPE)


def given(finding: ir.IntegerValue, field: str) -> ir.Value:
    """What a finding gives, by its place in ``FINDINGS``; null when there is none."""
    return ibis.cases(*((finding == place, getattr(each, field)) for place, each in enumerate(FINDINGS)))


def stretches(found: ir.Table) -> ir.Table:
    """Cut each line's time where any finding begins or ends; the first finding that holds in a stretch decides.

    Returns
    -------
    table
        ``line_id, finding, since, before``. ``finding`` is null while none holds; stretches of a line have neither gap
        nor overlap, and ``since`` and ``before`` are null where time is open.
    """
    found = found.filter(found.until.isnull() | (found.until > found.since))
    edges = found.select("line_id", at="since").union(
        found.filter(found.until.notnull()).select("line_id", at="until"), distinct=True
    )
    # Of findings that end together the one that began first says all.
    one = found.group_by("line_id", "finding", "until").agg(since=found.since.min())
    order = ibis.window(group_by="line_id", order_by="at")
    told = edges.mutate(before=edges["at"].lead().over(order))
    held = told.join(one, "line_id")
    held = held.filter((held.since <= held["at"]) & (held.until.isnull() | (held.until > held["at"])))
    first = held.group_by("line_id", "at").agg(finding=held.finding.min().cast("int64"))
    told = told.left_join(first, ["line_id", "at"]).select("line_id", "finding", since=told["at"], before="before")
    unknown = edges.group_by("line_id").agg(before=edges["at"].min())
    unknown = unknown.select("line_id", "before", finding=ibis.null("int64"), since=ibis.null("date"))
    return told.union(unknown.select("line_id", "finding", "since", "before"))


def proven(
    hits: ir.Table, rows: ir.Table, key: list[str], repeats: int, share: float, of: list[str] | None = None
) -> ir.Table:
    """The first day on which enough of a key's lines known by then were hits: ``key`` and ``proven``.

    ``hits`` have ``key``, ``rows`` the columns ``of`` of it whose lines are counted, all unless given; both have
    ``line_id`` and ``seen``, the day on which the hit or the line is known. At least ``repeats`` lines and the share
    ``share`` of all must be hits. That begins on a day with a hit, so that lines are only counted until these.
    """
    of = of or key
    hit = hits.group_by(*key, "line_id").agg(seen=hits.seen.min())
    hit = hit.semi_join(often(hit, key, repeats), key)
    rows = rows.semi_join(hit, of)
    line = rows.group_by(*of, "line_id").agg(seen=rows.seen.min())
    days = hit.group_by(*key, "seen").agg(hits=hit.count())
    days = days.mutate(hits=days.hits.sum().over(ibis.cumulative_window(group_by=key, order_by="seen")))
    one, nothing = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    news = line.select(*of, "seen", lines=one).union(days.select(*of, "seen", lines=nothing))
    known = news.group_by(*of, "seen").agg(lines=news.lines.sum())
    known = known.mutate(lines=known.lines.sum().over(ibis.cumulative_window(group_by=of, order_by="seen")))
    days = days.join(known, [*of, "seen"])
    enough = days.filter((days.hits >= repeats) & (days.hits * PER_MILLE >= days.lines * round(share * PER_MILLE)))
    return enough.group_by(key).agg(proven=enough.seen.min())


def often(hits: ir.Table, key: list[str], repeats: int) -> ir.Table:
    """Keys with so many hits that they can be enough; few have, and the lines of the others need not be counted."""
    return hits.group_by(key).agg(hits=hits.count()).filter(lambda t: t.hits >= repeats)


def daily(rows: ir.Table, key: Sequence[str] = KEY, **values: ir.Value) -> ir.Table:
    """Sums over a key's lines known until each day of news: ``key``, ``day, next_day, first_on`` and the values."""
    told = rows.select(*key, "booked_at", "known_from", "known_until", **values)
    ended = told.filter(told.known_until.notnull())
    ended = ended.select(*key, "booked_at", day="known_until", **{name: -ended[name] for name in values})
    news = told.select(*key, "booked_at", day="known_from", **{name: told[name] for name in values}).union(ended)
    days = news.group_by(*key, "day").agg(first_on=news.booked_at.min(), **{name: news[name].sum() for name in values})
    so_far = ibis.cumulative_window(group_by=key, order_by="day")
    days = days.mutate(
        first_on=days.first_on.min().over(so_far), **{name: days[name].sum().over(so_far) for name in values}
    )
    return days.mutate(next_day=days.day.lead().over(ibis.window(group_by=key, order_by="day")))


def runs(days: ir.Table, key: Sequence[str], holds: ir.BooleanValue) -> ir.Table:
    """Days on end of ``daily`` on which something holds: ``key``, the first ``day`` and the ``next_day`` after them."""
    order = ibis.window(group_by=key, order_by="day")
    told = days.select(*key, "day", holds=holds)
    told = told.mutate(before=told.holds.lag().over(order).fill_null(False))
    turns = told.filter(told.before != told.holds)
    turns = turns.mutate(next_day=turns.day.lead().over(order))
    return turns.filter(turns.holds).select(*key, "day", "next_day")


def joined(rows: ir.Table, key: Sequence[str]) -> ir.Table:
    """The times ``known_from`` to ``known_until`` of a key's rows, those that touch put together."""
    rows = rows.group_by(*key, "known_from").agg(ends=rows.known_until.fill_null(NO_DAY).max())
    before = rows.ends.max().over(ibis.window(group_by=key, order_by="known_from", preceding=(None, 1)))
    rows = rows.mutate(anew=(before.isnull() | (rows.known_from > before)).cast("int64"))
    rows = rows.mutate(time=rows.anew.sum().over(ibis.cumulative_window(group_by=key, order_by="known_from")))
    rows = rows.group_by(*key, "time").agg(known_from=rows.known_from.min(), known_until=rows.ends.max().nullif(NO_DAY))
    return rows.drop("time")


def during(rows: ir.Table, since: ir.DateValue, until: ir.DateValue) -> ir.Table:
    """Rows while they are known and a time lasts that is told beside each; a time without an end has none (null)."""
    rows = rows.mutate(
        known_from=ibis.greatest(rows.known_from, since), known_until=ibis.least(rows.known_until, until)
    )
    return rows.filter(rows.known_until.isnull() | (rows.known_until > rows.known_from))


def as_known(lines: ir.Table, name: str) -> ir.Table:
    """The finding on lines for as long as they are known."""
    return found(lines.select("line_id", since="known_from", until="known_until"), name)


def while_true(lines: ir.Table, days: ir.Table, holds: ir.BooleanValue, name: str) -> ir.Table:
    """The finding on lines of parties on the days of ``daily`` on which something holds."""
    return as_known(while_in(lines, runs(days, KEY, holds), KEY), name)


def while_most(lines: ir.Table, hits: ir.Table, name: str, repeats: int, share: float) -> ir.Table:
    """The finding on lines of parties for as long as enough of what is known of them are hits, as in ``mostly``."""
    return as_known(while_in(lines, mostly(lines, hits, repeats, share), KEY), name)


def mostly(lines: ir.Table, hits: ir.Table, repeats: int, share: float) -> ir.Table:
    """Days on end, as in ``runs``, on which enough of what is known of a party's lines are hits.

    ``hits`` are rows of ``lines`` with ``known_from`` moved to the day on which the hit is known. At least ``repeats``
    lines and the share ``share`` of all must be hits.
    """
    hits = hits.filter(hits.known_until.isnull() | (hits.known_until > hits.known_from))
    lines = lines.semi_join(often(hits, KEY, repeats), KEY)
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    rows = lines.mutate(hits=none, lines=one).union(hits.select(*lines.columns).mutate(hits=one, lines=none))
    days = daily(rows, hits=rows.hits, lines=rows.lines)
    return runs(days, KEY, (days.hits >= repeats) & (days.hits * PER_MILLE >= days.lines * round(share * PER_MILLE)))


def while_in(rows: ir.Table, times: ir.Table, key: Sequence[str]) -> ir.Table:
    """Rows while they are known and a time of their key in ``times``, as told by ``runs``, lasts."""
    held = rows.join(times, key)
    return during(held, held.day, held.next_day).select(*rows.columns)
