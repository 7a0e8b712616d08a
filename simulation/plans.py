"""Repayment plans that change: loans repaid before their time, and new plans for those rescheduled in distress."""

import numpy as np

from simulation.book import BULLET
from simulation.calendar import Month, next_working
from simulation.costs import wanted_money
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import DUE, NOBODY, rows
from simulation.money import OURS, owe
from simulation.parties import OWN_BANK
from simulation.randomness import stream
from simulation.world import World

SOON_DAYS, EARLY_DAY = 60, 15


def repay_early(world: World, month: Month, day: int) -> None:
    """In the middle of the month firms with money to spare repay what falls due after this month, free of interest.

    Money to spare is what is left above the buffer that the owner wants once the principal is repaid. A loan with one
    payment at its end owes the interest for the days that it ran.
    """
    if day != next_working(month.day(np.array([EARLY_DAY])))[0]:
        return
    book, ledger, part = world.book, world.purse.ledger, world.book.instalments
    rest = np.flatnonzero(_leaving(world, month)[part["loan"]] & (part["due"] > month.last))
    loan = book.loans[part["loan"][rest]]
    ran = (day - loan["day"]) / np.maximum(part["due"][rest] - loan["day"], 1)
    interest = np.where(loan["repayment"] == BULLET, np.rint(part["interest"][rest] * ran), 0)
    part["interest"][rest] = interest.astype(np.int64)
    world.purse.payables.withdraw(OURS, rest)
    bank, account = world.parties.special[OWN_BANK], part["firm"][rest].astype(np.int64) * SLOTS
    for field, name in (("interest", "loan_interest"), ("principal", "loan_principal")):
        kind = KIND[name]
        world.purse.paid.append(
            rows(DUE, len(rest), day=day, account=account, kind=kind, amount=part[field][rest], ref=rest)
        )
        first = np.flatnonzero(np.diff(part["loan"][rest], prepend=-1) != 0)
        total = np.add.reduceat(part[field][rest], first) if len(first) else part[field][rest]
        some = total > 0
        ledger.post(day, account[first][some], kind, total[some], bank, rest[first][some])


def _leaving(world: World, month: Month) -> np.ndarray:
    """Tell which loans are repaid early this month."""
    book, loans = world.book, world.book.loans
    rng = stream(world.seed, "early", month.index)
    sound = (loans["closed"] == NOBODY) & (loans["default"] == NOBODY) & (book.days_past_due(month.first) == 0)
    sound &= (loans["day"] < month.first) & (loans["matures"] > month.last + SOON_DAYS) & world.alive[loans["firm"]]
    # Twice the principal: some firms have two loans, and interest comes on top.
    spare = np.minimum(world.money - wanted_money(world), world.purse.ledger.balance[::SLOTS] / 100)[loans["firm"]]
    able = sound & (spare > 2 * book.unpaid_principal() / 100)
    return np.asarray(able & (rng.random(len(loans)) < world.parameters.early_repayment_rate))


def new_plan(world: World, loans: np.ndarray) -> np.ndarray:
    """Put off every unpaid instalment of the loans by the time of grace; return the numbers of those instalments.

    Interest for the time of grace, on the principal that is left, is due with the last of them.
    """
    book, grace = world.book, world.parameters.grace_days
    part = book.instalments
    numbers = np.flatnonzero(np.isin(part["loan"], loans) & (part["paid_on"] == NOBODY))
    last = numbers[np.diff(part["loan"][numbers], append=-1) != 0]
    more = np.rint(book.unpaid_principal() * book.loans["rate"] * grace / 360).astype(np.int64)[part["loan"][last]]
    part["interest"][last] += more
    part["due"][numbers] = next_working(part["due"][numbers] + grace)
    np.maximum.at(book.loans["matures"], part["loan"][numbers], part["due"][numbers])
    late = world.purse.unpaid
    moved = np.isin(late["kind"], OURS) & np.isin(late["ref"], numbers)
    world.purse.unpaid = late[~moved]
    again = np.concatenate([late[moved], world.purse.payables.withdraw(OURS, numbers)])
    again["day"] = part["due"][again["ref"]]
    bank, account = world.parties.special[OWN_BANK], part["firm"][last].astype(np.int64) * SLOTS
    world.purse.payables.add(again)
    world.purse.payables.add(owe(part["due"][last], account, bank, KIND["loan_interest"], more, last))
    return numbers
