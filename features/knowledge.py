"""What may be seen of facts and of the panel as of each question's own date."""

import ibis
import ibis.expr.types as ir

MONTHS = 36


def known_months(panel: ir.Table, population: ir.Table) -> ir.Table:
    """Entries of a panel table that each question may see, with ``offset`` = whole months before its month."""
    seen = population.select("row", "enterprise_id", "as_of").join(panel, "enterprise_id")
    seen = seen.mutate(offset=months_between(seen.month, seen.as_of))
    return seen.filter((seen.known_on < seen.as_of) & (seen.offset >= 1) & (seen.offset <= MONTHS))


def known_facts(table: ir.Table, key: tuple[str, ...], population: ir.Table) -> ir.Table:
    """The version of each fact that each question may see: the latest with ``known_at`` before its date."""
    seen = population.select("row", "enterprise_id", "as_of").join(table, "enterprise_id")
    seen = seen.filter(seen.known_at < seen.as_of)
    latest = ibis.window(group_by=["row", *(k for k in key)], order_by=ibis.desc("known_at"))
    return seen.mutate(place=ibis.row_number().over(latest)).filter(lambda t: t.place == 0).drop("place")


def months_between(earlier: ir.DateValue, later: ir.DateValue) -> ir.IntegerValue:
    """Calendar months from the month of ``earlier`` to the month of ``later``."""
    years: ir.IntegerValue = later.year() - earlier.year()
    return years * 12 + (later.month() - earlier.month())
