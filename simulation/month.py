"""One month of the world: everything that happens, in the order in which it happens."""

from dataclasses import dataclass

import numpy as np

from simulation import courts, credit, customers, life, others, plans, repay
from simulation.bills import circulate
from simulation.calendar import Month
from simulation.costs import run_costs
from simulation.deceit import deceive
from simulation.events import bank_errors, redeem, side_events
from simulation.ledger import DUE, stacked
from simulation.money import live_day
from simulation.public import Notice, Notices, book_sales, charge
from simulation.trade import Invoices, joined, sham_invoices, trade
from simulation.world import World


@dataclass
class Happened:
    """What a month left behind: ledger entries, and the numbers of the records it made or changed."""

    opening: np.ndarray
    entries: np.ndarray
    paid: np.ndarray
    invoices: Invoices
    shams: Invoices
    charges: list[Notice]
    asked: slice
    lent: slice
    parts: slice
    versions: repay.Versions
    changed: np.ndarray
    debts: np.ndarray
    recovered: np.ndarray
    cases: np.ndarray
    schemes: np.ndarray
    bills: np.ndarray
    lost: np.ndarray


def live(world: World, notices: Notices, month: Month) -> Happened:
    """Live one month."""
    opening = world.purse.ledger.balance.copy()
    life.births(world, month)
    main = customers.main_customers(world)
    invoices = trade(world, month)
    run_costs(world, month)
    charges = charge(world, notices, month)
    side_events(world, month)
    schemes = deceive(world, month)
    shams = sham_invoices(world, month)
    invoices = joined([invoices, shams])
    book_sales(world, notices, invoices, month)
    bills = circulate(world, month)
    others.borrow_elsewhere(world, month)
    asked, lent, parts = credit.lend(world, month)
    _days(world, month)
    life.end_of_month(world, month)
    paid = stacked(DUE, world.purse.paid)
    versions = repay.book_payments(world, paid)
    redeem(world, paid, month)
    changed, versions = repay.follow_up(world, month, versions)
    return Happened(
        opening=opening,
        entries=world.purse.ledger.close_month(opening),
        paid=paid,
        invoices=invoices,
        shams=shams,
        charges=charges,
        asked=asked,
        lent=lent,
        parts=parts,
        versions=versions,
        changed=changed,
        debts=others.book_others(world, paid, month),
        recovered=repay.recoveries(world, month, paid),
        cases=courts.go_to_court(world, month),
        schemes=schemes,
        bills=bills,
        lost=customers.losses(world, main, month),
    )


def _days(world: World, month: Month) -> None:
    world.purse.open_month(month.first, month.last)
    means = life.means(world, month)
    for day in range(month.first, month.last + 1):
        live_day(world.purse, means, day)
        bank_errors(world, month, day)
        plans.repay_early(world, month, day)
        world.purse.note_balances()
