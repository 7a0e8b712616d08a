"""Money that goes round slowly or in parts, so that no two lines alone show it (分层过账).

**Slow**: a payer's money goes on within weeks, less a small fee, to the same payee again and again. **Split**: one sum
goes out and comes back in two parts from two others, or comes in and leaves in two parts. **To and fro**: a party pays
and is paid the same sums weeks apart, which is what a related party looks like that nobody has named.

Over weeks and over parts sums meet by chance, so each finding needs the same parties again, and that this is at least
half of what the firm has with each of them.
"""

import math

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.findings import found, proven
from features.evidence.settings import PER_MILLE, Circular

SLOW_KEY = ["enterprise_id", "party", "out_party"]


def layered(legs: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on ``legs``, the trade lines of ``features.evidence.circular`` with a party."""
    incoming, outgoing = legs.filter(legs.direction == "in"), legs.filter(legs.direction == "out")
    slow = keep("slow", _slow(incoming, outgoing, settings))
    onward = slow.filter((slow.party != slow.out_party) & (slow.out_day >= slow.day) & (slow.out_cents <= slow.cents))
    onward = onward.filter(onward.out_day - onward.day <= settings.slow_days)
    split = keep("split", _splits(incoming, outgoing, settings).union(_splits(outgoing, incoming, settings)))
    fro = slow.filter(slow.party == slow.out_party)
    round_trip = slow.filter(
        (slow.party != slow.out_party) & (slow.day >= slow.out_day) & (slow.cents <= slow.out_cents)
    )
    round_trip = round_trip.filter(round_trip.day - round_trip.out_day <= settings.slow_days)
    return ibis.union(
        _of_pairs(_repeated(onward, incoming, outgoing, settings, keep, "onward"), "passed-on"),
        _of_pairs(_repeated(round_trip, incoming, outgoing, settings, keep, "sent_round"), "sent-round"),
        _of_pairs(_repeated(fro, incoming, outgoing, settings, keep, "fro"), "to-and-fro"),
        _of_splits(_repeated_splits(split, legs, settings, keep)),
    )


def _bucket(cents: ir.NumericValue, width: float) -> ir.IntegerValue:
    """Number of a band of sums, each ``width`` wider than the one below."""
    number: ir.IntegerValue = (cents.cast("float64").ln() / math.log1p(width)).floor().cast("int64")
    return number


def _spread(lines: ir.Table, cents: ir.NumericValue, width: float) -> ir.Table:
    """Each line in its own band and in both neighbours."""
    lines = lines.mutate(band=_bucket(cents, width), step=ibis.array([-1, 0, 1]).unnest())
    return lines.mutate(band=(lines.band + lines.step).cast("int64")).drop("step")


def _in_reach(lines: ir.Table, days: int) -> ir.Table:
    """Each line in the two stretches of twice ``days`` into which so many days before and after it reach.

    Joined on sums alone, the lines of a large firm would meet each other by the square of their number.
    """
    lines = lines.mutate(stretch=(lines.day - days) // (2 * days), step=ibis.array([0, 1]).unnest())
    return lines.mutate(stretch=(lines.stretch + lines.step).cast("int64")).drop("step")


def _slow(incoming: ir.Table, outgoing: ir.Table, settings: Circular) -> ir.Table:
    """Pairs of nearly one sum within the longer of both spans."""
    out = outgoing.select(**{f"out_{name}": outgoing[name] for name in outgoing.columns})
    days = max(settings.slow_days, settings.fro_days)
    out = out.mutate(band=_bucket(out.out_cents, settings.slow_kept), stretch=(out.out_day // (2 * days)).cast("int64"))
    pairs = _in_reach(_spread(incoming, incoming.cents, settings.slow_kept), days)
    pairs = pairs.join(out, [pairs.enterprise_id == out.out_enterprise_id, "band", "stretch"])
    off = (pairs.out_cents - pairs.cents).abs() * PER_MILLE <= pairs.cents * round(settings.slow_kept * PER_MILLE)
    near = (pairs.out_day - pairs.day).abs() <= days
    return pairs.filter(off & near).mutate(
        since=ibis.greatest(pairs.known_from, pairs.out_known_from),
        until=ibis.least(pairs.known_until, pairs.out_known_until),
    )


def _repeated(
    pairs: ir.Table, incoming: ir.Table, outgoing: ir.Table, settings: Circular, keep: Keep, part: str
) -> ir.Table:
    """Pairs of a payer and a payee that meet again and again, from the day on which that is known."""
    parties = pairs.select(*SLOW_KEY).distinct()
    paid = incoming.select("enterprise_id", "party", "line_id", seen="known_from").join(
        parties, ["enterprise_id", "party"]
    )
    gone = outgoing.select("enterprise_id", "line_id", out_party="party", seen="known_from")
    gone = gone.join(parties, ["enterprise_id", "out_party"])
    for line, rows in (("line_id", paid), ("out_line_id", gone)):
        hits = pairs.select(*SLOW_KEY, line_id=pairs[line], seen="since")
        since = keep(f"{part}_{line}", proven(hits, rows, SLOW_KEY, settings.repeats, settings.share))
        pairs = pairs.join(since, SLOW_KEY)
        pairs = pairs.mutate(since=ibis.greatest(pairs.since, pairs.proven)).drop("proven")
    return pairs


def _of_pairs(pairs: ir.Table, name: str) -> ir.Table:
    return found(pairs, name).union(found(pairs.select("since", "until", line_id="out_line_id"), name))


def _splits(whole: ir.Table, parts: ir.Table, settings: Circular) -> ir.Table:
    """A sum of one side and two parts of the other side that make it up, near in time and of three parties."""
    whole = whole.filter(whole.amount >= settings.split_least)
    first = parts.select(
        "enterprise_id",
        first_line="line_id",
        first_party="party",
        first_day="day",
        first_cents="cents",
        first_from="known_from",
        first_until="known_until",
    )
    span = settings.split_days + 1
    spread = whole.mutate(here=(whole.day // span).cast("int64"), step=ibis.array([-1, 0, 1]).unnest())
    spread = spread.mutate(bucket=(spread.here + spread.step).cast("int64"))
    first = first.mutate(bucket=(first.first_day // span).cast("int64"))
    pairs = spread.join(first, ["enterprise_id", "bucket"])
    share = pairs.first_cents * PER_MILLE // pairs.cents
    larger = (share >= PER_MILLE // 2) & (share <= PER_MILLE - round(settings.split_part * PER_MILLE))
    near = (pairs.first_day - pairs.day).abs() <= settings.split_days
    pairs = pairs.filter(larger & near & (pairs.first_party != pairs.party)).drop("bucket", "here", "step")
    width = settings.split_kept / settings.split_part
    pairs = _spread(pairs.mutate(rest=pairs.cents - pairs.first_cents), pairs.cents - pairs.first_cents, width)
    pairs = _in_reach(pairs, span)
    second = first.select(
        second_firm="enterprise_id",
        band=_bucket(first.first_cents, width),
        stretch=(first.first_day // (2 * span)).cast("int64"),
        **{f"second_{name}": f"first_{name}" for name in ("line", "party", "day", "cents", "from", "until")},
    )
    both = pairs.join(second, [pairs.enterprise_id == second.second_firm, "band", "stretch"])
    off = (both.rest - both.second_cents).abs() * PER_MILLE <= both.cents * round(settings.split_kept * PER_MILLE)
    near = (both.second_day - both.day).abs() <= settings.split_days
    others = (both.second_party != both.party) & (both.second_party != both.first_party)
    both = both.filter(off & near & others & (both.second_line != both.first_line))
    return both.select(
        "enterprise_id",
        "party",
        "line_id",
        "first_line",
        "second_line",
        one=ibis.least(both.first_party, both.second_party),
        other=ibis.greatest(both.first_party, both.second_party),
        since=ibis.greatest(both.known_from, both.first_from, both.second_from),
        until=ibis.least(both.known_until, both.first_until, both.second_until),
        first_party="first_party",
        second_party="second_party",
    )


def _repeated_splits(splits: ir.Table, legs: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Splits among the same three parties again and again, from the day on which that is known of each."""
    key = ["enterprise_id", "party", "one", "other"]
    rows = legs.select("enterprise_id", "line_id", member="party", seen="known_from")
    for member, line in (("party", "line_id"), ("first_party", "first_line"), ("second_party", "second_line")):
        mine = splits.select(*key, "since", line_id=splits[line], member=splits[member])
        theirs = rows.join(mine.select(*key, "member").distinct(), ["enterprise_id", "member"])
        hits = mine.rename(seen="since")
        since = keep(f"trio_{member}", proven(hits, theirs, [*key, "member"], settings.repeats, settings.share)).rename(
            of="member"
        )
        splits = splits.join(since, [*key, splits[member] == since.of]).drop("of")
        splits = splits.mutate(since=ibis.greatest(splits.since, splits.proven)).drop("proven")
    return splits


def _of_splits(splits: ir.Table) -> ir.Table:
    return ibis.union(
        *(
            found(splits.select("since", "until", line_id=splits[line]), "split")
            for line in ("line_id", "first_line", "second_line")
        )
    )
