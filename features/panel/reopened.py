"""Which label versions can still change the panel from a day on."""

import ibis
import ibis.expr.types as ir

from features.panel.entries import last_day, month_of


def reopened(labels: ir.Table, findings: ir.Table, statistics: ir.Table, news: ir.Table) -> ir.Table:
    """The label versions of the account-months in which a row of the panel can begin or end from the day ``since`` on.

    What several lines tell of a month is told whole again, so that the month of an account is the least that can be
    opened. It is opened by a label or finding that begins or ends from that day on, by its own end, and by statistics
    of the month, beside which the lines are then put.

    Parameters
    ----------
    labels : label versions by the rules for single lines.
    findings : ``features.evidence.findings.stretches`` of them.
    statistics : the canonical table ``platform_month``.
    news : ``enterprise_id`` and ``since``, the first day on which something of the firm's facts is news.
    """
    lines = labels.mutate(month_end=last_day(month_of(labels.booked_at))).join(news, "enterprise_id")
    begins = lines.filter(ibis.greatest(lines.known_from, lines.known_until, lines.month_end) >= lines.since)
    found = findings.select("line_id", edge=ibis.greatest(findings.since, findings.before))
    found = lines.join(found, "line_id").filter(lambda t: t.edge >= t.since)
    told = statistics.select("enterprise_id", "known_at", month_end=last_day(statistics.month))
    told = told.join(news, "enterprise_id").filter(lambda t: t.known_at >= t.since)
    told = lines.semi_join(told, ["enterprise_id", "month_end"])
    changed = ibis.union(*(rows.select("line_id") for rows in (begins, found, told)), distinct=True)
    months = lines.semi_join(changed, "line_id").select("account_id", "month_end").distinct()
    return lines.semi_join(months, ["account_id", "month_end"]).select(*labels.columns)
