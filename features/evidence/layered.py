"""Money that goes round slowly, so that no two lines alone show it (分层过账).

**Slow**: a payer's money goes on within weeks, less a small fee, to the same payee again and again. **To and fro**: a
party pays and is paid the same sums weeks apart, which is what a related party looks like that nobody has named.

Over weeks sums meet by chance, so each finding needs the same parties again, and that this is at least half of what the
firm has with each of them.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.alike import alike
from features.evidence.findings import found, proven
from features.evidence.settings import Circular

SLOW_KEY = ["enterprise_id", "party", "out_party"]
SIZE = ("day", "cents", "out_day", "out_cents")


def layered(legs: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Findings on ``legs``, the trade lines of ``features.evidence.circular`` with a party."""
    incoming, outgoing = legs.filter(legs.direction == "in"), legs.filter(legs.direction == "out")
    slow = keep("slow", _slow(incoming, outgoing, settings))
    onward = slow.filter((slow.out_day >= slow.day) & (slow.out_cents <= slow.cents)).drop(*SIZE)
    round_trip = slow.filter((slow.day >= slow.out_day) & (slow.cents <= slow.out_cents)).drop(*SIZE)
    fro = keep("to_and_fro", _to_and_fro(incoming, outgoing, settings)).drop(*SIZE)
    return ibis.union(
        _of_pairs(_repeated(onward, incoming, outgoing, settings, keep, "onward"), "passed-on"),
        _of_pairs(_repeated(round_trip, incoming, outgoing, settings, keep, "sent_round"), "sent-round"),
        _of_pairs(_repeated(fro, incoming, outgoing, settings, keep, "fro"), "to-and-fro"),
    )


def _slow(incoming: ir.Table, outgoing: ir.Table, settings: Circular) -> ir.Table:
    """Pairs of two parties and nearly one sum, of which the later is not the larger."""
    pairs = _near(incoming, outgoing, settings.slow_days, settings.slow_kept)
    later, less = pairs.out_day - pairs.day, pairs.cents - pairs.out_cents
    falls = ((later >= 0) & (less >= 0)) | ((later <= 0) & (less <= 0))
    return pairs.filter((pairs.party != pairs.out_party) & falls)


def _to_and_fro(incoming: ir.Table, outgoing: ir.Table, settings: Circular) -> ir.Table:
    """Pairs of one party and nearly one sum."""
    days = max(settings.slow_days, settings.fro_days)
    return _near(incoming, outgoing, days, settings.slow_kept, "party")


def _near(incoming: ir.Table, outgoing: ir.Table, days: int, kept: float, *same: str) -> ir.Table:
    """Pairs of ``alike`` lines, with from when and until when both are known."""
    pairs = alike(incoming, outgoing, days, kept, *same)
    return pairs.select(
        *SLOW_KEY,
        *("line_id", *SIZE[:2], "out_line_id", *SIZE[2:]),
        since=ibis.greatest(pairs.known_from, pairs.out_known_from),
        until=ibis.least(pairs.known_until, pairs.out_known_until),
    )


def _repeated(
    pairs: ir.Table, incoming: ir.Table, outgoing: ir.Table, settings: Circular, keep: Keep, part: str
) -> ir.Table:
    """Pairs of a payer and a payee that meet again and again, from the day on which that is known."""
    paid = incoming.select("enterprise_id", "party", "line_id", seen="known_from")
    gone = outgoing.select("enterprise_id", "line_id", out_party="party", seen="known_from")
    for line, rows, party in (("line_id", paid, "party"), ("out_line_id", gone, "out_party")):
        hits = pairs.select(*SLOW_KEY, line_id=pairs[line], seen="since")
        since = proven(hits, rows, SLOW_KEY, settings.repeats, settings.share, ["enterprise_id", party])
        since = keep(f"{part}_{line}", since)
        pairs = pairs.join(since, SLOW_KEY)
        pairs = pairs.mutate(since=ibis.greatest(pairs.since, pairs.proven)).drop("proven")
    return pairs


def _of_pairs(pairs: ir.Table, name: str) -> ir.Table:
    return found(pairs, name).union(found(pairs.select("since", "until", line_id="out_line_id"), name))
