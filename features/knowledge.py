"""What may be seen of facts and of the panel as of each question's own date."""

from collections.abc import Collection, Iterable, Mapping

import ibis
import ibis.expr.types as ir

from features.contract import TABLES

MONTHS = 36


def known_months(panel: ir.Table, population: ir.Table) -> ir.Table:
    """Entries of a panel table that each question may see, with ``offset`` = whole months before its month."""
    seen = population.select("row", "enterprise_id", "as_of").join(panel, "enterprise_id")
    seen = seen.mutate(offset=months_between(seen.month, seen.as_of))
    return seen.filter((seen.known_on < seen.as_of) & (seen.offset >= 1) & (seen.offset <= MONTHS))


def known_facts(table: ir.Table, key: tuple[str, ...], population: ir.Table) -> ir.Table:
    """The version of each fact that each question may see: the latest with ``known_at`` before its date.

    Until when a version is the latest is found once for a firm, not once for each of its questions.
    """
    asked = population.select("row", "enterprise_id", "as_of")
    of_firms = table.semi_join(asked, "enterprise_id")
    versions = ibis.window(group_by=["enterprise_id", *(k for k in key)], order_by="known_at")
    seen = asked.join(of_firms.mutate(known_until=of_firms.known_at.lead().over(versions)), "enterprise_id")
    latest = seen.known_until.isnull() | (seen.known_until >= seen.as_of)
    return seen.filter((seen.known_at < seen.as_of) & latest).drop("known_until")


def known_of(name: str, facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """The facts of a table as each question may see them: ``known_facts`` by the key of the table."""
    return known_facts(facts[name], TABLES[name].key, population)


def newest(rows: ir.Table, key: Iterable[str], *by: str) -> ir.Table:
    """Of the rows of each key the last by some columns, by default by ``known_at``."""
    order = ibis.window(group_by=[*key], order_by=[ibis.desc(name) for name in by or ("known_at",)])
    return rows.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0).drop("place")


def known_firms(enterprise: ir.Table, dates: ir.Table, columns: Collection[str]) -> ir.Table:
    """Every firm known before each date (``as_of``), as questions, with the latest known values of some columns."""
    seen = enterprise.join(dates, enterprise.known_at < dates.as_of)
    seen = newest(seen, ("as_of", "enterprise_id"))
    row = ibis.row_number().over(ibis.window(order_by=["as_of", "enterprise_id"]))
    return seen.select("enterprise_id", "as_of", *columns, row=row)


def months_between(earlier: ir.DateValue, later: ir.DateValue) -> ir.IntegerValue:
    """Calendar months from the month of ``earlier`` to the month of ``later``."""
    years: ir.IntegerValue = later.year() - earlier.year()
    return years * 12 + (later.month() - earlier.month())


def of_stretch(facts: Mapping[str, ir.Table], names: Collection[str], firms: Collection[str]) -> dict[str, ir.Table]:
    """Tables by name with the firms from the first to the last of some alone, in the order of their numbers.

    Rows of a firm stand side by side in a store's files, so that of these little else is read.
    """
    first, last = min(firms, default=""), max(firms, default="")
    return {name: facts[name].filter(facts[name].enterprise_id.between(first, last)) for name in names}
