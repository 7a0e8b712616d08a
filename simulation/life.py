"""How firms end: money that has run out for too long, sudden death, and owners who walk away."""

import numpy as np

from simulation.calendar import Month
from simulation.firms import MAIN, OWNER, SLOTS
from simulation.kinds import KIND
from simulation.ledger import NOBODY
from simulation.money import OURS, Means
from simulation.randomness import stream
from simulation.world import World

PATIENCE = (
    "payroll",
    "purchase",
    "bill_out",
    "rent",
    "vat",
    "social",
    "loan_interest",
    "loan_principal",
    "other_loan_out",
    "nonbank_loan_out",
)


def means(world: World, month: Month) -> Means:
    """Who may use which money this month; an owner's will to help is drawn anew each month."""
    rng = stream(world.seed, "will", month.index)
    willing = world.alive & (rng.random(world.firms.n) < world.firms.generous)
    # Customers of a firm that is gone pay late or never: few of their payments still arrive.
    collects = world.alive | (rng.random(world.firms.n) < world.parameters.collected_after_death)
    return Means(world.alive, world.firms.has_second, willing, world.firms.bank_first, collects)


def oldest_arrears(world: World, today: int) -> np.ndarray:
    """Age in days of each firm's oldest unpaid due of the kinds that close a business."""
    unpaid = world.purse.unpaid
    unpaid = unpaid[np.isin(unpaid["kind"], [KIND[name] for name in PATIENCE])]
    oldest = np.full(world.firms.n, today, dtype=np.int64)
    np.minimum.at(oldest, unpaid["account"] // SLOTS, unpaid["day"])
    return np.asarray(today - oldest)


def births(world: World, month: Month) -> None:
    """Firms founded this month open with what their owners put in."""
    firms = world.firms
    born = np.flatnonzero((firms.founded >= month.first) & (firms.founded <= month.last) & (world.died_on == NOBODY))
    world.alive[born] = True
    world.usual[born] = 0.6 * firms.sales[born]
    world.headcount[born] = np.maximum(1, firms.headcount[born] // 2)
    purse = world.purse.ledger.balance
    amount = purse[born * SLOTS + OWNER] * 6 // 10
    world.purse.ledger.post(month.first, born * SLOTS + OWNER, KIND["owner_lends"], amount, born)
    world.purse.ledger.post(month.first, born * SLOTS + MAIN, KIND["owner_in"], amount, firms.n + born)


def worth(world: World) -> np.ndarray:
    """Yuan a firm has and will be paid, less what it owes and is late with."""
    unpaid, n = world.purse.unpaid, world.firms.n
    owed = np.bincount(unpaid["account"] // SLOTS, weights=unpaid["amount"] / 100, minlength=n)
    coming = world.purse.receipts.waiting()
    claims = np.bincount(coming["account"] // SLOTS, weights=coming["amount"] / 100, minlength=n)
    return np.asarray(world.money + claims - owed - world.book.owed())


def end_of_month(world: World, month: Month) -> None:
    """Decide who stops."""
    p, rng, n = world.parameters, stream(world.seed, "life", month.index), world.firms.n
    late = oldest_arrears(world, month.last) > p.exit_after_days
    starved = late & (rng.random(n) < np.where(worth(world) < 0, 0.4, 0.04))
    # Owners of young firms in risky trades die no sooner, but fall out, flee and are shut down more often.
    known = np.sqrt(world.firms.exposure)
    sudden = rng.random(n) < p.sudden_death_rate * known
    tempted = world.book.ours() > 0.6 * world.firms.sales
    walks = tempted & (rng.random(n) < p.strategic_rate * known)
    cause = np.select([sudden, walks, starved], ["sudden", "strategic", "cash"], "")
    gone = np.flatnonzero(world.alive & (cause != ""))
    world.alive[gone] = False
    world.died_on[gone] = month.last
    world.cause[gone] = cause[gone]
    takes = np.isin(cause[gone], ["sudden", "strategic"]) | (rng.random(len(gone)) < 0.6)
    _empty(world, gone[takes], month)
    _forget(world)


def _empty(world: World, who: np.ndarray, month: Month) -> None:
    """The owner takes what is in the accounts."""
    for slot in (MAIN, 1):
        accounts = who * SLOTS + slot
        amount = world.purse.ledger.balance[accounts]
        some = amount > 0
        day, owner = month.last, world.firms.n + who[some]
        world.purse.ledger.post(day, accounts[some], KIND["owner_out"], amount[some], owner)
        world.purse.ledger.post(day, who[some] * SLOTS + OWNER, KIND["household_in"], amount[some], who[some])


def _forget(world: World) -> None:
    """A dead firm pays nobody but the bank, which goes on trying."""
    unpaid = world.purse.unpaid
    keep = world.alive[unpaid["account"] // SLOTS] | np.isin(unpaid["kind"], OURS)
    lost = np.isin(unpaid["ref"], np.flatnonzero(world.book.instalments["loan"] >= 0)) & np.isin(unpaid["kind"], OURS)
    gone = world.book.loans["written_off"] != NOBODY
    if len(gone):
        loan = world.book.instalments["loan"][np.where(lost, unpaid["ref"], 0)]
        keep &= ~(lost & gone[loan])
    world.purse.unpaid = unpaid[keep]
