"""How what held for a time becomes rows that add up: once forward when it is known, once back when it ends."""

import ibis
import ibis.expr.types as ir


def month_of(day: ir.DateValue) -> ir.DateValue:
    """The first day of a day's month; DuckDB truncates a date to a timestamp, which only a cast of one undoes."""
    return day.cast("timestamp").truncate("M").cast("date")


def last_day(month: ir.DateValue) -> ir.DateValue:
    """The last day of a month that is given by its first; DuckDB reckons a timestamp, as in ``month_of``."""
    return (month + ibis.interval(months=1) - ibis.interval(days=1)).cast("timestamp").cast("date")


def entries(rows: ir.Table, amounts: tuple[str, ...]) -> ir.Table:
    """Each version once forward when it becomes known and once back when it ends.

    ``rows`` have ``month``, ``known_from`` and ``known_until``; these two become ``known_on``.
    """
    end = last_day(rows.month)
    forward = rows.mutate(known_on=ibis.greatest(rows.known_from, end))
    ended = rows.filter(rows.known_until.notnull())
    back = ended.mutate(
        known_on=ibis.greatest(ended.known_until, last_day(ended.month)),
        **{name: -ended[name] for name in amounts},
    )
    columns = [c for c in rows.columns if c not in ("known_from", "known_until", *amounts)]
    shape = [*columns, "known_on"]
    return forward.select(*shape, *amounts).union(
        back.select(*shape, *(back[a].cast(forward[a].type()).name(a) for a in amounts))
    )


def lasting(rows: ir.Table) -> ir.Table:
    """Versions that some date sees: those that end after they are known and after their month."""
    from_on = ibis.greatest(rows.known_from, last_day(rows.month))
    return rows.filter(rows.known_until.isnull() | (rows.known_until > from_on))


def money(value: ir.NumericColumn) -> ir.Value:
    """The exact sum of an amount."""
    return value.sum().cast("decimal(18,2)")


def count(value: ir.NumericColumn) -> ir.Value:
    """The exact sum of whole numbers; without the step between, Ibis leaves DuckDB's wider type, a float in Parquet."""
    return value.sum().cast("decimal(38,0)").cast("int64")
