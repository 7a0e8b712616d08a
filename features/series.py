"""The months that a question may see: for each subject a list, the latest month first.

A list has an element for each month from the last before the ``as_of`` month back to the first that is known. A month
without an entry is 0; in ``balance`` it keeps the balance of the month before, account by account.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import ibis
import ibis.expr.types as ir

from features.catalogue.subjects import SUBJECTS
from features.engine import Keep, as_one
from features.knowledge import MONTHS, known_months, newest
from features.panel.entries import count, last_day, month_of

# The count by which a month is known: 0 when all that was booked in it has been booked back.
ENTRIES = {"flow": "lines", "public": "count", "bill": "count"}
PARTY, PAYEE, INTEGRITY, BALANCE = "party", "payee", "integrity", "balance"
TABLES = (*ENTRIES, PARTY, PAYEE, INTEGRITY, BALANCE)
SUMMED = "sum_of_"
MONTH = ("row", "account_id", "offset")


def series(
    name: str,
    panel: Mapping[str, ir.Table],
    population: ir.Table,
    keep: Keep = as_one,
    subjects: Collection[str] = SUBJECTS,
    back: int = MONTHS,
) -> ir.Table:
    """``row`` and a list of float64 for each of the ``subjects`` that the panel's table ``name`` tells of.

    Lists reach so many months ``back``; balances are carried on from any month.
    """
    told = [s.name for s in SUBJECTS.values() if s.table == name and s.name in subjects]
    if name == BALANCE:
        months = _balances(keep("balance_months", _latest(panel[name], population, told)), told)
        months = months.filter(months.offset <= back)
    else:
        monthly = MONTHLY.get(name) or partial(_sums, ENTRIES[name])
        seen = known_months(panel[name], population)
        months = _dense(keep(f"{name}_months", monthly(seen.filter(seen.offset <= back), told)), ["row"])
    return keep(f"{name}_series", _lists(months, told, None if name == BALANCE else 0.0))


def _sums(entries: str, seen: ir.Table, told: Sequence[str]) -> ir.Table:
    monthly = seen.group_by("row", "offset").agg(**_values(seen, told), entries=seen[entries].sum())
    return monthly.filter(monthly.entries > 0).drop("entries")


def _parties(seen: ir.Table, told: Sequence[str]) -> ir.Table:
    """Counterparties with whom a month's trade, refunds taken off, is above nothing."""
    traded = seen.group_by("row", "offset", "side", "party").agg(amount=seen.amount.sum())
    traded = traded.filter(traded.amount > 0)
    return traded.group_by("row", "offset").agg(**_values(traded, told))


def _payees(seen: ir.Table, told: Sequence[str]) -> ir.Table:
    """People paid in months whose wages are told one by one; 0 where a line names nobody, or one has half of them.

    Half of the wages go to the account from which a bank pays them on.
    """
    paid = seen.group_by("row", "offset", "party").agg(amount=seen.amount.sum())
    paid = paid.filter(paid.amount > 0)
    month = paid.group_by("row", "offset").agg(
        payees=paid.party.count(), named=paid.party.notnull().all(), most=paid.amount.max(), whole=paid.amount.sum()
    )
    month = month.filter(month.named & (month.most * 2 < month.whole))
    return month.group_by("row", "offset").agg(**_values(month, told))


def _days(seen: ir.Table, told: Sequence[str]) -> ir.Table:
    """Days with lines, of all accounts, by the latest news of each account's month."""
    seen = newest(seen, MONTH, "known_on")
    return seen.group_by("row", "offset").agg(**_values(seen, told))


def _values(seen: ir.Table, told: Sequence[str]) -> dict[str, ir.Value]:
    return {name: _value(name, seen).sum().cast("float64") for name in told}


def _value(name: str, seen: ir.Table) -> ir.Value:
    """A subject of a table of the panel, or of one of ``summed``."""
    return seen[f"{SUMMED}{name}"] if f"{SUMMED}{name}" in seen.columns else SUBJECTS[name].value(seen)


def summed(flow: ir.Table, subjects: Collection[str]) -> ir.Table:
    """The panel's ``flow`` as one row a firm, month and month of knowledge, for questions on first days of months.

    It is many times shorter, and a date that is asked of every firm joins it once a firm and month.
    """
    values = {f"{SUMMED}{name}": SUBJECTS[name].value(flow).sum().cast("decimal(18,2)") for name in subjects}
    told_by = last_day(month_of(flow.known_on))
    return flow.group_by("enterprise_id", "month", known_on=told_by).agg(**values, lines=count(flow.lines))


def _dense(monthly: ir.Table, key: list[str]) -> ir.Table:
    """Each month back to the first that is known, with what is known of it."""
    first = monthly.group_by(key).agg(first=monthly.offset.max())
    every = first.select(*key, offset=ibis.range(1, first.first + 1).unnest().cast("int64"))
    on = [*key, "offset"]
    return every.left_join(monthly, on).drop(*(f"{name}_right" for name in on))


def _latest(balance: ir.Table, population: ir.Table, told: Sequence[str]) -> ir.Table:
    """The latest news of each account's month, where its closing balance is known."""
    seen = newest(known_months(balance, population), MONTH, "known_on")
    seen = seen.filter(seen.closing.notnull())
    values = {name: SUBJECTS[name].value(seen) for name in {"balance_closing": None, **dict.fromkeys(told)}}
    return seen.select("row", "account_id", "offset", **values)


def _balances(monthly: ir.Table, told: Sequence[str]) -> ir.Table:
    """Balances of all accounts of the firm; days overdrawn are unknown where a month is told without them."""
    key = ["row", "account_id"]
    every = _dense(monthly, key)
    until_then = ibis.cumulative_window(group_by=key, order_by=ibis.desc("offset"))
    last = ibis.ifelse(every.balance_closing.notnull(), every.offset, None).min().over(until_then)
    kept = every.select(*key, "offset", last=last).join(monthly.rename(last="offset"), [*key, "last"])
    silent = kept["last"] != kept.offset
    carried = {n: ibis.ifelse(silent, 0 if n == "negative_days" else kept.balance_closing, kept[n]) for n in told}
    kept = kept.mutate(**carried)
    return kept.group_by("row", "offset").agg(**{name: kept[name].sum().cast("float64") for name in told})


def _lists(months: ir.Table, told: Sequence[str], none: float | None) -> ir.Table:
    """One row a question; sorting structs puts the months in order, since ``offset`` is their first field."""
    values = {s: months[s].fill_null(none) if none is not None else months[s] for s in told}
    rows = months.select("row", month=ibis.struct({"offset": months.offset, **values}))
    rows = rows.group_by("row").agg(months=rows.month.collect())
    rows = rows.mutate(months=rows.months.sort())
    return rows.select("row", **{s: rows.months.map(lambda month, s=s: month[s]) for s in told})


Monthly: TypeAlias = Callable[[ir.Table, Sequence[str]], ir.Table]
MONTHLY: Final[Mapping[str, Monthly]] = {PARTY: _parties, PAYEE: _payees, INTEGRITY: _days}
