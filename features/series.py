"""The months that a question may see: for each subject a list, the latest month first.

A list has an element for each month from the last before the ``as_of`` month back to the first that is known. A month
without an entry is 0; in ``balance`` it keeps the balance of the month before, account by account.
"""

from collections.abc import Mapping
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalogue.subjects import SUBJECTS
from features.engine import Keep, as_one
from features.knowledge import known_months

# The count by which a month is known: 0 when all that was booked in it has been booked back.
ENTRIES = {"flow": "lines", "public": "count", "bill": "count"}
PARTY, INTEGRITY, BALANCE = "party", "integrity", "balance"
TABLES = (*ENTRIES, PARTY, INTEGRITY, BALANCE)


def series(name: str, panel: Mapping[str, ir.Table], population: ir.Table, keep: Keep = as_one) -> ir.Table:
    """``row`` and a list of float64 for each subject of the panel's table ``name``."""
    if name == BALANCE:
        months = _balances(keep("balance_months", _latest(panel[name], population)))
    else:
        sums = {PARTY: _parties, INTEGRITY: _days}.get(name, partial(_sums, name))
        months = _dense(keep(f"{name}_months", sums(panel[name], population)), ["row"])
    return keep(f"{name}_series", _lists(name, months))


def _subjects(table: str) -> list[str]:
    return [s.name for s in SUBJECTS.values() if s.table == table]


def _sums(name: str, table: ir.Table, population: ir.Table) -> ir.Table:
    seen = known_months(table, population)
    monthly = seen.group_by("row", "offset").agg(**_values(name, seen), entries=seen[ENTRIES[name]].sum())
    return monthly.filter(monthly.entries > 0).drop("entries")


def _parties(table: ir.Table, population: ir.Table) -> ir.Table:
    """Counterparties with whom a month's trade, refunds taken off, is above nothing."""
    seen = known_months(table, population)
    traded = seen.group_by("row", "offset", "side", "party").agg(amount=seen.amount.sum())
    traded = traded.filter(traded.amount > 0)
    return traded.group_by("row", "offset").agg(**_values(PARTY, traded))


def _days(table: ir.Table, population: ir.Table) -> ir.Table:
    """Days with lines, of all accounts, by the latest news of each account's month."""
    seen = _newest(table, population)
    return seen.group_by("row", "offset").agg(**_values(INTEGRITY, seen))


def _values(name: str, seen: ir.Table) -> dict[str, ir.Value]:
    return {subject: SUBJECTS[subject].value(seen).sum().cast("float64") for subject in _subjects(name)}


def _newest(table: ir.Table, population: ir.Table) -> ir.Table:
    seen = known_months(table, population)
    latest = ibis.window(group_by=["row", "account_id", "offset"], order_by=ibis.desc("known_on"))
    return seen.mutate(place=ibis.row_number().over(latest)).filter(lambda t: t.place == 0)


def _dense(monthly: ir.Table, key: list[str]) -> ir.Table:
    """Each month back to the first that is known, with what is known of it."""
    first = monthly.group_by(key).agg(first=monthly.offset.max())
    every = first.select(*key, offset=ibis.range(1, first.first + 1).unnest().cast("int64"))
    on = [*key, "offset"]
    return every.left_join(monthly, on).drop(*(f"{name}_right" for name in on))


def _latest(balance: ir.Table, population: ir.Table) -> ir.Table:
    """The latest news of each account's month, where its closing balance is known."""
    seen = _newest(balance, population)
    seen = seen.filter(seen.closing.notnull())
    values = {name: SUBJECTS[name].value(seen) for name in _subjects(BALANCE)}
    return seen.select("row", "account_id", "offset", **values)


def _balances(monthly: ir.Table) -> ir.Table:
    """Balances of all accounts of the firm; days overdrawn are unknown where a month is told without them."""
    key = ["row", "account_id"]
    every = _dense(monthly, key)
    until_then = ibis.cumulative_window(group_by=key, order_by=ibis.desc("offset"))
    told = ibis.ifelse(every.balance_closing.notnull(), every.offset, None).min().over(until_then)
    kept = every.select(*key, "offset", told=told).join(monthly.rename(told="offset"), [*key, "told"])
    silent = kept.told != kept.offset
    balances = {name: kept[name] for name in _subjects(BALANCE) if name != "negative_days"}
    carried = {name: ibis.ifelse(silent, kept.balance_closing, value) for name, value in balances.items()}
    kept = kept.mutate(negative_days=ibis.ifelse(silent, 0, kept.negative_days), **carried)
    sums = {name: kept[name].sum().cast("float64") for name in _subjects(BALANCE)}
    return kept.group_by("row", "offset").agg(**sums)


def _lists(name: str, months: ir.Table) -> ir.Table:
    """One row a question; sorting structs puts the months in order, since ``offset`` is their first field."""
    none = 0.0 if name != BALANCE else None
    values = {s: months[s].fill_null(none) if none is not None else months[s] for s in _subjects(name)}
    rows = months.select("row", month=ibis.struct({"offset": months.offset, **values}))
    rows = rows.group_by("row").agg(months=rows.month.collect())
    rows = rows.mutate(months=rows.months.sort())
    return rows.select("row", **{s: rows.months.map(lambda month, s=s: month[s]) for s in _subjects(name)})
