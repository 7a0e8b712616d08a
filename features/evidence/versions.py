"""Versions of a fact: from when to when the bank held each to be true."""

from functools import reduce
from operator import xor

import ibis
import ibis.expr.types as ir


def versions(table: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Add ``known_from`` and ``known_until`` (null while the version still holds) to versioned facts.

    Few facts have a second version, so only those are put in order.
    """
    # Numbers group much faster than texts; two keys with one number only put a few rows in order for nothing.
    hashed = reduce(xor, (table[name].hash() for name in key))
    several = table.group_by(hashed=hashed).agg(rows=table.count()).filter(lambda t: t.rows > 1)
    ordered = table.select(*key, hashed=hashed, known_from="known_at").semi_join(several, "hashed")
    order = ibis.window(group_by=list(key), order_by="known_from")
    ends = ordered.mutate(known_until=ordered.known_from.lead().over(order)).filter(lambda t: t.known_until.notnull())
    ends = ends.drop("hashed")
    on = [*key, "known_from"]
    return table.mutate(known_from=table.known_at).left_join(ends, on).drop(*(f"{name}_right" for name in on))
