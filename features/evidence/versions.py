"""Versions of a fact: from when to when the bank held each to be true."""

from functools import reduce
from operator import xor

import ibis
import ibis.expr.types as ir


def versions(table: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Add ``known_from`` and ``known_until`` (null while the version still holds) to versioned facts.

    Few facts have a second version, so only those are put in order.
    """
    table = table.mutate(known_from=table.known_at)
    # Numbers group much faster than texts; two keys with one number only put a few rows in order for nothing.
    number = reduce(xor, (table[name].hash() for name in key))
    several = table.group_by(number=number).agg(rows=table.count()).filter(lambda t: t.rows > 1)
    order = ibis.window(group_by=list(key), order_by="known_from")
    ordered = table.mutate(number=number).semi_join(several, "number").select(*key, "known_from")
    ends = ordered.mutate(known_until=ordered.known_from.lead().over(order)).filter(lambda t: t.known_until.notnull())
    on = [*key, "known_from"]
    return table.left_join(ends, on).drop(*(f"{name}_right" for name in on))
