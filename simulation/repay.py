"""What was paid on our loans, and what becomes of those that are not paid."""

import numpy as np

from simulation.book import COLLATERAL, COURT, DAYS_TO_DEFAULT, GUARANTOR, RECOVERY
from simulation.calendar import Month
from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY, rows
from simulation.money import OURS, owe
from simulation.parties import OWN_BANK
from simulation.plans import new_plan
from simulation.randomness import stream
from simulation.world import World

WRITE_OFF_DAYS = 360
CALL_DAYS = 120

Versions = tuple[np.ndarray, np.ndarray]


def book_payments(world: World, paid: np.ndarray) -> Versions:
    """Credit the month's payments to instalments; return each as it stood after a day with a payment, and that day."""
    book = world.book
    ours = paid[np.isin(paid["kind"], OURS)]
    ours = ours[np.lexsort((ours["day"], ours["ref"]))]
    versions = book.instalments[ours["ref"]].copy()
    start = np.diff(ours["ref"], prepend=-1) != 0
    total = np.cumsum(ours["amount"]) if len(ours) else ours["amount"]
    base = (total - ours["amount"])[start]
    versions["paid"] += total - np.repeat(base, np.diff(np.r_[np.flatnonzero(start), len(ours)]))
    full = versions["paid"] >= versions["principal"] + versions["interest"]
    versions["paid_on"] = np.where(full, ours["day"], NOBODY)
    book.instalments[ours["ref"]] = versions
    last = np.ones(len(ours), dtype=bool)
    last[:-1] = (np.diff(ours["ref"]) != 0) | (np.diff(ours["day"]) != 0)
    return versions[last], ours["day"][last]


def follow_up(world: World, month: Month, versions: Versions) -> tuple[np.ndarray, Versions]:
    """Close what is paid, find defaults, reschedule a few, call guarantors, write off.

    Returns the numbers of the loans that changed, and the versions of instalments with those of new plans.
    """
    loans, today = world.book.loans, month.last
    late = world.book.days_past_due(today + 1)
    closed = _close(world, versions)
    rng = stream(world.seed, "collection", month.index)
    lenient = rng.random(len(loans)) < world.parameters.restructuring_share
    eased = _open(world, (late > 30) & (late <= 75) & (loans["restructured"] == NOBODY) & lenient)
    loans["restructured"][eased] = today
    _mark_default(world, late, eased, versions, today)
    called = _open(world, (late > CALL_DAYS) & (loans["guarantor"] != NOBODY) & (loans["called"] == NOBODY))
    _call(world, called, today)
    lost = _open(world, late > WRITE_OFF_DAYS)
    loans["written_off"][lost] = today
    return np.unique(np.concatenate([closed, eased, lost])), _replanned(world, versions, eased, today)


def _replanned(world: World, versions: Versions, eased: np.ndarray, today: int) -> Versions:
    """Add the instalments of new plans, which take the place of what was told of them on the same day."""
    told, known = versions
    fresh = world.book.instalments[new_plan(world, eased)]
    stays = ~(np.isin(told["loan"], eased) & (told["paid_on"] == NOBODY) & (known == today))
    return np.concatenate([told[stays], fresh]), np.concatenate([known[stays], np.full(len(fresh), today)])


def _open(world: World, which: np.ndarray) -> np.ndarray:
    """Numbers of the loans asked for that are neither settled nor written off."""
    loans = world.book.loans
    return np.flatnonzero(which & (loans["closed"] == NOBODY) & (loans["written_off"] == NOBODY))


def _close(world: World, versions: Versions) -> np.ndarray:
    book = world.book
    unpaid = book.instalments["paid_on"] == NOBODY
    left = np.bincount(book.instalments["loan"], weights=unpaid, minlength=len(book.loans))
    closed = np.flatnonzero((left == 0) & (book.loans["closed"] == NOBODY))
    last = np.zeros(len(book.loans), dtype=np.int64)
    np.maximum.at(last, versions[0]["loan"], versions[1])
    book.loans["closed"][closed] = last[closed]
    return closed


def _mark_default(world: World, late: np.ndarray, eased: np.ndarray, versions: Versions, today: int) -> None:
    """Default is the first of more than 90 days past due, paid since or not, and a distressed rescheduling."""
    loans, told = world.book.loans, versions[0]
    settled = told[told["paid_on"] - told["due"] > DAYS_TO_DEFAULT]
    oldest = today + 1 - late
    np.minimum.at(oldest, settled["loan"], settled["due"])
    fresh = (today + 1 - oldest > DAYS_TO_DEFAULT) & (loans["default"] == NOBODY)
    loans["default"][fresh] = oldest[fresh] + DAYS_TO_DEFAULT + 1
    first = eased[loans["default"][eased] == NOBODY]
    loans["default"][first] = today


def _call(world: World, called: np.ndarray, today: int) -> None:
    """The guarantor owes what principal is left, at once: trouble spreads to it."""
    loans = world.book.loans
    loans["called"][called] = today
    amount = world.book.unpaid_principal()[called]
    account = loans["guarantor"][called].astype(np.int64) * SLOTS
    day = np.full(len(called), today + 10)
    bank = world.parties.special[OWN_BANK]
    world.purse.payables.add(owe(day, account, bank, KIND["guarantee_out"], amount, called))


def recoveries(world: World, month: Month, paid: np.ndarray) -> np.ndarray:
    """Money got back beside the instalments: from guarantors who paid, and from collateral in the second year."""
    loans, rng = world.book.loans, stream(world.seed, "recovery", month.index)
    stood_in = paid[paid["kind"] == KIND["guarantee_out"]]
    age = np.where(loans["default"] == NOBODY, -1, month.last - loans["default"])
    sold = (age > 270) & (loans["recovered"] == NOBODY) & (loans["closed"] == NOBODY)
    sold &= rng.random(len(loans)) < np.where(loans["secured"], 0.15, 0.02)
    number = np.flatnonzero(sold)
    loans["recovered"][number] = month.last
    secured = loans["secured"][number]
    share = np.where(secured, rng.uniform(0.4, 0.85, len(number)), rng.uniform(0.03, 0.15, len(number)))
    got = rows(
        RECOVERY,
        len(number),
        loan=number,
        day=month.first + rng.integers(0, 28, len(number)),
        amount=(world.book.unpaid_principal()[number] * share).astype(np.int64),
        kind=np.where(secured, COLLATERAL, COURT),
    )
    helped = rows(
        RECOVERY, len(stood_in), loan=stood_in["ref"], day=stood_in["day"], amount=stood_in["amount"], kind=GUARANTOR
    )
    return np.concatenate([helped, got])
