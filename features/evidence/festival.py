"""The Spring Festival: on which day it falls, and how soon after it a firm pays its suppliers again."""

from datetime import date

import ibis
import ibis.expr.types as ir

from features.knowledge import known_months, months_between

# The first day of the first lunar month, 2000 to 2040, by the calendar of GB/T 33661-2017.
FIRST = 2000
FESTIVALS = tuple(
    date(FIRST + number, *map(int, day.split("-")))
    for number, day in enumerate(
        """
        2-05 1-24 2-12 2-01 1-22 2-09 1-29 2-18 2-07 1-26 2-14 2-03 1-23 2-10 1-31 2-19 2-08 1-28 2-16 2-05
        1-25 2-12 2-01 1-22 2-10 1-29 2-17 2-06 1-26 2-13 2-03 1-23 2-11 1-31 2-19 2-08 1-28 2-15 2-04 1-24 2-12
        """.split()  # noqa: SIM905
    )
)
WITHIN = 28  # days that are looked at from the festival on: they end in its month or the next, whenever it falls
LATEST_MONTH = 3


def festival(year: ir.IntegerValue) -> ir.DateValue:
    """The day of the festival in a year; null in years for which it is not known here."""
    return ibis.cases(*((year == day.year, ibis.literal(day)) for day in FESTIVALS), else_=None)


def last_festival(as_of: ir.DateValue) -> ir.DateValue:
    """The latest festival whose month and the next are over before the month of a date."""
    this = festival(as_of.year())
    return ibis.ifelse(months_between(this, as_of) >= 2, this, festival(as_of.year() - 1))


def restart(panel: ir.Table, population: ir.Table) -> ir.Table:
    """Days from the last festival to the first on which a supplier is paid: ``row`` and ``base_restart_days``.

    That a firm pays is its own doing, where receipts come from who settles what was sold before. A firm that paid none
    within ``WITHIN`` days has no row. ``panel`` is the table of that name.
    """
    seen = known_months(panel, population)
    seen = seen.filter(seen.month.year() == last_festival(seen.as_of).year())
    days = seen.group_by("row", "day").agg(lines=seen.lines.sum())
    days = days.filter(days.lines > 0)
    return days.group_by("row").agg(base_restart_days=days.day.min().cast("float64"))
