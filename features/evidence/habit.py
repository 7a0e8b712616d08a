"""What a party's other lines say of a line without words of its own.

Banks blank or garble some summaries. A landlord stays a landlord in the month in which the bank forgot to say so: when
at least half of the lines that a firm has exchanged with a party, and two of them, say one thing, the others say it.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.findings import PLACE, found, proven

SHARE, REPEATS, SURE = 0.5, 2, 0.85
NATURES = tuple(name.removeprefix("habit-") for name in PLACE if name.startswith("habit-"))


def habit(labels: ir.Table) -> ir.Table:
    """Findings on lines that trade rules took for want of better, from the day on which the habit is known."""
    named = labels.filter(labels.party.notnull())
    worded = named.filter(named.nature.isin(NATURES) & (named.confidence >= SURE))
    habits = [_of(nature, named.semi_join(_parties(worded), ["enterprise_id", "party"])) for nature in NATURES]
    return ibis.union(*habits)


def _parties(lines: ir.Table) -> ir.Table:
    return lines.select("enterprise_id", "party").distinct()


def _of(nature: str, lines: ir.Table) -> ir.Table:
    key = ["enterprise_id", "party"]
    lines = lines.mutate(seen=lines.known_from)
    since = proven(lines.filter((lines.nature == nature) & (lines.confidence >= SURE)), lines, key, REPEATS, SHARE)
    silent = lines.filter((lines.nature == "operating") & (lines.category == "other_counterparty"))
    silent = silent.join(since, key)
    return found(
        silent.mutate(since=ibis.greatest(silent.known_from, silent.proven), until=silent.known_until),
        f"habit-{nature}",
    )
