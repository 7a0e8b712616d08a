"""Transfers between the firm's own accounts, by month and sum, so that both ends of each can be looked for."""

import ibis
import ibis.expr.types as ir

from features.panel.entries import count, entries, lasting

KEYS = ("enterprise_id", "month", "account_id", "direction", "amount", "counterpart")


def own(flow: ir.Table, written: ir.Table, reported: ir.Table) -> ir.Table:
    """Panel table of own transfers; ``lines`` add up over ``known_on``.

    ``flow`` are label versions with ``month``, ``written`` the ``counterparts`` of lines, ``reported`` the statistics
    that count as flows. ``amount`` (yuan) is that of one line and ``counterpart`` the other account as written, null
    when it is not or masked; or, where ``account_id`` is null, the total that the statistics of the institution
    ``counterpart`` tell.
    """
    ours = flow.filter(flow.nature == "own_transfer")
    ours = ours.select(*KEYS[:-1], "line_id", "known_from", "known_until")
    ours = _with_counterpart(ours, written)
    told = reported.filter(reported.category == "own_account")
    told = told.mutate(account_id=ibis.null("string"), counterpart=told.institution)
    shape = (*KEYS, "known_from", "known_until", "lines")
    one = ibis.literal(1, "int64")
    every = ours.mutate(lines=one).select(*shape).union(told.mutate(lines=one).select(*shape))
    booked = entries(lasting(every), ("lines",))
    return booked.group_by(*KEYS, "known_on").agg(lines=count(booked.lines))


def counterparts(line: ir.Table) -> ir.Table:
    """The other account of line versions that name it whole: ``written_id, written_at, counterpart``."""
    written = line.filter(line.counterparty_account.notnull() & ~line.counterparty_account.contains("*"))
    return written.select(written_id="line_id", written_at="known_at", counterpart="counterparty_account")


def _with_counterpart(ours: ir.Table, written: ir.Table) -> ir.Table:
    """Add the other account of each label version, by the version of the line that held then."""
    met = ours.left_join(written, [ours.line_id == written.written_id, written.written_at <= ours.known_from])
    return met.group_by(ours.columns).agg(counterpart=met.counterpart.argmax(met.written_at))
