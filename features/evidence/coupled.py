"""Two parties whose money answers each other: what one pays in, run by run, the other is paid out, within weeks.

A sham has to give the money back, however it is cut. So a **run** of one party's lines, one to a few in a row, is as
much as a run of another's (or its own) in the other direction. By chance that happens to any two parties now and then,
but seldom to most of what the firm has with both, or to nearly all that it has with one. Neither words nor invoices
nor the order of in and out are asked for, nor whether one sum answers one or many.

Lines are taken in the order in which they became known, so that a line that becomes known late changes no run of
before, and a pair counts on the days on which what is known of both says so.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.alike import alike
from features.evidence.findings import NO_DAY, daily, during, found, runs
from features.evidence.settings import PER_MILLE, Circular

PARTY = ["enterprise_id", "who"]
PAIR = ["enterprise_id", "in_who", "out_who"]
SIDES = ("in", "out")
LINE = (*PARTY, "number", "day_number", "cents", "known_from", "known_until")
POOL = -1  # in place of a party: payers without an invoice taken together


def coupled(incoming: ir.Table, outgoing: ir.Table, settings: Circular, keep: Keep, name: str) -> ir.Table:
    """Lines of pairs of parties that answer each other: ``enterprise_id``, ``side``, ``number``, ``since``, ``until``.

    Both tables have the columns ``LINE``; ``who`` and ``number`` tell the parties and lines of a firm apart. ``name``
    is that of what is kept.
    """
    lines = {"in": _in_order(incoming, settings), "out": _in_order(outgoing, settings)}
    lines = {side: keep(f"{name}_{side}", rows) for side, rows in lines.items()}
    met = keep(f"{name}_met", _met(_in_runs(lines["in"], settings), _in_runs(lines["out"], settings), settings))
    often = met.group_by(PAIR).agg(ins=met.in_first.nunique(), outs=met.out_first.nunique())
    met = met.semi_join(often.filter(ibis.least(often.ins, often.outs) >= settings.runs_repeats), PAIR)
    places = keep(f"{name}_places", ibis.union(*(_places(met, side) for side in SIDES)))
    able = keep(f"{name}_able", _able(places, settings))
    every = keep(f"{name}_lines", ibis.union(*(_of_pairs(lines[side], able, side) for side in SIDES)))
    hits = places.join(every.drop("known_from", "known_until"), [*PAIR, "side", "place"])
    hits = keep(f"{name}_hits", hits)
    days = keep(f"{name}_days", _days(every, hits))
    answers = _answers(days, settings)
    told = [hits.join(runs(days, PAIR, answers), PAIR)]
    for side in SIDES:
        of_side = every.filter(every.side == side)
        told.append(of_side.join(runs(days, PAIR, answers & _of_lines(days, side, settings.runs_most)), PAIR))
    shape = ("enterprise_id", "side", "number", "known_from", "known_until", "day", "next_day")
    rows = ibis.union(*(each.select(*shape) for each in told))
    rows = during(rows, rows.day, rows.next_day)
    return rows.select("enterprise_id", "side", "number", since="known_from", until="known_until").distinct()


def answered(lines: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on the lines of ``features.evidence.parts.traded`` with a party."""
    trade = lines.rename(day_number="day").filter(~lines.cash & (lines.cents >= settings.whole_least * 100))
    incoming, outgoing = (trade.filter(trade.direction == side) for side in SIDES)
    rows = coupled(incoming, outgoing, settings, keep, "answered")
    named = trade.select("enterprise_id", "number", "line_id")
    return keep("answered", found(rows.join(named, ["enterprise_id", "number"]), "answered"))


