"""What the rest of a party's payments is once most of them have been found to go round.

Whoever lends a name to a scheme trades little else with the firm. While at least half of all that a firm is known to
have exchanged with a party, and three lines of it, go round, its other lines do so too: those too small for a rule,
those whose other end is not seen yet, and those to come.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.findings import FINDINGS, PLACE, stretches, while_most

SHARE, REPEATS = 0.5, 3
WASH = tuple(PLACE[each.rule] for each in FINDINGS if each.nature == "wash")


def accomplice(labels: ir.Table, rounds: ir.Table) -> ir.Table:
    """Findings on lines of trade by their party, for as long as most of what is known of the two goes round.

    ``rounds`` are findings of ``features.evidence.circular`` and ``features.evidence.parts``.
    """
    trade = labels.filter((labels.nature == "operating") & (labels.category == "other_counterparty"))
    trade = trade.filter(trade.party.notnull())
    told = stretches(rounds.filter(rounds.finding.isin(WASH)))
    told = told.filter(told.finding.notnull()).drop("finding")
    hits = trade.join(told, "line_id").mutate(
        known_from=lambda t: ibis.greatest(t.since, t.known_from),
        known_until=lambda t: ibis.least(t.before, t.known_until),
    )
    return while_most(trade, hits, "accomplice", REPEATS, SHARE)
