"""What a party's other lines say of a line without words of its own.

Banks blank or garble some summaries. A landlord stays a landlord in the month in which the bank forgot to say so: when
at least half of the lines that a firm has exchanged with a party, and two of them, say one thing, the others say it.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.findings import KEY, PLACE, SHAPE, proven

SHARE, REPEATS, SURE = 0.5, 2, 0.85
NATURES = {name.removeprefix("habit-"): place for name, place in PLACE.items() if name.startswith("habit-")}


def habit(labels: ir.Table) -> ir.Table:
    """Findings on lines that trade rules took for want of better, from the day on which the habit is known."""
    named = labels.filter(labels.party.notnull())
    worded = named.filter(named.nature.isin([*NATURES]) & (named.confidence >= SURE))
    hits = worded.select(*KEY, "line_id", habit="nature", seen="known_from")
    rows = named.select(*KEY, "line_id", seen="known_from").join(hits.select(*KEY, "habit").distinct(), KEY)
    since = proven(hits, rows, [*KEY, "habit"], REPEATS, SHARE)
    silent = named.filter((named.nature == "operating") & (named.category == "other_counterparty")).join(since, KEY)
    finding = ibis.cases(*((silent.habit == name, ibis.literal(place, "int64")) for name, place in NATURES.items()))
    return silent.mutate(
        since=ibis.greatest(silent.known_from, silent.proven), until=silent.known_until, finding=finding
    ).select(*SHAPE)