def _in_order(lines: ir.Table, settings: Circular) -> ir.Table:
    """Lines of parties with enough of them, each with its ``place`` and the runs that end with it.

    A run of one line more than another has a number one higher: ``sum1``, ``day1``, ``until1`` and so on.
    """
    rows = lines.select(*LINE)
    rows = rows.mutate(lines=rows.count().over(ibis.window(group_by=PARTY)))
    rows = rows.filter(rows.lines >= settings.runs_repeats).drop("lines")
    order = {"group_by": PARTY, "order_by": ["known_from", "day_number", "number"]}
    window = ibis.window(**order)
    back = range(1, settings.runs_lines)
    names = {"cents": "sum", "day_number": "day", "known_until": "until"}
    before = {f"{to}{n}": rows[name].lag(n).over(window) for n in back for name, to in names.items()}
    rows = rows.mutate(place=ibis.row_number().over(window), **before)
    rows = rows.filter(rows.place < settings.of_party)
    for n in back:
        sum_, until = (rows.cents, rows.known_until) if n == 1 else (rows[f"sum{n - 1}"], rows[f"until{n - 1}"])
        rows = rows.mutate(**{f"sum{n}": sum_ + rows[f"sum{n}"], f"until{n}": ibis.least(until, rows[f"until{n}"])})
    return rows


def _in_runs(lines: ir.Table, settings: Circular) -> ir.Table:
    """Runs: sum, first and last day, and the places of the first and the last line."""
    more = range(1, settings.runs_lines)
    rows = lines.mutate(more=ibis.array(list(range(settings.runs_lines))).unnest())

    def of(name: str, one: ir.Value) -> ir.Value:
        return ibis.cases((rows.more == 0, one), *((rows.more == n, rows[f"{name}{n}"]) for n in more))

    other = of("day", rows.day_number)
    rows = rows.select(
        *PARTY,
        "known_from",
        last="place",
        first=rows.place - rows.more,
        cents=of("sum", rows.cents),
        until=of("until", rows.known_until),
        day=ibis.least(other, rows.day_number).cast("int64"),
        ends=ibis.greatest(other, rows.day_number).cast("int64"),
    )
    whole = (rows["first"] >= 0) & (rows.ends - rows.day <= settings.runs_days)
    return rows.filter(whole & (rows.until.isnull() | (rows.until > rows.known_from)))


def _met(ins: ir.Table, outs: ir.Table, settings: Circular) -> ir.Table:
    """Runs of both directions that are nearly as much and no further apart than ``runs_days``, while both are known."""
    # No run is longer than that either, so what answers one begins within twice as many days of its first.
    pairs = alike(ins, outs, 2 * settings.runs_days, settings.runs_kept)
    apart = ibis.greatest(pairs.out_day - pairs.ends, pairs.day - pairs.out_ends)
    own = pairs.who == pairs.out_who
    pairs = pairs.filter(apart <= ibis.ifelse(own, settings.runs_own_days, settings.runs_days))
    pairs = pairs.select(
        "enterprise_id",
        "out_who",
        "out_first",
        "out_last",
        in_who="who",
        in_first="first",
        in_last="last",
        since=ibis.greatest(pairs.known_from, pairs.out_known_from),
        until=ibis.least(pairs.until, pairs.out_until),
    )
    return pairs.filter(pairs.until.isnull() | (pairs.until > pairs.since))


def _of_pairs(lines: ir.Table, pairs: ir.Table, side: str) -> ir.Table:
    rows = lines.join(pairs, ["enterprise_id", lines.who == pairs[f"{side}_who"]])
    return rows.select(*PAIR, "place", "number", "cents", "known_from", "known_until", side=ibis.literal(side))


def _places(met: ir.Table, side: str) -> ir.Table:
    """Places of the lines of one side in runs that met, each time that this holds; ``begun`` when a run began there."""
    met = met.select(*PAIR, "since", "until", begins=met[f"{side}_first"], place=met[f"{side}_last"])
    met = met.mutate(place=ibis.range(met.begins, met.place + 1).unnest())
    place = [*PAIR, "place"]
    met = met.group_by(*place, "since").agg(
        until=met.until.fill_null(NO_DAY).max(), begins=(met.place == met.begins).any()
    )
    before = met.until.max().over(ibis.window(group_by=place, order_by="since", preceding=(None, 1)))
    met = met.mutate(anew=(before.isnull() | (met.since > before)).cast("int64"))
    met = met.mutate(time=met.anew.sum().over(ibis.cumulative_window(group_by=place, order_by="since")))
    met = met.group_by(*place, "time").agg(
        known_from=met.since.min(), known_until=met.until.max().nullif(NO_DAY), begun=met.since.min(where=met.begins)
    )
    return met.drop("time").mutate(side=ibis.literal(side))


