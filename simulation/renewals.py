"""Loans that mature: renewed without repaying first, repaid and lent again (often over a bridge), or refused."""

import numpy as np

from simulation.book import ADMITTED, APPLICATION, DECLINED, INTEREST_ONLY, append
from simulation.calendar import Month, next_working
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, rows
from simulation.money import owe
from simulation.world import World

BRIDGE_DAYS, BRIDGE_FEE = 4, 0.015


def renew(world: World, month: Month, first_loan: int, rng: np.random.Generator) -> np.ndarray:
    """Decide on the loans whose principal falls due this month; return the loans that follow on.

    The bank looks at trade as it is now against what it was, with an error; it renews some firms that are not
    fit, which puts their default off (evergreening).
    """
    book, p = world.book, world.parameters
    old = _ripe(world, month)
    old = old[rng.random(len(old)) < np.where(_short(world, old), 1.0, p.renewal_share)]
    before = book.loans[old]
    seen = world.usual[before["firm"]] / world.firms.sales[before["firm"]] * rng.lognormal(0, 0.25, len(old))
    accepted = (seen > p.renewal_floor) & (rng.random(len(old)) < 0.93)
    _apply(world, before, accepted, month, first_loan)
    bridged = rng.random(len(old)) < p.bridge_share
    _bridge(world, before[bridged], accepted[bridged])
    new = np.array(before[accepted])
    new["application"] = len(book.applications) - len(old) + np.flatnonzero(accepted)
    delay = np.where(bridged[accepted], BRIDGE_DAYS + rng.integers(1, 6, len(new)), 0)
    new["day"] = next_working(before["matures"][accepted] + delay)
    new["renews"], new["diverted"] = old[accepted], 0.0
    for fate in ("closed", "default", "restructured", "called", "recovered", "written_off"):
        new[fate] = NOBODY
    return new


def _ripe(world: World, month: Month) -> np.ndarray:
    """Loans with their principal due this month, of firms that live and are not late."""
    loans = world.book.loans
    ripe = (loans["matures"] >= month.first) & (loans["matures"] <= month.last) & (loans["repayment"] >= INTEREST_ONLY)
    ripe &= (loans["closed"] == NOBODY) & world.alive[loans["firm"]]
    return np.flatnonzero(ripe & (world.book.days_past_due(month.first) == 0))


def _short(world: World, number: np.ndarray) -> np.ndarray:
    loans = world.book.loans[number]
    return np.asarray(world.money[loans["firm"]] < loans["principal"] / 100 * 1.1)


def _apply(world: World, before: np.ndarray, accepted: np.ndarray, month: Month, first_loan: int) -> None:
    asked = rows(
        APPLICATION,
        len(before),
        firm=before["firm"],
        day=next_working(np.maximum(month.first, before["matures"] - 12)),
        amount=before["principal"],
        term=before["term"],
        purpose=before["purpose"],
        outcome=np.where(accepted, ADMITTED, DECLINED),
        loan=np.where(accepted, first_loan + np.cumsum(accepted) - 1, NOBODY),
    )
    world.book.applications = append(world.book.applications, asked)
    world.book.applied[before["firm"]] = month.first
    world.book.refused[before["firm"][~accepted]] = month.first


def _bridge(world: World, loans: np.ndarray, accepted: np.ndarray) -> None:
    """A stranger lends the principal days before it is due and wants it back, with a fee, from the new loan.

    The stranger lends on the promise of a new loan; where the bank then refuses, the debt stays.
    """
    short = world.money[loans["firm"]] < loans["principal"] / 100 * 1.1
    loans, accepted = loans[short], accepted[short]
    account = loans["firm"].astype(np.int64) * SLOTS
    lender = world.parties.outsiders.start + (loans["firm"] * 41 + 5) % len(world.parties.outsiders)
    day = next_working(loans["matures"] - BRIDGE_DAYS)
    world.purse.receipts.add(owe(day, account, lender, KIND["private_loan_in"], loans["principal"]))
    back = (loans["principal"] * (1 + BRIDGE_FEE)).astype(np.int64)
    due = next_working(loans["matures"] + 3 * BRIDGE_DAYS)
    world.purse.payables.add(owe(due, account, lender, KIND["private_loan_out"], back))
