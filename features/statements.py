"""What the financial statements known on the date say of the working-capital cycle.

Days turn a balance, averaged over the last two period ends, into time: receivables and advances over revenue, the
rest over the cost of sales (annex of the Measures for working-capital loans, 360 days a year).
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.knowledge import known_of

YEAR_DAYS = 360
BASES = {
    "inventory": "cost",
    "receivables": "revenue",
    "payables": "cost",
    "prepayments": "cost",
    "advances": "revenue",
}
OLDEST_DAYS = 730  # a statement whose period ended earlier says nothing of today's cycle


def statements(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with a statement: ``base_<item>_days`` and ``base_statement_margin``, null over nothing."""
    known = known_of("financial_statement", facts, population)
    known = known.filter(known.as_of.delta(known.period_end, unit="day") <= OLDEST_DAYS)
    recent = ibis.window(group_by="row", order_by=ibis.desc("period_end"))
    known = known.mutate(place=ibis.row_number().over(recent)).filter(lambda t: t.place < 2)
    last = known.place == 0
    year = {name: _only(last, known[name].cast("float64") * 12.0 / known.months) for name in ("revenue", "cost")}
    held = {name: known[name].cast("float64").mean() for name in BASES}
    profit = _only(last, known.net_profit.cast("float64") * 12.0 / known.months)
    rows = known.group_by("row").agg(**year, **held, profit=profit)
    days = {f"base_{name}_days": _days(rows[name], rows[base]) for name, base in BASES.items()}
    return rows.select("row", **days, base_statement_margin=rows.profit / _positive(rows.revenue))


def _only(last: ir.BooleanValue, value: ir.NumericValue) -> ir.NumericValue:
    return ibis.ifelse(last, value, None).max()


def _days(held: ir.NumericValue, base: ir.NumericValue) -> ir.NumericValue:
    return held / _positive(base) * float(YEAR_DAYS)


def _positive(value: ir.NumericValue) -> ir.NumericValue:
    return ibis.ifelse(value > 0, value, None)