def _able(places: ir.Table, settings: Circular) -> ir.Table:
    """Pairs that answer each other if no line but those until the last one in a run that met is ever known.

    Few pairs are left, and each that ever answers: as many lines as the ``place`` of one are known with it.
    """
    rank = ibis.dense_rank().over(ibis.window(group_by=[*PAIR, "side"], order_by="place"))
    rows = places.mutate(rank=rank + 1)
    rows = rows.filter(rows.rank >= settings.runs_repeats)

    def share(side: str, share: float) -> ir.BooleanValue:
        enough = rows.rank * PER_MILLE >= (rows.place + 1) * round(share * PER_MILLE)
        return ((rows.side == side) & enough).any()

    pairs = rows.group_by(PAIR).agg(
        both=ibis.and_(*(share(side, settings.runs_share) for side in SIDES)),
        one=ibis.or_(*(share(side, settings.runs_most) for side in SIDES)),
    )
    return pairs.filter(pairs.both | (pairs.one & _one_will_do(pairs))).select(PAIR)


def _days(every: ir.Table, hits: ir.Table) -> ir.Table:
    """What is known of pairs on each day of news: of each side its lines, those in runs that met, and such runs.

    A line that is corrected counts twice, so that a line's place is never more than the lines known with it.
    """
    every = every.mutate(known_until=ibis.null("date"))
    begun = hits.filter(hits.begun.notnull()).mutate(known_from="begun")
    begun = begun.filter(begun.known_until.isnull() | (begun.known_until > begun.known_from))
    news = ibis.union(
        *(
            rows.select(*PAIR, "side", "cents", "known_from", "known_until", what=ibis.literal(what))
            for what, rows in (("lines", every), ("hits", hits), ("runs", begun))
        )
    )
    news = news.mutate(booked_at="known_from")
    counts = {
        f"{side}_{what}": ibis.ifelse((news.side == side) & (news.what == what), 1, 0).cast("int64")
        for side in SIDES
        for what in ("lines", "hits", "runs")
    }
    hit = news.what == "hits"
    sums = {f"{side}_cents": ibis.ifelse((news.side == side) & hit, news.cents, 0) for side in SIDES}
    return daily(news, PAIR, **counts, **sums)


def _answers(days: ir.Table, settings: Circular) -> ir.BooleanValue:
    """Whether enough of both parties' lines, or nearly all of one's, are in runs that met, and as much came as went.

    Where sums repeat, one run is as much as several of the other party, but money goes round once.
    """
    often = ibis.least(days.in_runs, days.out_runs) >= settings.runs_repeats
    of_both = ibis.and_(*(_of_lines(days, side, settings.runs_share) for side in SIDES))
    of_one = ibis.or_(*(_of_lines(days, side, settings.runs_most) for side in SIDES))
    off = (days.in_cents - days.out_cents).abs() * PER_MILLE
    even = off <= ibis.greatest(days.in_cents, days.out_cents) * round(settings.runs_even * PER_MILLE)
    return often & even & (of_both | (of_one & _one_will_do(days)))


def _one_will_do(pairs: ir.Table) -> ir.BooleanValue:
    """Pairs that few lines would bring together by chance: a party with itself, and the pool of those without name."""
    return (pairs.in_who == pairs.out_who) | (pairs.in_who == POOL)


def _of_lines(days: ir.Table, side: str, share: float) -> ir.BooleanValue:
    return days[f"{side}_hits"] * PER_MILLE >= days[f"{side}_lines"] * round(share * PER_MILLE)
