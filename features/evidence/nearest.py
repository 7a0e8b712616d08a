"""Which of a party's sums a line can be a part of: for each line and party, the nearest one that is known.

A firm with a hundred thousand lines has hundreds a day, all of which the lines of ten days could be parts of. So its
lines are joined day by day, and each sum only on the days on which no nearer one of its party has all of its parts.
"""

import math

import ibis
import ibis.expr.types as ir

from features.evidence.settings import PER_MILLE, Circular

MANY = 10_000  # lines of a firm from which on its days are worth telling apart
NUMBERS = 2**32  # more than a firm has lines
NEVER = 1e-9
ONE = ["enterprise_id", "direction", "who"]
PART = ["enterprise_id", "who", "part_number"]


def heard(lines: ir.Table) -> ir.Table:
    """Days of firms with many lines, each with the first day, ``heard``, on which a line of it or a later one is known.

    ``lines`` are those of ``features.evidence.parts``.
    """
    count = lines.group_by("enterprise_id").agg(lines=lines.count())
    lines = lines.semi_join(count.filter(count.lines >= MANY), "enterprise_id")
    days = lines.group_by("enterprise_id", "day").agg(heard=lines.known_from.min())
    after = ibis.cumulative_window(group_by="enterprise_id", order_by=ibis.desc("day"))
    return days.mutate(heard=days.heard.min().over(after))


def nearest(wholes: ir.Table, lines: ir.Table, days: ir.Table, side: int, settings: Circular) -> ir.Table:
    """Lines of the other direction up to ``parts_days`` before (1) or after (-1) a whole: each with the nearest known.

    While a nearer line of the same party is not known yet, a part belongs to the next one. Lines are seldom known so
    late, so that of most parts the nearest whole is all that is looked for. ``days`` are those of ``heard``.
    """
    sums = lines.select("enterprise_id", "direction", "who", "number", "cents", "known_from", "known_until")
    pairs = _pairs(wholes, lines, days, side, settings)
    first = pairs.group_by(PART).agg(rank=(pairs.away * NUMBERS + pairs.number).min(), first_since=pairs.since.min())
    first = first.mutate(number=(first["rank"] % NUMBERS).cast("int32"), nearer=ibis.null("date"))
    first = first.join(sums, ["enterprise_id", "who", "number"])
    late = first.filter(first.known_from > first.first_since).select(*PART)
    parts = lines.semi_join(late, [lines.enterprise_id == late.enterprise_id, lines.number == late.part_number])
    rest = _pairs(wholes.semi_join(late, PART[:2]), parts, days, side, settings).semi_join(late, PART)
    nearer = ibis.window(group_by=PART, order_by=["away", "number"], preceding=(None, 1))
    rest = rest.select(*PART, "number", nearer=rest.known_from.min().over(nearer))
    rest = rest.join(sums, ["enterprise_id", "who", "number"])
    near = first.filter(first.known_from <= first.first_since).select(*rest.columns).union(rest)
    near = near.join(_as_parts(lines), ["enterprise_id", "part_number"])
    near = near.select(
        *("enterprise_id", "direction", "who", "number", "cents"),
        *("part_who", "part_number", "part_cents", "part_so_far"),
        in_cash="part_cash",
        side=ibis.literal(side, "int8"),
        since=ibis.greatest(near.known_from, near.part_known_from),
        until=ibis.least(near.known_until, near.part_known_until, near.nearer),
    )
    return near.filter(near.until.isnull() | (near.until > near.since))


def _as_parts(lines: ir.Table) -> ir.Table:
    names = [name for name in lines.columns if name not in ("enterprise_id", "line_id")]
    return lines.select("enterprise_id", **{f"part_{name}": name for name in names})


def _pairs(wholes: ir.Table, lines: ir.Table, days: ir.Table, side: int, settings: Circular) -> ir.Table:
    """Each whole with the lines that can be its parts, but for some of which another is the nearest.

    ``at`` counts days towards the parts. A line meets the wholes of its stretch of days and the one before it; in firms
    with many lines those that reach its day.
    """
    span = settings.parts_days + 1
    parts = _as_parts(lines).drop("part_known_until", "part_cash", "part_so_far")
    parts = parts.mutate(part_at=-side * parts.part_day)
    few = parts.anti_join(days, "enterprise_id")
    few = few.mutate(slot=(few.part_at // span).cast("int64"), step=ibis.array([0, 1]).unnest())
    few = few.mutate(slot=(few.slot - few.step).cast("int64")).drop("step")
    many = parts.semi_join(days, "enterprise_id")
    parts = few.union(many.mutate(slot=many.part_at.cast("int64")))
    wholes = wholes.select("enterprise_id", "direction", "who", "number", "day", "cents", "known_from")
    wholes = wholes.mutate(at=-side * wholes.day, before=-side * wholes.day + span)
    few = wholes.anti_join(days, "enterprise_id")
    few = few.mutate(slot=(few["at"] // span).cast("int64"))
    many = _in_reach(wholes, days, settings)
    many = many.mutate(slot=ibis.range(many["at"], many.before).unnest().cast("int64"))
    wholes = few.union(many.select(*few.columns))
    parts = parts.mutate(of_direction=ibis.ifelse(parts.part_direction == "in", "out", "in"))
    pairs = wholes.join(parts, ["enterprise_id", "slot", wholes.direction == parts.of_direction])
    small = pairs.part_cents * PER_MILLE >= pairs.cents * round(settings.part_least * PER_MILLE)
    fits = pairs.part_cents * PER_MILLE <= pairs.cents * (PER_MILLE + round(settings.parts_kept * PER_MILLE))
    others = pairs.who != pairs.part_who
    pairs = pairs.mutate(away=(pairs.part_at - pairs["at"]).cast("int64"))
    pairs = pairs.filter(pairs.away.between(0, settings.parts_days) & small & fits & others)
    since = ibis.greatest(pairs.known_from, pairs.part_known_from)
    return pairs.select("enterprise_id", "who", "number", "part_number", "away", "known_from", since=since)


def _in_reach(wholes: ir.Table, days: ir.Table, settings: Circular) -> ir.Table:
    """Wholes of firms with many lines, cut off ``before`` the day from which on no part has them for the nearest.

    A smaller and a larger sum that are not too far apart can have all the parts that one between them can have. So once
    one of each is nearer, and was known no later than any line that is not, no part belongs to the whole.
    """
    most, least = PER_MILLE + round(settings.parts_kept * PER_MILLE), round(settings.part_least * PER_MILLE)
    width = math.log(most / max(least, NEVER)) / 3 * 0.999 + NEVER  # sums in three bands are not too far apart
    rows = wholes.join(days, ["enterprise_id", "day"])
    rows = rows.mutate(prompt=rows.known_from <= rows.heard, role=ibis.array([-1, 0, 1]).unnest())
    rows = rows.mutate(band=(rows.cents.cast("float64").ln() / width).floor().cast("int64") - rows.role)
    nearer = ibis.window(group_by=[*ONE, "band"], order_by=[ibis.desc("at"), "number"], preceding=(None, 1))

    def first(role: int) -> ir.Value:
        return ibis.ifelse(rows.prompt & (rows.role == role), rows["at"], None).min().over(nearer)

    rows = rows.mutate(smaller=first(-1), larger=first(1)).filter(lambda t: t.role == 0)
    both = ibis.ifelse(rows.smaller.isnull() | rows.larger.isnull(), None, ibis.greatest(rows.smaller, rows.larger))
    rows = rows.mutate(before=ibis.least(rows.before, both))
    return rows.filter(rows.before > rows["at"])
