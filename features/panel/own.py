"""Transfers between the firm's own accounts, by month and sum, so that both ends of each can be looked for."""

import ibis
import ibis.expr.types as ir

from features.evidence.flows import Facts
from features.panel.entries import entries, lasting

KEYS = ("enterprise_id", "month", "source", "direction", "amount", "counterpart")


def own(flow: ir.Table, facts: Facts, reported: ir.Table) -> ir.Table:
    """Panel table of own transfers; ``lines`` add up over ``known_on``.

    ``flow`` are label versions with ``month``, ``reported`` the statistics that count as flows. ``source`` is
    ``lines``, where ``amount`` (yuan) is that of one line and ``counterpart`` the account as written (null when it is
    not, or masked), or ``statistics``, where ``amount`` is the total of an institution and ``counterpart`` its name.
    """
    ours = flow.filter(flow.nature == "own_transfer")
    ours = ours.select("enterprise_id", "month", "direction", "amount", "line_id", "known_from", "known_until")
    number = _numbers(ours, facts)
    ours = ours.left_join(number, ["line_id", "known_from"]).drop("line_id_right", "known_from_right")
    told = reported.filter(reported.category == "own_account").mutate(counterpart="institution")
    shape = (*KEYS, "known_from", "known_until", "lines")
    every = ours.mutate(source=ibis.literal("lines"), lines=ibis.literal(1, "int64")).select(*shape)
    one = told.mutate(source=ibis.literal("statistics"), lines=ibis.literal(1, "int64")).select(*shape)
    booked = entries(lasting(every.union(one)), ("lines",))
    return booked.group_by(*KEYS, "known_on").agg(lines=booked.lines.sum().cast("int64"))


def _numbers(ours: ir.Table, facts: Facts) -> ir.Table:
    """The other account of each label version, by the version of the line that held then."""
    line = facts["line"]
    written = line.filter(line.counterparty_account.notnull() & ~line.counterparty_account.contains("*"))
    written = written.select("line_id", "known_at", "counterparty_account")
    met = ours.select("line_id", "known_from").join(written, "line_id")
    met = met.filter(met.known_at <= met.known_from)
    return met.group_by("line_id", "known_from").agg(counterpart=met.counterparty_account.argmax(met.known_at))
