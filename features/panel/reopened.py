"""Which label versions can still change the panel from a day on."""

import ibis
import ibis.expr.types as ir

from features.panel.entries import last_day, month_of

MONTH = ("account_id", "month")


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
    lines = labels.mutate(month=month_of(labels.booked_at))
    # Firms are looked up for the few rows that the earliest day of any leaves.
    day = news.since.min().as_scalar()
    edge = ibis.greatest(lines.known_from, lines.known_until)
    begins = lines.filter((edge >= day) | (lines.booked_at >= month_of(day))).join(news, "enterprise_id")
    begins = begins.filter(ibis.greatest(begins.known_from, begins.known_until, last_day(begins.month)) >= begins.since)
    edges = findings.select("line_id", edge=ibis.greatest(findings.since, findings.before))
    found = lines.join(edges.filter(edges.edge >= day), "line_id").join(news, "enterprise_id")
    found = found.filter(found.edge >= found.since)
    told = statistics.select("enterprise_id", "known_at", "month").join(news, "enterprise_id")
    told = lines.semi_join(told.filter(told.known_at >= told.since), ["enterprise_id", "month"])
    months = ibis.union(*(rows.select(*MONTH) for rows in (begins, found, told)), distinct=True)
    return lines.semi_join(months, MONTH).select(*labels.columns)
