"""Lines of one firm that are near in time and alike in sum, one of each direction."""

import math

import ibis
import ibis.expr.types as ir

from features.evidence.settings import PER_MILLE

NEVER = 1e-30  # less than any sum is of any other
SLACK = 1e-6  # of a logarithm, for what rounding may take


def alike(incoming: ir.Table, outgoing: ir.Table, days: int, kept: float, *same: str) -> ir.Table:
    """Each incoming line with the outgoing ones within ``days`` whose sums differ by at most its share ``kept``.

    Both have ``enterprise_id``, ``day`` and ``cents`` (``sized``); of a pair the outgoing line's columns begin with
    ``out_``. ``same`` are columns in which both must agree besides the firm.

    They are joined by stretches of days and bands of sums, both as wide as lines may differ either way, so that each
    incoming line stands in two of each: on less, the lines of a large firm would meet by the square of their number.
    """
    width, most = 2 * days + 1, round(kept * PER_MILLE)
    less, more = math.log(max(1 - most / PER_MILLE, NEVER)), math.log1p(most / PER_MILLE)
    band = more - less + 2 * SLACK
    outgoing = outgoing.rename({f"out_{name}": name for name in outgoing.columns})
    outgoing = outgoing.mutate(
        stretch=(outgoing.out_day // width).cast("int64"),
        band=(_logarithm(outgoing.out_cents) / band).floor().cast("int64"),
    )
    pairs = incoming.mutate(
        stretch=((incoming.day - days) // width).cast("int64"),
        band=((_logarithm(incoming.cents) + less - SLACK) / band).floor().cast("int64"),
    )
    for name in ("stretch", "band"):
        pairs = pairs.mutate(step=ibis.array([0, 1]).unnest())
        pairs = pairs.mutate(**{name: (pairs[name] + pairs.step).cast("int64")}).drop("step")
    on = (pairs[name] == outgoing[f"out_{name}"] for name in ("enterprise_id", *same))
    pairs = pairs.join(outgoing, ["stretch", "band", *on])
    off = (pairs.out_cents - pairs.cents).abs() * PER_MILLE
    return pairs.filter(((pairs.out_day - pairs.day).abs() <= days) & (off <= pairs.cents * most))


def sized(lines: ir.Table) -> ir.Table:
    """Add what lines are compared by: ``day``, the number of the day they were booked on, and ``cents``."""
    day = lines.booked_at.delta(ibis.date("1970-01-01"), unit="day").cast("int64")
    return lines.mutate(day=day, cents=(lines.amount * 100).cast("int64"))


def _logarithm(cents: ir.NumericValue) -> ir.FloatingValue:
    """That of a sum; a sum of nothing has none, and counts as a cent."""
    logarithm: ir.FloatingValue = ibis.greatest(cents, 1).cast("float64").ln()
    return logarithm
