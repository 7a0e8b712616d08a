"""What other lenders lend: banks to the sound, small-loan firms and lessors to those whom banks refuse."""

import numpy as np

from simulation.book import BORROWING, append
from simulation.calendar import Month, next_working
from simulation.costs import wanted_money
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, cents, rows
from simulation.loans import months_later
from simulation.money import owe
from simulation.parties import BANKS, NON_BANKS
from simulation.randomness import stream
from simulation.world import World

KIND_OUT = (KIND["nonbank_loan_out"], KIND["other_loan_out"])


def borrow_elsewhere(world: World, month: Month) -> None:
    """Draw who borrows from whom this month and put the payments on the calendar."""
    book, p, n = world.book, world.parameters, world.firms.n
    rng = stream(world.seed, "others", month.index)
    short = np.clip(1.6 - world.money / np.maximum(wanted_money(world), 1), 0.3, 2.0)
    room = world.alive & (book.owed() < p.most_borrowed_months * world.usual)
    rate = p.other_loan_rate * short + (month.index == -p.burn_in_months) * p.first_other_loans
    refused = month.first - book.refused < 100
    hungry = p.nonbank_rate * np.maximum(short - 0.8, 0) * (1 + 5 * refused)
    bank = np.flatnonzero(room & (rng.random(n) < rate))
    other = np.flatnonzero(world.alive & (rng.random(n) < hungry))
    _sign(world, month, bank, np.ones(len(bank), dtype=bool), rng)
    _sign(world, month, other, np.zeros(len(other), dtype=bool), rng)


def _sign(world: World, month: Month, who: np.ndarray, bank: np.ndarray, rng: np.random.Generator) -> None:
    n, book = len(who), world.book
    size = np.where(bank, rng.uniform(0.5, 1.6, n), rng.uniform(0.2, 0.8, n))
    term = np.where(bank, rng.choice([12, 24, 36], n), rng.choice([6, 9, 12], n))
    rate = np.where(bank, rng.uniform(0.04, 0.07, n), rng.uniform(0.12, 0.22, n)) / 12
    principal = np.maximum(1e4, np.floor(world.usual[who] * size / 1e4) * 1e4)
    service = principal * rate / (1 - (1 + rate) ** -term)
    lender = np.where(
        bank, world.parties.of(BANKS)[who % len(BANKS)], world.parties.of(NON_BANKS)[who % len(NON_BANKS)]
    )
    signed = rows(
        BORROWING,
        n,
        firm=who,
        lender=lender,
        bank=bank,
        day=next_working(month.any_day(rng, n)),
        term=term,
        principal=cents(principal),
        service=cents(service),
        closed=NOBODY,
    )
    number = len(book.borrowings) + np.arange(n)
    book.borrowings = append(book.borrowings, signed)
    kind = np.where(bank, KIND["other_loan_in"], KIND["nonbank_loan_in"])
    world.purse.receipts.add(owe(signed["day"], who * SLOTS, lender, kind, signed["principal"]))
    plan = np.repeat(np.arange(n), term)
    turn = np.arange(len(plan)) - np.repeat(np.cumsum(term) - term, term) + 1
    due = next_working(_monthly(signed["day"][plan], turn))
    out = np.asarray(KIND_OUT)[bank[plan].astype(int)]
    world.purse.payables.add(owe(due, who[plan] * SLOTS, lender[plan], out, signed["service"][plan], number[plan]))


def _monthly(day: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """The same day of the month, ``turn`` months later, never after the 28th."""
    later = [months_later(int(d), turn[day == d]) for d in np.unique(day)]
    made = np.zeros(len(day), dtype=np.int64)
    for d, values in zip(np.unique(day), later, strict=True):
        made[day == d] = values
    return made


def book_others(world: World, paid: np.ndarray, month: Month) -> np.ndarray:
    """Credit what was paid to other lenders; return the numbers of the debts that live or ended this month."""
    debts = world.book.borrowings
    mine = paid[np.isin(paid["kind"], KIND_OUT)]
    live = np.flatnonzero(debts["closed"] == NOBODY)
    np.add.at(debts["paid"], mine["ref"], mine["amount"])
    done = (debts["closed"] == NOBODY) & (debts["paid"] >= debts["service"] * debts["term"])
    debts["closed"][done] = month.last
    return live


def overdue(world: World) -> np.ndarray:
    """Cents that each debt to other lenders is late with."""
    late = world.purse.unpaid[np.isin(world.purse.unpaid["kind"], KIND_OUT)]
    return np.bincount(late["ref"], weights=late["amount"], minlength=len(world.book.borrowings)).astype(np.int64)
