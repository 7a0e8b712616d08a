"""The whole economy: from a seed to a stream of tables.

Everything moves a month at a time and, where money is concerned, a day at a time, all firms together. No table is
kept once it is handed over, so memory does not grow with the number of lines.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from simulation import beside, contracts, credit, life, notices, others, registry, repay, truth
from simulation.calendar import END, Month, months_until, number_of
from simulation.costs import run_costs
from simulation.firms import SHOWN, SLOTS
from simulation.lines import Wording, line_table, make_wording
from simulation.money import live_day
from simulation.parameters import VARIANTS
from simulation.public import Notices, book_sales, charge
from simulation.trade import trade
from simulation.world import World, make_world

Tables = Iterator[tuple[str, pa.Table]]


def simulate(enterprises: int, months: int, seed: int, *, variant: str = "base", end: date = END) -> Tables:
    """Yield the tables of a world, a batch at a time; names that start with ``truth/`` are not for the product.

    Parameters
    ----------
    enterprises, months, seed
        Size of the world and the number it all follows from: the same three give the same bytes.
    variant
        ``calm``, ``base`` or ``stressed``.
    end
        Last day of the world; nothing known later is told.
    """
    parameters = VARIANTS[variant]
    calendar = months_until(end, months, parameters.burn_in_months)
    shown = next(month for month in calendar if month.index == 0)
    world = make_world(enterprises, seed, parameters, shown.first)
    wording, kept = make_wording(world.firms, world.parties), Notices()
    last = calendar[-1].last
    yield from _start(world, wording, shown, last)
    sequence = np.zeros(enterprises * SLOTS, dtype=np.int64)
    for month in calendar:
        yield from _month(world, wording, kept, sequence, month, last)
    yield "truth/firm", truth.firms_truth(world)
    yield "truth/loan", truth.loans_truth(world)


def _start(world: World, wording: Wording, shown: Month, last: int) -> Tables:
    yield "enterprise", registry.enterprises(world, shown.first, last)
    yield "related_party", registry.related_parties(world, shown.first, last)
    yield "account", registry.accounts(world, wording, shown.first, last)
    yield "consent", registry.consents(world, shown.first, last)


def _month(world: World, wording: Wording, kept: Notices, sequence: np.ndarray, month: Month, last: int) -> Tables:
    """Live one month and tell what can be known of it; the months of burn-in are lived in silence."""
    opening = world.purse.ledger.balance.copy()
    invoices = trade(world, month)
    run_costs(world, month)
    book_sales(world, kept, invoices, month)
    charges = charge(world, kept, month)
    others.borrow_elsewhere(world, month)
    asked, lent, parts = credit.lend(world, month)
    _live(world, month)
    life.end_of_month(world, month)
    entries = world.purse.ledger.close_month(opening)
    paid = np.concatenate([world.purse.unpaid[:0], *world.purse.paid])
    versions = repay.book_payments(world, paid)
    changed = repay.follow_up(world, month, versions)
    debts = others.book_others(world, paid, month)
    recovered = repay.recoveries(world, month, paid)
    if month.index >= 0:
        number = _number(entries["account"], sequence)
        yield from _lines(world, wording, entries, number, month, last)
        yield from notices.issued(world, charges, last)
        yield from notices.settled(world, kept, paid, last)
        yield "invoice", contracts.invoice_table(world, invoices, month, last)
        yield "account_month", contracts.account_month_table(world, wording, opening, month, last)
        yield from _credit(world, asked, lent, parts, versions, changed, month, last)
        yield from _beside(world, debts, recovered, lent, month, last)
        if month.number == 4:
            yield "tax_grade", registry.tax_grades(world, month.year - 1, month.last, last)


def _live(world: World, month: Month) -> None:
    world.purse.open_month(month.first, month.last)
    means = life.means(world, month)
    for day in range(month.first, month.last + 1):
        live_day(world.purse, means, day)
        world.purse.note_balances()


def _number(account: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Number entries within their account, going on from the months before; ``account`` is sorted."""
    first = np.flatnonzero(np.diff(account, prepend=-1))
    size = np.diff(np.r_[first, len(account)])
    inside = np.arange(len(account)) - np.repeat(first, size)
    number = sequence[account] + inside
    sequence[account[first]] += size
    return np.asarray(number)


def _lines(world: World, wording: Wording, entries: np.ndarray, number: np.ndarray, month: Month, last: int) -> Tables:
    firms = world.firms
    shown = firms.visibility.ravel()[entries["account"]] == SHOWN
    yield "line", line_table(firms, wording, entries[shown], number[shown], month, world.seed, world.parameters, last)
    yield "truth/line", truth.lines_truth(world, wording, entries, number)
    yield "truth/income", truth.income_truth(world, entries, month)


def _credit(
    world: World,
    asked: slice,
    lent: slice,
    parts: slice,
    versions: repay.Versions,
    changed: np.ndarray,
    month: Month,
    last: int,
) -> Tables:
    """Applications, loans and instalments that are new, and new versions of those that changed."""
    yield "application", contracts.application_table(world, asked, last)
    yield "credit_query", contracts.query_table(world, asked, last)
    numbers = np.arange(lent.start, lent.stop)
    yield "loan", contracts.loan_table(world, numbers, world.book.loans["day"][numbers].astype(np.int64), last)
    yield "loan", contracts.loan_table(world, changed, np.full(len(changed), month.last), last)
    fresh = world.book.instalments[parts].copy()
    fresh["paid"], fresh["paid_on"] = 0, -1
    yield "instalment", contracts.instalment_table(world, fresh, world.book.loans["day"][fresh["loan"]], last)
    yield "instalment", contracts.instalment_table(world, versions[0], versions[1], last)


def _beside(world: World, debts: np.ndarray, recovered: np.ndarray, lent: slice, month: Month, last: int) -> Tables:
    """What other lenders report, guarantees, and money recovered."""
    yield "credit_line", beside.credit_line_table(world, debts, month, last)
    yield "guarantee", beside.guarantee_table(world, np.arange(lent.start, lent.stop), last)
    yield "guarantee", beside.guarantee_table(world, beside.called_in(world, month), last)
    yield "recovery", beside.recovery_table(world, recovered, month, last)


__all__ = ["number_of", "simulate"]
